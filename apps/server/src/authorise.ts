import { type Actor, Failure, type TenantRole } from "@casaforte/kernel";

export type UserActor = Extract<Actor, { kind: "user" }>;
export type OperatorActor = Extract<Actor, { kind: "operator" }>;

/** What the consoles guard: each area is read or written. */
export type Area = "backup" | "mail" | "people";
export type Access = "read" | "write";

/** Who may do what in the customer console (R74). Owners and admins may do everything; the rest is listed. */
const rights = {
  owner: { backup: ["read", "write"], mail: ["read", "write"], people: ["read", "write"] },
  admin: { backup: ["read", "write"], mail: ["read", "write"], people: ["read", "write"] },
  technician: { backup: ["read", "write"], mail: ["read", "write"], people: ["read"] },
  billing: { backup: ["read"], mail: ["read"], people: ["read"] },
  read_only: { backup: ["read"], mail: ["read"], people: ["read"] },
} as const satisfies Record<TenantRole, Record<Area, readonly Access[]>>;

/** @throws forbidden `role.not_allowed`. */
export function assertMay(actor: Actor, area: Area, access: Access): UserActor {
  if (actor.kind !== "user") throw new Failure("forbidden", "role.not_allowed", "sign in to the console");
  if (!(rights[actor.role][area] as readonly Access[]).includes(access))
    throw new Failure("forbidden", "role.not_allowed", `the role ${actor.role} may not ${access} here`);
  return actor;
}

/** @throws forbidden `role.not_allowed`. */
export function assertOperator(actor: Actor): OperatorActor {
  if (actor.kind !== "operator") throw new Failure("forbidden", "role.not_allowed", "this is for operators");
  return actor;
}
