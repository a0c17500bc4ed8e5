import type { ErrorKind, Failure } from "@casaforte/kernel";
import { plainText } from "./syntax/text.ts";

/** Response codes of a tagged NO (RFC 9051 §7.1, RFC 5530). */
const codes = {
  invalid: "CANNOT",
  unauthenticated: "AUTHENTICATIONFAILED",
  forbidden: "NOPERM",
  not_found: "NONEXISTENT",
  conflict: "ALREADYEXISTS",
  precondition: "CANNOT",
  over_quota: "OVERQUOTA",
  too_large: "TOOBIG",
  rate_limited: "LIMIT",
  locked: "INUSE",
  unsupported: "CANNOT",
  unavailable: "UNAVAILABLE",
  cancelled: "UNAVAILABLE",
  corrupt: "CORRUPTION",
} as const satisfies Record<ErrorKind, string>;

/** Where a refusal has a word of its own: too many flags on a message are what RFC 5530 §3 names LIMIT for. */
const ownCodes: ReadonlyMap<string, string> = new Map([["mailbox.too_many_keywords", "LIMIT"]]);

/** A refused login says different things by the same kinds. */
const loginCodes = {
  ...codes,
  invalid: "AUTHENTICATIONFAILED",
  forbidden: "AUTHORIZATIONFAILED",
  not_found: "AUTHENTICATIONFAILED",
  rate_limited: "UNAVAILABLE",
} as const satisfies Record<ErrorKind, string>;

/** `NO [CODE] message` without its tag. `missing` replaces NONEXISTENT, e.g. by TRYCREATE. */
export function failureReply(failure: Failure, missing = "NONEXISTENT"): string {
  const code = failure.kind === "not_found" ? missing : (ownCodes.get(failure.code) ?? codes[failure.kind]);
  return `NO [${code}] ${plainText(failure.message)}`;
}

/** The same for LOGIN and AUTHENTICATE. ALERT makes clients show the text to the person. */
export function loginFailureReply(failure: Failure): string {
  const code = failure.details["alert"] === true ? "ALERT" : loginCodes[failure.kind];
  return `NO [${code}] ${plainText(failure.message)}`;
}
