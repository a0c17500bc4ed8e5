/** EmailSubmission/query. RFC 8621 §7.3. */
import { isFields, read } from "../arguments.ts";
import type { AccountStore, SubmissionRecord } from "../backend.ts";
import { FilterBudget } from "../filter-budget.ts";
import { queryIdsMax, sortComparatorsMax } from "../limits.ts";
import { accountOf, type Method, windowAnswer } from "../method.ts";
import { JmapError } from "../method-error.ts";

/** EmailSubmission/query. */
export const submissionQuery: Method = async (call) => {
  const account = await accountOf(call);
  const queryState = await account.state();
  const ids = (await queriedSubmissions(account, call.args)).map(({ id }) => id);
  return [["EmailSubmission/query", windowAnswer(call, account, { queryState, ids, limitMax: queryIdsMax })]];
};

type Test = (submission: SubmissionRecord) => boolean;

/** All submissions that pass the filter, in order: by default newest first. */
export async function queriedSubmissions(
  account: AccountStore,
  args: Readonly<Record<string, unknown>>,
): Promise<readonly SubmissionRecord[]> {
  const test = readFilter(args["filter"] ?? {}, 0, new FilterBudget());
  const order = readSort(args["sort"]);
  return (await account.submissions(null, false)).filter(test).toSorted(order);
}

function readFilter(filter: unknown, depth: number, budget: FilterBudget): Test {
  if (!isFields(filter)) throw new JmapError("invalidArguments", "a filter is an object", ["filter"]);
  budget.take(filter, depth);
  if (filter["operator"] !== undefined) {
    const { operator, conditions } = filter;
    if (!Array.isArray(conditions)) throw new JmapError("invalidArguments", "conditions is a list", ["filter"]);
    const tests = conditions.map((one) => readFilter(one, depth + 1, budget));
    if (operator === "AND") return (one) => tests.every((test) => test(one));
    if (operator === "OR") return (one) => tests.some((test) => test(one));
    if (operator === "NOT") return (one) => !tests.some((test) => test(one));
    throw new JmapError("invalidArguments", "operator is AND, OR or NOT", ["filter"]);
  }
  const tests = Object.entries(filter).flatMap(([name, value]) =>
    value === null ? [] : [readCondition(filter, name, value)],
  );
  return (one) => tests.every((test) => test(one));
}

const idLists = { identityIds: "identityId", emailIds: "emailId", threadIds: "threadId" } as const;

function readCondition(filter: Readonly<Record<string, unknown>>, name: string, value: unknown): Test {
  if (Object.hasOwn(idLists, name)) {
    const property = idLists[name as keyof typeof idLists];
    const ids = new Set(read.stringsOrNull(filter, name) ?? []);
    return (one) => ids.has(one[property]);
  }
  if (name === "undoStatus") return (one) => one.undoStatus === value;
  if (name === "before" || name === "after") {
    const atMs = Date.parse(read.string(filter, name));
    if (Number.isNaN(atMs)) throw new JmapError("invalidArguments", `${name} is a UTCDate`, ["filter"]);
    return name === "before" ? (one) => one.sendAtMs < atMs : (one) => one.sendAtMs >= atMs;
  }
  throw new JmapError("unsupportedFilter", `unknown condition ${name}`);
}

type Compare = (a: SubmissionRecord, b: SubmissionRecord) => number;

const keys = {
  emailId: (one: SubmissionRecord) => one.emailId,
  threadId: (one: SubmissionRecord) => one.threadId,
  sentAt: (one: SubmissionRecord) => one.sendAtMs,
} as const;

function readSort(sort: unknown): Compare {
  const list = sort === null || sort === undefined ? [] : sort;
  if (!Array.isArray(list)) throw new JmapError("invalidArguments", "sort is a list", ["sort"]);
  if (list.length > sortComparatorsMax) throw new JmapError("unsupportedSort", "too many comparators");
  const by = list.map((comparator: unknown) => {
    const property = isFields(comparator) ? comparator["property"] : undefined;
    if (typeof property !== "string" || !Object.hasOwn(keys, property))
      throw new JmapError("unsupportedSort", `cannot sort by ${String(property)}`);
    const isDescending = isFields(comparator) && comparator["isAscending"] === false;
    return { key: keys[property as keyof typeof keys], sign: isDescending ? -1 : 1 };
  });
  return (a, b) => {
    for (const { key, sign } of by) {
      if (key(a) !== key(b)) return key(a) < key(b) ? -sign : sign;
    }
    return b.sendAtMs - a.sendAtMs || (a.id < b.id ? 1 : -1);
  };
}
