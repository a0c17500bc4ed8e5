/** Mailbox/get and Mailbox/query. RFC 8621 §2.1, §2.3. */
import { type Fields, isFields, read } from "../arguments.ts";
import type { AccountInfo, AccountStore, MailboxRecord } from "../backend.ts";
import { FilterBudget } from "../filter-budget.ts";
import { sortComparatorsMax } from "../limits.ts";
import { accountOf, getAnswer, idsOf, type Method, windowAnswer } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Wire form of a mailbox, with the rights that the account gives. */
export function mailboxObject({ isReadOnly = false, ...mailbox }: MailboxRecord, account: AccountInfo) {
  const may = !account.isReadOnly && !isReadOnly;
  const mayMove = account.mayManage && mailbox.role !== "inbox";
  return {
    ...mailbox,
    myRights: {
      mayReadItems: true,
      mayAddItems: may,
      mayRemoveItems: may,
      maySetSeen: may,
      maySetKeywords: may,
      mayCreateChild: account.mayManage,
      mayRename: mayMove,
      mayDelete: mayMove,
      maySubmit: account.isPersonal,
    },
  };
}

/** Mailbox/get. */
export const mailboxGet: Method = async (call) => {
  const account = await accountOf(call);
  const ids = idsOf(call);
  // The state is read first: a change in between is then seen twice, never lost.
  const state = await account.state();
  const properties = read.stringsOrNull(call.args, "properties");
  const withThreads = properties === null || properties.some((property) => property.endsWith("Threads"));
  const mailboxes = await account.mailboxes(withThreads);
  const objects = mailboxes.map((mailbox) => mailboxObject(mailbox, account.info));
  return [["Mailbox/get", getAnswer(account.info.id, state, ids, objects, properties)]];
};

/** Mailbox/query. */
export const mailboxQuery: Method = async (call) => {
  const account = await accountOf(call);
  const queryState = await account.state();
  const ids = (await queriedMailboxes(account, call.args)).map((mailbox) => mailbox.id);
  return [["Mailbox/query", windowAnswer(call, account, { queryState, ids, limitMax: ids.length })]];
};

type Compare = (a: MailboxRecord, b: MailboxRecord) => number;

/** All mailboxes that pass the filter, in order, as a tree when asked (RFC 8621 §2.3). */
export async function queriedMailboxes(account: AccountStore, args: Fields): Promise<readonly MailboxRecord[]> {
  const test = readFilter(args["filter"] ?? {}, 0, new FilterBudget());
  const compare = readSort(args["sort"]);
  const all = await account.mailboxes(false);
  const passed = new Set(all.filter(test).map(({ id }) => id));
  const byId = new Map(all.map((mailbox) => [mailbox.id, mailbox]));
  const isTree = read.boolean(args, "filterAsTree", false);
  const isShown = ({ id, parentId }: MailboxRecord): boolean => {
    if (!passed.has(id)) return false;
    const parent = isTree && parentId !== null ? byId.get(parentId) : undefined;
    return parent === undefined || isShown(parent);
  };
  const order = read.boolean(args, "sortAsTree", false) ? asTree(all, compare) : all.toSorted(compare);
  return order.filter(isShown);
}

/** Each mailbox behind its parent, siblings in order. */
function asTree(all: readonly MailboxRecord[], compare: Compare): readonly MailboxRecord[] {
  const below = (parentId: string | null): readonly MailboxRecord[] =>
    all
      .filter((mailbox) => mailbox.parentId === parentId)
      .toSorted(compare)
      .flatMap((mailbox) => [mailbox, ...below(mailbox.id)]);
  return below(null);
}

function readSort(sort: unknown): Compare {
  const comparators = Array.isArray(sort) ? (sort as readonly unknown[]) : [];
  if (comparators.length > sortComparatorsMax) throw new JmapError("unsupportedSort", "too many comparators");
  const by = comparators.map((comparator) => {
    const property = isFields(comparator) ? comparator["property"] : undefined;
    if (property !== "name" && property !== "sortOrder") throw new JmapError("unsupportedSort", String(property));
    return { property, sign: isFields(comparator) && comparator["isAscending"] === false ? -1 : 1 } as const;
  });
  return (a, b) => {
    for (const { property, sign } of by) {
      const order = property === "name" ? a.name.localeCompare(b.name) : a.sortOrder - b.sortOrder;
      if (order !== 0) return order * sign;
    }
    return a.sortOrder - b.sortOrder || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
  };
}

type Test = (mailbox: MailboxRecord) => boolean;

function readFilter(filter: unknown, depth: number, budget: FilterBudget): Test {
  if (!isFields(filter)) throw new JmapError("invalidArguments", "a filter is an object");
  budget.take(filter, depth);
  const { operator, conditions } = filter;
  if (operator === undefined) {
    const tests = Object.entries(filter).map(([name, value]) => mailboxTest(name, value));
    return (mailbox) => tests.every((test) => test(mailbox));
  }
  if (!Array.isArray(conditions)) throw new JmapError("invalidArguments", "conditions is a list");
  const tests = conditions.map((one: unknown) => readFilter(one, depth + 1, budget));
  if (operator === "AND") return (mailbox) => tests.every((test) => test(mailbox));
  if (operator === "OR") return (mailbox) => tests.some((test) => test(mailbox));
  if (operator === "NOT") return (mailbox) => !tests.some((test) => test(mailbox));
  throw new JmapError("invalidArguments", "operator is AND, OR or NOT");
}

function mailboxTest(name: string, value: unknown): Test {
  switch (name) {
    case "parentId":
      return (mailbox) => mailbox.parentId === value;
    case "name":
      return (mailbox) => mailbox.name.toLowerCase().includes(String(value).toLowerCase());
    case "role":
      return (mailbox) => mailbox.role === value;
    case "hasAnyRole":
      return (mailbox) => (mailbox.role !== null) === value;
    case "isSubscribed":
      return (mailbox) => mailbox.isSubscribed === value;
    default:
      throw new JmapError("unsupportedFilter", `unknown condition ${name}`);
  }
}
