import { FilterBudget } from "./filter-budget.ts";
import { sortComparatorsMax } from "./limits.ts";
import { JmapError } from "./method-error.ts";

/** One condition: exactly one property of RFC 8621 §4.4.1. Keywords are lower case; times are milliseconds. */
export type EmailCondition =
  | { readonly on: "inMailbox"; readonly mailboxId: string }
  | { readonly on: "inMailboxOtherThan"; readonly mailboxIds: readonly string[] }
  | { readonly on: "before" | "after"; readonly atMs: number }
  | { readonly on: "minSize" | "maxSize"; readonly bytes: number }
  | { readonly on: "hasKeyword" | "notKeyword"; readonly keyword: string }
  | { readonly on: "allInThread" | "someInThread" | "noneInThread"; readonly keyword: string }
  | { readonly on: "hasAttachment"; readonly value: boolean }
  | { readonly on: TextField; readonly text: string }
  | { readonly on: "header"; readonly name: string; readonly text: string | null };

export type TextField = "text" | "from" | "to" | "cc" | "bcc" | "subject" | "body";

export type EmailFilter =
  | EmailCondition
  | { readonly on: "and" | "or" | "not"; readonly filters: readonly EmailFilter[] };

export interface EmailSort {
  readonly by: "receivedAt" | "sentAt" | "from" | "to" | "subject" | "size" | "hasKeyword";
  readonly ascending: boolean;
  /** Of `hasKeyword`. */
  readonly keyword?: string;
}

export interface EmailQuery {
  /** An empty `and` means everything. */
  readonly filter: EmailFilter;
  readonly sort: readonly EmailSort[];
  readonly collapseThreads: boolean;
  /** Where the window starts: an index, from the end when negative, or an id and an offset from it. */
  readonly window:
    | { readonly kind: "position"; readonly position: number }
    | { readonly kind: "anchor"; readonly id: string; readonly offset: number };
  readonly limit: number;
  readonly calculateTotal: boolean;
}

type Loose = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const bad = (what: string): never => {
  throw new JmapError("invalidArguments", what);
};

/** @throws JmapError `unsupportedFilter` for an unknown property or too much, `invalidArguments` for a wrong type. */
export function parseFilter(filter: unknown): EmailFilter {
  if (filter === null || filter === undefined) return { on: "and", filters: [] };
  return parseNode(filter, 0, new FilterBudget());
}

function parseNode(node: unknown, depth: number, budget: FilterBudget): EmailFilter {
  if (!isObject(node)) return bad("a filter is an object");
  budget.take(node, depth);
  if ("operator" in node) {
    const { operator, conditions } = node;
    if (operator !== "AND" && operator !== "OR" && operator !== "NOT") return bad("operator is AND, OR or NOT");
    if (!Array.isArray(conditions)) return bad("conditions is a list");
    const filters = conditions.map((inner) => parseNode(inner, depth + 1, budget));
    return { on: operator === "AND" ? "and" : operator === "OR" ? "or" : "not", filters };
  }
  const filters: EmailCondition[] = [];
  for (const [name, value] of Object.entries(node)) {
    if (value === null || value === undefined) continue;
    const condition = parseCondition(name, value);
    if ("text" in condition && condition.on !== "header") budget.takeText(condition.text);
    filters.push(condition);
  }
  const [only] = filters;
  return filters.length === 1 && only !== undefined ? only : { on: "and", filters };
}

const string = (name: string, value: unknown): string => (typeof value === "string" ? value : bad(`${name} is a text`));
const count = (name: string, value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : bad(`${name} is a count`);
const strings = (name: string, value: unknown): readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : bad(`${name} is a list of texts`);
const time = (name: string, value: unknown): number => {
  const atMs = Date.parse(string(name, value));
  return Number.isNaN(atMs) ? bad(`${name} is a UTCDate`) : atMs;
};

const threadConditions = {
  allInThreadHaveKeyword: "allInThread",
  someInThreadHaveKeyword: "someInThread",
  noneInThreadHaveKeyword: "noneInThread",
} as const;

function parseCondition(name: string, value: unknown): EmailCondition {
  switch (name) {
    case "inMailbox":
      return { on: name, mailboxId: string(name, value) };
    case "inMailboxOtherThan":
      return { on: name, mailboxIds: strings(name, value) };
    case "before":
    case "after":
      return { on: name, atMs: time(name, value) };
    case "minSize":
    case "maxSize":
      return { on: name, bytes: count(name, value) };
    case "hasKeyword":
    case "notKeyword":
      return { on: name, keyword: string(name, value).toLowerCase() };
    case "allInThreadHaveKeyword":
    case "someInThreadHaveKeyword":
    case "noneInThreadHaveKeyword":
      return { on: threadConditions[name], keyword: string(name, value).toLowerCase() };
    case "hasAttachment":
      return typeof value === "boolean" ? { on: name, value } : bad("hasAttachment is true or false");
    case "text":
    case "from":
    case "to":
    case "cc":
    case "bcc":
    case "subject":
    case "body":
      return { on: name, text: string(name, value) };
    case "header": {
      const [field, text] = strings(name, value);
      return field === undefined ? bad("header names a field") : { on: name, name: field, text: text ?? null };
    }
    default:
      throw new JmapError("unsupportedFilter", `unknown condition ${name}`);
  }
}

const sortable = ["receivedAt", "sentAt", "from", "to", "subject", "size", "hasKeyword"] as const;

/** Absent or empty means newest first. @throws JmapError `unsupportedSort`, `invalidArguments`. */
export function parseSort(sort: unknown): readonly EmailSort[] {
  if (sort === null || sort === undefined) return [{ by: "receivedAt", ascending: false }];
  if (!Array.isArray(sort)) return bad("sort is a list");
  if (sort.length > sortComparatorsMax) throw new JmapError("unsupportedSort", "too many comparators");
  if (sort.length === 0) return [{ by: "receivedAt", ascending: false }];
  return sort.map((comparator: unknown): EmailSort => {
    if (!isObject(comparator)) return bad("a comparator is an object");
    const by = sortable.find((name) => name === comparator["property"]);
    if (by === undefined) throw new JmapError("unsupportedSort", `cannot sort by ${String(comparator["property"])}`);
    const ascending = comparator["isAscending"] !== false;
    if (by !== "hasKeyword") return { by, ascending };
    return { by, ascending, keyword: string("keyword", comparator["keyword"]).toLowerCase() };
  });
}
