import { referenceValuesMax } from "./limits.ts";
import { JmapError } from "./method-error.ts";

/** A finished call of the same request: name, arguments of the answer, call id. */
export type Invocation = readonly [name: string, args: Readonly<Record<string, unknown>>, callId: string];

const refuse = (why: string): never => {
  throw new JmapError("invalidResultReference", why);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Replaces each `#name` argument by what an earlier answer holds at its path. RFC 8620 §3.7.
 * @throws JmapError `invalidResultReference`, or `invalidArguments` when `name` and `#name` are both there.
 */
export function resolveReferences(
  args: Readonly<Record<string, unknown>>,
  earlier: readonly Invocation[],
): Readonly<Record<string, unknown>> {
  const resolved: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(args)) {
    if (!key.startsWith("#")) {
      resolved[key] = value;
      continue;
    }
    const name = key.slice(1);
    if (Object.hasOwn(args, name)) throw new JmapError("invalidArguments", `both ${name} and #${name} are given`);
    resolved[name] = valueOfReference(value, earlier);
  }
  return resolved;
}

function valueOfReference(reference: unknown, earlier: readonly Invocation[]): unknown {
  if (!isObject(reference)) return refuse("a reference is an object");
  const { resultOf, name, path } = reference;
  if (typeof resultOf !== "string" || typeof name !== "string" || typeof path !== "string") {
    return refuse("a reference needs resultOf, name and path");
  }
  const answer = earlier.find((invocation) => invocation[2] === resultOf);
  if (answer === undefined) return refuse(`no answer ${resultOf} yet`);
  if (answer[0] !== name) return refuse(`answer ${resultOf} is ${answer[0]}, not ${name}`);
  return evaluatePointer(answer[1], path);
}

/** JSON pointer (RFC 6901) with `*` for every item of an array, flattened by one level (RFC 8620 §3.7). */
export function evaluatePointer(document: unknown, path: string): unknown {
  if (path === "") return document;
  if (!path.startsWith("/")) return refuse("a path starts with /");
  const tokens = path
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  return step(document, tokens);
}

function step(value: unknown, tokens: readonly string[]): unknown {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (Array.isArray(value)) {
    if (token === "*") {
      const found: unknown[] = [];
      for (const item of value) {
        const inner = step(item, rest);
        if (Array.isArray(inner)) for (const one of inner) found.push(one);
        else found.push(inner);
        if (found.length > referenceValuesMax) return refuse("the reference expands to too many values");
      }
      return found;
    }
    if (!/^(0|[1-9][0-9]{0,9})$/.test(token)) return refuse(`not an index: ${token}`);
    const index = Number(token);
    if (index >= value.length) return refuse(`no item ${index}`);
    return step(value[index], rest);
  }
  if (!isObject(value) || !Object.hasOwn(value, token)) return refuse(`no member ${token}`);
  return step(value[token], rest);
}
