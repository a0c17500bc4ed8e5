/** Mailbox/get and Mailbox/query. RFC 8621 §2.1, §2.3. */
import { isFields, read } from "../arguments.ts";
import type { AccountStore, MailboxRecord } from "../backend.ts";
import { accountOf, getAnswer, idsOf, type Method } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** Wire form of a mailbox. */
export function mailboxObject(mailbox: MailboxRecord, isReadOnly: boolean) {
  const may = !isReadOnly;
  return {
    ...mailbox,
    myRights: {
      mayReadItems: true,
      mayAddItems: may,
      mayRemoveItems: may,
      maySetSeen: may,
      maySetKeywords: may,
      mayCreateChild: may,
      mayRename: may && mailbox.role !== "inbox",
      mayDelete: may && mailbox.role !== "inbox",
      maySubmit: may,
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
  const objects = mailboxes.map((mailbox) => mailboxObject(mailbox, account.info.isReadOnly));
  return [["Mailbox/get", getAnswer(account.info.id, state, ids, objects, properties)]];
};

/** Mailbox/query. */
export const mailboxQuery: Method = async (call) => {
  const account = await accountOf(call);
  const state = await account.state();
  const found = await queryMailboxes(account, call.args["filter"], call.args["sort"]);
  const ids = found.map((mailbox) => mailbox.id);
  const position = read.integer(call.args, "position", 0);
  const start = Math.min(ids.length, position < 0 ? Math.max(0, ids.length + position) : position);
  const limit = read.integer(call.args, "limit", ids.length, 0);
  const answer = {
    accountId: account.info.id,
    queryState: state,
    canCalculateChanges: false,
    position: start,
    ids: ids.slice(start, start + limit),
    ...(read.boolean(call.args, "calculateTotal", false) ? { total: ids.length } : {}),
  };
  return [["Mailbox/query", answer]];
};

async function queryMailboxes(account: AccountStore, filter: unknown, sort: unknown) {
  const wanted = filter === undefined || filter === null ? {} : filter;
  if (!isFields(wanted)) throw new JmapError("invalidArguments", "a filter is an object");
  const tests = Object.entries(wanted).map(([name, value]) => mailboxTest(name, value));
  const comparators = Array.isArray(sort) ? (sort as readonly unknown[]) : [];
  const by = comparators.map((comparator) => {
    const property = isFields(comparator) ? comparator["property"] : undefined;
    if (property !== "name" && property !== "sortOrder") throw new JmapError("unsupportedSort", String(property));
    return { property, sign: isFields(comparator) && comparator["isAscending"] === false ? -1 : 1 } as const;
  });
  return (await account.mailboxes())
    .filter((mailbox) => tests.every((test) => test(mailbox)))
    .toSorted((a, b) => {
      for (const { property, sign } of by) {
        const order = property === "name" ? a.name.localeCompare(b.name) : a.sortOrder - b.sortOrder;
        if (order !== 0) return order * sign;
      }
      return a.sortOrder - b.sortOrder || a.name.localeCompare(b.name);
    });
}

function mailboxTest(name: string, value: unknown): (mailbox: MailboxRecord) => boolean {
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
