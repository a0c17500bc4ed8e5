import { type ErrorKind, Failure } from "@casaforte/kernel";

/** HTTP status of each kind of expected trouble. The only such table of the HTTP edges. */
export const httpStatus = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition: 412,
  over_quota: 507,
  too_large: 413,
  rate_limited: 429,
  locked: 423,
  unsupported: 415,
  unavailable: 503,
  cancelled: 499,
  corrupt: 500,
} as const satisfies Record<ErrorKind, number>;

/** RFC 9457 problem details, as every HTTP edge sends them. `code` is what clients switch on. */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

/** What a caller may know of a Failure. */
export function problemOf(failure: Failure, requestId: string): Problem {
  return {
    type: "about:blank",
    title: failure.message,
    status: httpStatus[failure.kind],
    code: failure.code,
    requestId,
    ...(Object.keys(failure.details).length > 0 ? { details: failure.details } : {}),
  };
}

/** A bug, to the caller: a number to quote and nothing else. */
export function internalProblem(requestId: string): Problem {
  return {
    type: "about:blank",
    title: "Something went wrong on our side. Quote the request id to support.",
    status: 500,
    code: "internal",
    requestId,
  };
}

/** What a caller is told of trouble; `note` gets what nobody expected. */
export function problemFor(error: unknown, requestId: string, note: (error: unknown) => void): Problem {
  const failure = error instanceof Failure ? error : null;
  if (failure === null || failure.kind === "corrupt") note(error);
  return failure === null ? internalProblem(requestId) : problemOf(failure, requestId);
}

/** For `Retry-After`; null where the failure says nothing of it. */
export function retryAfterSeconds({ details }: Failure, nowMs: number): number | null {
  const retryAtMs = details["retryAtMs"];
  return typeof retryAtMs === "number" ? Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000)) : null;
}
