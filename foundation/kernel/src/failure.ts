/** The closed set of expected troubles. A kind exists only if some caller acts differently on it. */
export const errorKinds = [
  "invalid",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "precondition",
  "over_quota",
  "too_large",
  "rate_limited",
  "locked",
  "unsupported",
  "unavailable",
  "cancelled",
  "corrupt",
] as const;

export type ErrorKind = (typeof errorKinds)[number];

export interface FailureOptions {
  readonly cause?: unknown;
  /** Safe to show to the caller: figures, names of fields, a time to retry. Never secrets or content. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Expected trouble, told to the caller. `code` is dotted and stable (`mailbox.over_quota`); `message` is plain English
 * without secrets. A bug is an AssertionError instead and is never dressed as one of these.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: ErrorKind;
  readonly code: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(kind: ErrorKind, code: string, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** What a rule gives, or what it says against it. Anything thrown that is no Failure passes through. */
export function attempt<T>(rule: () => T): T | Failure {
  try {
    return rule();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** A broken promise inside the program. */
export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

/** States what must be true. @throws AssertionFailure, which ends the request and is logged in full. */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new AssertionFailure(claim);
}

/** Makes a switch over a union exhaustive at compile time. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${String(value)}`);
}
