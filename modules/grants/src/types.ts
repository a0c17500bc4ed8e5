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

/** One that somebody is inside under. */
export interface EnteredGrant extends LiveGrant {
  /** The operator's own sign-in out of which they came in: without it the session is over too. */
  readonly signInId: string;
}

export interface OperatorFacts {
  readonly name: string;
  /** Empty for one who may not work on tickets, or not any more. */
  readonly roles: readonly OperatorRole[];
  /** When the sign-in asked about ends at the latest; null when it has. */
  readonly signedInUntil: Date | null;
}
