import { Failure } from "@casaforte/kernel";
import { z } from "zod";
import { acmeLimits } from "./limits.ts";
import type { Answer } from "./request-authority.ts";

const problemSchema = z.object({ type: z.string().default(""), detail: z.string().default("") });
export type Problem = z.infer<typeof problemSchema>;

export function problemOf(value: unknown): Problem {
  const read = problemSchema.safeParse(value);
  return read.success ? read.data : { type: "", detail: "" };
}

/** The authority's words as one line of bounded length. */
export const wordsOf = (problem: Problem): string =>
  `${problem.type.replace(/^urn:ietf:params:acme:error:/, "")}: ${problem.detail}`
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, acmeLimits.wordsMax);

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Failure("unavailable", "acme.unreachable", "the certificate authority answered no JSON", { cause });
  }
}

/** Milliseconds from now, of a `Retry-After` in either form (RFC 9110 §10.2.3); null where there is none. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), acmeLimits.retryAfterMsMax);
}

/** Why a request was refused (RFC 8555 §6.7). `retryAfterMs` in the details where the authority named a time. */
export function failureOf(answer: Answer, nowMs: number): Failure {
  let problem: Problem = { type: "", detail: "" };
  try {
    problem = problemOf(JSON.parse(answer.body));
  } catch {
    // A proxy's page: the status is all that is known.
  }
  const words = wordsOf(problem.type === "" ? { ...problem, type: `status ${answer.status}` } : problem);
  const wait = retryAfterMs(answer.headers["retry-after"], nowMs);
  const details = wait === null ? {} : { retryAfterMs: wait };
  if (answer.status === 429 || problem.type.endsWith(":rateLimited"))
    return new Failure("rate_limited", "acme.rate_limited", words, { details });
  if (answer.status >= 500) return new Failure("unavailable", "acme.unreachable", words, { details });
  if (problem.type.endsWith(":accountDoesNotExist"))
    return new Failure("precondition", "acme.no_account", words, { details });
  if (answer.status === 404) return new Failure("not_found", "acme.no_such_order", words, { details });
  return new Failure("precondition", "acme.refused", words, { details });
}
