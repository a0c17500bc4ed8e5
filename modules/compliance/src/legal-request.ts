import type { Id, TenantId } from "@casaforte/kernel";

export type LegalRequestId = Id<"LegalRequest">;
export type HoldId = Id<"LegalHold">;

/** What an authority asked for, and so all that is ever given out. */
export interface LegalScope {
  readonly parts: readonly ("settings" | "mail")[];
  /** Addresses; all of the customer's when absent. */
  readonly mailAccounts?: readonly string[];
  readonly from?: string;
  readonly until?: string;
}

export interface LegalRequest {
  readonly id: LegalRequestId;
  readonly number: bigint;
  /** `production` hands data out, `emergency` within hours, `preservation` only keeps them from being deleted (R88). */
  readonly kind: "production" | "emergency" | "preservation";
  readonly authority: string;
  readonly act: string;
  readonly legalBasis: string;
  readonly aboutTenant: TenantId;
  readonly scope: LegalScope;
  readonly receivedAt: Date;
  readonly deadlineAt: Date;
  readonly gag: boolean;
  readonly gagUntil: Date | null;
  readonly state: "registered" | "approved" | "refused" | "delivered" | "closed";
  readonly registeredBy: string;
  readonly registeredAt: Date;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly reason: string | null;
  readonly deliveredAt: Date | null;
  readonly deliveredBytes: bigint | null;
  readonly deliveredSha256: Buffer | null;
  readonly toldAt: Date | null;
  readonly closedAt: Date | null;
}

export interface Hold {
  readonly id: HoldId;
  readonly aboutTenant: TenantId;
  readonly requestId: LegalRequestId | null;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: Date;
  readonly liftAskedBy: string | null;
  readonly liftAskedAt: Date | null;
  readonly liftedBy: string | null;
  readonly liftedAt: Date | null;
}

/** Requests of one kind that wait for us and have a quarter of their time left or less. */
export interface DueRequests {
  readonly kind: LegalRequest["kind"];
  /** Not late yet. */
  readonly soon: number;
  readonly late: number;
}
