import { referencedCharsMax, referencePathCharsMax, referencePathTokensMax, referenceValuesMax } from "./limits.ts";
import { JmapError } from "./method-error.ts";
import { weighJson } from "./weigh-json.ts";

/** A finished call of the same request: name, arguments of the answer, call id. */
export type Invocation = readonly [name: string, args: Readonly<Record<string, unknown>>, callId: string];

const refuse = (why: string): never => {
  throw new JmapError("invalidResultReference", why);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What the references of one request may still look through and bring. An answer that holds an earlier one twice, and is itself
 * held twice by the next, doubles with each call: small in memory, for it is shared, and endless once it is written.
 */
export class ReferenceBudget {
  #left = referencedCharsMax;

  spend(count: number): void {
    this.#left -= count;
    if (this.#left < 0) refuse("the references of this request bring too much");
  }

  /** About the characters of its JSON. */
  spendFor(value: unknown): void {
    weighJson(value, (chars) => this.spend(chars));
  }
}

/**
 * Replaces each `#name` argument by what an earlier answer holds at its path. RFC 8620 §3.7.
 * @throws JmapError `invalidResultReference`, or `invalidArguments` when `name` and `#name` are both there.
 */
export function resolveReferences(
  args: Readonly<Record<string, unknown>>,
  earlier: readonly Invocation[],
  budget: ReferenceBudget,
): Readonly<Record<string, unknown>> {
  const resolved: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(args)) {
    if (!key.startsWith("#")) {
      resolved[key] = value;
      continue;
    }
    const name = key.slice(1);
    if (Object.hasOwn(args, name)) throw new JmapError("invalidArguments", `both ${name} and #${name} are given`);
    resolved[name] = valueOfReference(value, earlier, budget);
  }
  return resolved;
}

function valueOfReference(reference: unknown, earlier: readonly Invocation[], budget: ReferenceBudget): unknown {
  if (!isObject(reference)) return refuse("a reference is an object");
  const { resultOf, name, path } = reference;
  if (typeof resultOf !== "string" || typeof name !== "string" || typeof path !== "string") {
    return refuse("a reference needs resultOf, name and path");
  }
  const answer = earlier.find((invocation) => invocation[2] === resultOf);
  if (answer === undefined) return refuse(`no answer ${resultOf} yet`);
  if (answer[0] !== name) return refuse(`answer ${resultOf} is ${answer[0]}, not ${name}`);
  const value = evaluatePointer(answer[1], path, budget);
  budget.spendFor(value);
  return value;
}

/** JSON pointer (RFC 6901) with `*` for every item of an array, flattened by one level (RFC 8620 §3.7). */
export function evaluatePointer(document: unknown, path: string, budget = new ReferenceBudget()): unknown {
  if (path === "") return document;
  if (!path.startsWith("/")) return refuse("a path starts with /");
  if (path.length > referencePathCharsMax) return refuse(`a path has at most ${referencePathCharsMax} characters`);
  const tokens = path
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (tokens.length > referencePathTokensMax) return refuse(`a path has at most ${referencePathTokensMax} steps`);
  return step(document, { tokens, budget }, 0);
}

interface Pointer {
  readonly tokens: readonly string[];
  readonly budget: ReferenceBudget;
}

function step(value: unknown, pointer: Pointer, at: number): unknown {
  const token = pointer.tokens[at];
  if (token === undefined) return value;
  if (Array.isArray(value)) {
    if (token === "*") return everyItem(value, pointer, at + 1);
    if (!/^(0|[1-9][0-9]{0,9})$/.test(token)) return refuse(`not an index: ${token}`);
    const index = Number(token);
    if (index >= value.length) return refuse(`no item ${index}`);
    return step(value[index], pointer, at + 1);
  }
  if (!isObject(value) || !Object.hasOwn(value, token)) return refuse(`no member ${token}`);
  return step(value[token], pointer, at + 1);
}

function everyItem(items: readonly unknown[], pointer: Pointer, at: number): readonly unknown[] {
  const found: unknown[] = [];
  for (const item of items) {
    pointer.budget.spend(1);
    const inner = step(item, pointer, at);
    if (Array.isArray(inner)) for (const one of inner) found.push(one);
    else found.push(inner);
    if (found.length > referenceValuesMax) return refuse("the reference expands to too many values");
  }
  return found;
}
