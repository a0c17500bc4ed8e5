import { type Actor, Failure, type OperatorRole, type TenantRole } from "@casaforte/kernel";

export type UserActor = Extract<Actor, { kind: "user" }>;
export type OperatorActor = Extract<Actor, { kind: "operator" }>;

/** What the consoles guard: each area is read or written. */
export type Area =
  | "backup"
  | "mail"
  | "people"
  | "orders"
  | "billing"
  | "support"
  | "leaving"
  | "inspections"
  | "evidence"
  | "programs";
export type Access = "read" | "write";

const all = ["read", "write"] as const;
const none: readonly Access[] = [];

const everything = {
  backup: all,
  mail: all,
  people: all,
  orders: all,
  billing: all,
  support: all,
  leaving: all,
  inspections: all,
  evidence: all,
  programs: all,
} as const satisfies Record<Area, readonly Access[]>;
const nothing = {
  backup: none,
  mail: none,
  people: none,
  orders: none,
  billing: none,
  support: none,
  leaving: none,
  inspections: none,
  evidence: none,
  programs: none,
} as const satisfies Record<Area, readonly Access[]>;

/** Who may do what in the customer console (R74). Owners and admins may do everything; the rest is listed. */
const rights = {
  owner: everything,
  admin: everything,
  technician: { ...nothing, backup: all, mail: all, people: ["read"], orders: ["read"], support: all },
  billing: {
    ...nothing,
    backup: ["read"],
    mail: ["read"],
    people: ["read"],
    orders: ["read"],
    billing: all,
    support: all,
  },
  read_only: {
    ...nothing,
    backup: ["read"],
    mail: ["read"],
    people: ["read"],
    orders: ["read"],
    billing: ["read"],
    support: ["read"],
    inspections: ["read"],
    evidence: ["read"],
  },
  // Somebody from outside, for a while (R67): the evidence room and nothing else.
  auditor: { ...nothing, evidence: ["read"] },
} as const satisfies Record<TenantRole, Record<Area, readonly Access[]>>;

/** What a role may do in an area of the console. */
export const rightsOf = (role: TenantRole, area: Area): readonly Access[] => rights[role][area];

/** @throws forbidden `role.not_allowed`. */
export function assertMay(actor: Actor, area: Area, access: Access): UserActor {
  if (actor.kind !== "user") throw new Failure("forbidden", "role.not_allowed", "sign in to the console");
  if (!(rights[actor.role][area] as readonly Access[]).includes(access))
    throw new Failure("forbidden", "role.not_allowed", `the role ${actor.role} may not ${access} here`);
  return actor;
}

/** What the operator console guards here; organisations and people are guarded by the identity module itself. */
export type OperatorArea =
  | "customers"
  | "mail_queue"
  | "abuse"
  | "health"
  | "catalogue"
  | "inventory"
  | "approvals"
  | "billing"
  | "tickets"
  | "measures"
  | "departures"
  | "notices"
  | "legal"
  | "inspections"
  | "legal_texts";

/** Who may do what in the operator console (R74): every operator reads, changing takes one of the roles named. */
const operatorWriters = {
  customers: ["support", "infra", "billing", "security", "legal"],
  mail_queue: ["infra"],
  abuse: ["infra", "security"],
  health: ["infra"],
  catalogue: ["billing"],
  inventory: ["infra"],
  approvals: [],
  billing: ["billing"],
  measures: ["legal", "security"],
  notices: ["support", "infra", "security"],
  tickets: ["support", "infra", "billing", "security", "legal"],
  departures: ["legal", "billing"],
  legal: ["legal"],
  inspections: ["legal", "billing"],
  legal_texts: ["legal"],
} as const satisfies Record<OperatorArea, readonly OperatorRole[]>;

/** Whether these roles may do so; an operator needs at least one for anything at all. */
export function mayOperator(roles: readonly OperatorRole[], area: OperatorArea, access: Access): boolean {
  const writers: readonly OperatorRole[] = operatorWriters[area];
  return access === "read" ? roles.length > 0 : roles.some((role) => writers.includes(role));
}

/** @throws forbidden `role.not_allowed`. */
export function assertOperatorMay(actor: Actor, area: OperatorArea, access: Access): OperatorActor {
  if (actor.kind !== "operator") throw new Failure("forbidden", "role.not_allowed", "this is for operators");
  if (!mayOperator(actor.roles, area, access))
    throw new Failure("forbidden", "role.not_allowed", `your roles may not ${access} here`);
  return actor;
}
