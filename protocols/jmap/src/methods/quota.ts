/** Quota/get, /changes, /query and /queryChanges. RFC 9425 §4. */
import { isFields, read } from "../arguments.ts";
import type { AccountStore } from "../backend.ts";
import { FilterBudget } from "../filter-budget.ts";
import { queryIdsMax, sortComparatorsMax } from "../limits.ts";
import { accountOf, getAnswer, idsOf, type Method, windowAnswer } from "../method.ts";
import { JmapError } from "../method-error.ts";

const octets = "octets";

/** The one quota there is, the octets of the account; none when the account has no limit. */
async function quotasOf(account: AccountStore) {
  const { usedBytes, limitBytes } = await account.quota();
  if (limitBytes === null) return [];
  return [
    {
      id: octets,
      resourceType: "octets",
      used: usedBytes,
      hardLimit: limitBytes,
      scope: "account",
      name: account.info.name,
      types: ["Email"],
    },
  ];
}

type Quota = Awaited<ReturnType<typeof quotasOf>>[number];

/** Quota/get. */
export const quotaGet: Method = async (call) => {
  const account = await accountOf(call);
  const state = await account.state();
  const properties = read.stringsOrNull(call.args, "properties");
  return [["Quota/get", getAnswer(account.info.id, state, idsOf(call), await quotasOf(account), properties)]];
};

/** Quota/changes: with any change of the account the use may have moved, and the limit too. */
export const quotaChanges: Method = async (call) => {
  const account = await accountOf(call);
  const since = read.string(call.args, "sinceState");
  read.integer(call.args, "maxChanges", 1, 1);
  const newState = await account.state();
  const isMoved = await hasMoved(account, since, newState);
  const ids = (await quotasOf(account)).map(({ id }) => id);
  return [
    [
      "Quota/changes",
      {
        accountId: account.info.id,
        oldState: since,
        newState,
        hasMoreChanges: false,
        updatedProperties: null,
        created: [],
        updated: isMoved ? ids : [],
        destroyed: isMoved && ids.length === 0 ? [octets] : [],
      },
    ],
  ];
};

/** Quota/query. */
export const quotaQuery: Method = async (call) => {
  const account = await accountOf(call);
  const queryState = await account.state();
  const ids = await queriedQuotas(account, call.args);
  return [["Quota/query", windowAnswer(call, account, { queryState, ids, limitMax: queryIdsMax })]];
};

/** Quota/queryChanges: the one quota goes and comes back where something moved. */
export const quotaQueryChanges: Method = async (call) => {
  const account = await accountOf(call);
  const since = read.string(call.args, "sinceQueryState");
  const newQueryState = await account.state();
  const isMoved = await hasMoved(account, since, newQueryState);
  const ids = await queriedQuotas(account, call.args);
  const added = isMoved ? ids.map((id, index) => ({ id, index })) : [];
  const removed = isMoved ? [octets] : [];
  if (added.length + removed.length > read.integer(call.args, "maxChanges", Number.MAX_SAFE_INTEGER, 1)) {
    throw new JmapError("tooManyChanges", "there are more changes than that");
  }
  const total = read.boolean(call.args, "calculateTotal", false) ? { total: ids.length } : {};
  const fields = { accountId: account.info.id, oldQueryState: since, newQueryState, ...total, removed, added };
  return [["Quota/queryChanges", fields]];
};

/** @throws JmapError `cannotCalculateChanges` for a state that nobody gave out, or too long ago. */
async function hasMoved(account: AccountStore, since: string, now: string): Promise<boolean> {
  if (since === now) return false;
  if ((await account.changes("Email", since, 1)) === null) {
    throw new JmapError("cannotCalculateChanges", "the state is unknown or too old");
  }
  return true;
}

async function queriedQuotas(
  account: AccountStore,
  args: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const test = readFilter(args["filter"] ?? {}, 0, new FilterBudget());
  checkSort(args["sort"]);
  return (await quotasOf(account)).filter(test).map(({ id }) => id);
}

type Test = (quota: Quota) => boolean;

function readFilter(filter: unknown, depth: number, budget: FilterBudget): Test {
  if (!isFields(filter)) throw new JmapError("invalidArguments", "a filter is an object", ["filter"]);
  budget.take(filter, depth);
  const { operator, conditions } = filter;
  if (operator !== undefined) {
    if (!Array.isArray(conditions)) throw new JmapError("invalidArguments", "conditions is a list", ["filter"]);
    const tests = conditions.map((one) => readFilter(one, depth + 1, budget));
    if (operator === "AND") return (one) => tests.every((test) => test(one));
    if (operator === "OR") return (one) => tests.some((test) => test(one));
    if (operator === "NOT") return (one) => !tests.some((test) => test(one));
    throw new JmapError("invalidArguments", "operator is AND, OR or NOT", ["filter"]);
  }
  const tests = Object.entries(filter).flatMap(([name, value]) =>
    value === null ? [] : [readCondition(name, read.string(filter, name))],
  );
  return (one) => tests.every((test) => test(one));
}

function readCondition(name: string, value: string): Test {
  switch (name) {
    case "name":
      return (one) => one.name.toLowerCase().includes(value.toLowerCase());
    case "scope":
    case "resourceType":
      return (one) => one[name] === value;
    case "type":
      return (one) => one.types.includes(value);
    default:
      throw new JmapError("unsupportedFilter", `unknown condition ${name}`);
  }
}

/** What is one at most is in order; the comparators are looked at all the same. */
function checkSort(sort: unknown): void {
  const list = sort === null || sort === undefined ? [] : sort;
  if (!Array.isArray(list)) throw new JmapError("invalidArguments", "sort is a list", ["sort"]);
  if (list.length > sortComparatorsMax) throw new JmapError("unsupportedSort", "too many comparators");
  for (const comparator of list as readonly unknown[]) {
    const property = isFields(comparator) ? comparator["property"] : undefined;
    if (property !== "name" && property !== "used") {
      throw new JmapError("unsupportedSort", `cannot sort by ${String(property)}`);
    }
  }
}
