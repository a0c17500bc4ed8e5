import type { ErrorKind, Failure } from "@casaforte/kernel";

/** Response codes (RFC 2449 §8.1, RFC 3206); an empty one is left out. */
const codes = {
  invalid: "",
  unauthenticated: "AUTH",
  forbidden: "SYS/PERM",
  not_found: "",
  conflict: "",
  precondition: "",
  over_quota: "SYS/TEMP",
  too_large: "",
  rate_limited: "SYS/TEMP",
  locked: "IN-USE",
  unsupported: "",
  unavailable: "SYS/TEMP",
  cancelled: "SYS/TEMP",
  corrupt: "SYS/PERM",
} as const satisfies Record<ErrorKind, string>;

/** `-ERR [CODE] message`; the message on one line of US-ASCII. */
export function failureReply(failure: Failure): string {
  const code = codes[failure.kind];
  const text = failure.message.replace(/[^\x20-\x7e]+/g, " ").slice(0, 400);
  return code === "" ? `-ERR ${text}` : `-ERR [${code}] ${text}`;
}
