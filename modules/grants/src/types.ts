import type { Id, OperatorRole, PrincipalId, TenantId } from "@casaforte/kernel";

export type GrantId = Id<"Grant">;
export type GrantScope = "read" | "act";
export type GrantEnd = "revoked" | "returned" | "expired";

/** A customer's leave for one operator to work in its console for a while. */
export interface Grant {
  readonly tenantId: TenantId;
  readonly id: GrantId;
  readonly ticketId: string;
  readonly operatorId: PrincipalId;
  readonly operatorName: string;
  readonly reason: string;
  readonly askedScope: GrantScope;
  readonly askedHours: number;
  readonly askedAt: Date;
  readonly state: "asked" | "granted" | "refused" | "lapsed" | "ended";
  readonly answeredBy: PrincipalId | null;
  readonly scope: GrantScope | null;
  readonly until: Date | null;
  readonly endedAt: Date | null;
  readonly endReason: GrantEnd | null;
}

/** One that is in force, with who gave it. */
export interface LiveGrant extends Grant {
  readonly answeredBy: PrincipalId;
  readonly scope: GrantScope;
  readonly until: Date;
}

export interface OperatorFacts {
  readonly name: string;
  /** Empty for one who is an operator no longer. */
  readonly roles: readonly OperatorRole[];
}
