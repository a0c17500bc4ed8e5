import { AssertionFailure, Failure } from "@casaforte/kernel";

/** Of the system, the driver and PostgreSQL (class 08, and an end that an operator or a crash made). */
const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "53300",
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
]);

function codeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/**
 * What the database's own troubles mean to a caller: gone → unavailable, cancelled → cancelled, deadlock or
 * serialisation → conflict `db.retry`, takes no writes now → unavailable, unless who asked said himself that he would not write
 * (`wasReadOnly`), and does: a bug. Constraint violations pass through, so that the operation that knows their
 * meaning can catch them by `isViolation`; unhandled they are bugs.
 */
export function toFailure(error: unknown, { wasReadOnly = false } = {}): unknown {
  if (error instanceof Failure || error instanceof AssertionFailure) return error;
  const code = codeOf(error);
  if (code === undefined) return error;
  if (connectionCodes.has(code))
    return new Failure("unavailable", "db.unavailable", "the database cannot be reached", { cause: error });
  if (code === "25006" && !wasReadOnly)
    return new Failure("unavailable", "db.read_only", "the database takes no changes now", { cause: error });
  if (code === "57014")
    return new Failure("cancelled", "db.cancelled", "the statement was cancelled", { cause: error });
  if (code === "40P01" || code === "40001")
    return new Failure("conflict", "db.retry", "concurrent change; try again", { cause: error });
  if (code === "53100" || code === "53200")
    return new Failure("unavailable", "db.resources", "the database is out of disk or memory", { cause: error });
  return error;
}

/** True when the error is a violation of that constraint or unique index (or of any, when none is named). */
export function isViolation(error: unknown, constraint?: string): boolean {
  const code = codeOf(error);
  if (code === undefined || !code.startsWith("23")) return false;
  if (constraint === undefined) return true;
  return (
    typeof error === "object" && error !== null && "constraint_name" in error && error.constraint_name === constraint
  );
}
