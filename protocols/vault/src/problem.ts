import { type ErrorKind, Failure } from "@casaforte/kernel";
import { vaultProblem } from "./contract.ts";

/** HTTP status of each kind of trouble on the vault's wire. */
export const vaultStatus = {
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

const kindByStatus = new Map<number, ErrorKind>(
  Object.entries(vaultStatus).map(([kind, status]) => [status, kind as ErrorKind]),
);

function kindOf(status: number): ErrorKind {
  return kindByStatus.get(status) ?? (status >= 500 ? "unavailable" : "invalid");
}

/** What an error reply means to a client; a body that is no problem document still gives its status a kind. */
export function failureOfReply(status: number, body: string): Failure {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = null;
  }
  const problem = vaultProblem.safeParse(parsed);
  if (!problem.success) return new Failure(kindOf(status), "vault.reply", `the vault answered with status ${status}`);
  return new Failure(kindOf(status), problem.data.code, problem.data.title ?? `status ${status}`, {
    ...(problem.data.details ? { details: problem.data.details } : {}),
  });
}
