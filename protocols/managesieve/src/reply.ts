import type { ErrorKind, Failure } from "@casaforte/kernel";

/** RFC 5804 §1.3; an empty code is left out. */
const codes = {
  invalid: "",
  unauthenticated: "",
  forbidden: "",
  not_found: "NONEXISTENT",
  conflict: "ALREADYEXISTS",
  precondition: "",
  over_quota: "QUOTA/MAXSCRIPTS",
  too_large: "QUOTA/MAXSIZE",
  rate_limited: "TRYLATER",
  locked: "TRYLATER",
  unsupported: "",
  unavailable: "TRYLATER",
  cancelled: "TRYLATER",
  corrupt: "",
} as const satisfies Record<ErrorKind, string>;

const textCharsMax = 900;

/** A quoted string on one line of a bounded length. */
export function quote(text: string): string {
  const line = text.replace(/[\r\n\0]+/g, " ").slice(0, textCharsMax);
  return `"${line.replace(/[\\"]/g, "\\$&")}"`;
}

export const ok = (text: string): string => `OK ${quote(text)}\r\n`;
export const no = (text: string, code = ""): string => `NO${code === "" ? "" : ` (${code})`} ${quote(text)}\r\n`;
export const bye = (text: string, code = ""): string => `BYE${code === "" ? "" : ` (${code})`} ${quote(text)}\r\n`;

export function failureReply(failure: Failure): string {
  // The active script is a case of its own (§2.10); both are conflicts.
  return no(failure.message, failure.code === "sieve.active" ? "ACTIVE" : codes[failure.kind]);
}

/** A literal as a server sends it: `{n}`, the bytes, a line end. */
export const literal = (text: string): string => `{${Buffer.byteLength(text, "utf8")}}\r\n${text}\r\n`;
