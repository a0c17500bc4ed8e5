import { type ErrorKind, Failure } from "@casaforte/kernel";

/** Types of method-level and set-level errors this server answers (RFC 8620 §3.6.2 and §5, RFC 8621, RFC 9425). */
export type ErrorType =
  | "accountNotFound"
  | "accountReadOnly"
  | "alreadyExists"
  | "anchorNotFound"
  | "blobNotFound"
  | "cannotCalculateChanges"
  | "cannotUnsend"
  | "forbidden"
  | "forbiddenFrom"
  | "fromAccountNotFound"
  | "invalidArguments"
  | "invalidEmail"
  | "invalidPatch"
  | "invalidProperties"
  | "invalidRecipients"
  | "invalidResultReference"
  | "mailboxHasChild"
  | "mailboxHasEmail"
  | "noRecipients"
  | "notFound"
  | "overQuota"
  | "rateLimit"
  | "requestTooLarge"
  | "serverFail"
  | "serverUnavailable"
  | "singleton"
  | "stateMismatch"
  | "tooLarge"
  | "tooManyChanges"
  | "tooManyKeywords"
  | "unknownDataType"
  | "unknownMethod"
  | "unsupportedFilter"
  | "unsupportedSort"
  | "willDestroy";

/** An answer of the protocol, not a bug: becomes an `error` response or a SetError. */
export class JmapError extends Error {
  override readonly name = "JmapError";
  readonly type: ErrorType;
  readonly description: string;
  readonly properties: readonly string[] | undefined;

  constructor(type: ErrorType, description: string, properties?: readonly string[]) {
    super(`${type}: ${description}`);
    this.type = type;
    this.description = description;
    this.properties = properties;
  }
}

/** Wire form of a method error or a SetError. */
export interface ErrorObject {
  readonly type: ErrorType;
  readonly description?: string;
  readonly properties?: readonly string[];
  /** The product's own dotted code, so that a client can show its own sentence. */
  readonly code?: string;
}

const typeOfKind = {
  invalid: "invalidArguments",
  unauthenticated: "forbidden",
  forbidden: "forbidden",
  not_found: "notFound",
  conflict: "alreadyExists",
  precondition: "stateMismatch",
  over_quota: "overQuota",
  too_large: "tooLarge",
  rate_limited: "rateLimit",
  locked: "forbidden",
  unsupported: "invalidArguments",
  unavailable: "serverUnavailable",
  cancelled: "serverUnavailable",
  corrupt: "serverFail",
} as const satisfies Record<ErrorKind, ErrorType>;

/** Of one object, where JMAP has a word of its own for it (RFC 8621 §4.6, §7.5). */
const typeOfCode: Readonly<Record<string, ErrorType>> = {
  "mailbox.too_many_keywords": "tooManyKeywords",
  "smtp.sender_not_yours": "forbiddenFrom",
};

/**
 * The one table from the product's errors to JMAP's. A method error may not be `notFound` or the like, so `inSet` tells
 * where the error will stand. @throws whatever is neither a JmapError nor a Failure: that is a bug and ends the request.
 */
export function errorObject(error: unknown, inSet: boolean): ErrorObject {
  if (error instanceof JmapError) {
    return {
      type: error.type,
      description: error.description,
      ...(error.properties === undefined ? {} : { properties: error.properties }),
    };
  }
  if (error instanceof Failure) {
    const type = typeOfKind[error.kind];
    const here = inSet && type === "invalidArguments" ? "invalidProperties" : type;
    return { type: (inSet ? typeOfCode[error.code] : undefined) ?? here, description: error.message, code: error.code };
  }
  throw error;
}
