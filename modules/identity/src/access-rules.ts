import { type Actor, Failure, type OperatorRole, type TenantRole } from "@casaforte/kernel";

const forbidden = () => new Failure("forbidden", "identity.forbidden", "your role does not allow this");

/** Lets console users of these roles through (R74). @throws forbidden `identity.forbidden`. */
export function assertTenantRole(
  actor: Actor,
  ...roles: readonly TenantRole[]
): asserts actor is Extract<Actor, { kind: "user" }> {
  if (actor.kind !== "user" || !roles.includes(actor.role)) throw forbidden();
}

/** Lets operators with at least one of these roles through (R74). @throws forbidden `identity.forbidden`. */
export function assertOperatorRole(
  actor: Actor,
  ...roles: readonly OperatorRole[]
): asserts actor is Extract<Actor, { kind: "operator" }> {
  if (actor.kind !== "operator" || !roles.some((role) => actor.roles.includes(role))) throw forbidden();
}
