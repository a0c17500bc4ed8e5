import type { Actor, Clock, Id, PrincipalId, Random, TenantId } from "@casaforte/kernel";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";

export type ComplaintId = Id<"Complaint">;
export type OperatorActor = Extract<Actor, { kind: "operator" }>;
export type Language = "it" | "en";

/** What somebody tells us (DSA, art. 16 (2)). */
export interface Complaint {
  readonly id: ComplaintId;
  readonly number: bigint;
  readonly receivedAt: Date;
  readonly location: string;
  readonly reasons: string;
  readonly isAboutChildren: boolean;
  readonly endangersLife: boolean;
  readonly name: string | null;
  readonly address: string | null;
  readonly language: Language;
  readonly authorityReference: string | null;
  readonly authorityToldAt: Date | null;
  readonly state: "open" | "upheld" | "rejected";
  readonly aboutTenant: TenantId | null;
  readonly violationId: string | null;
  readonly decision: string | null;
  readonly decidedAt: Date | null;
}

export interface ComplaintMail {
  readonly to: string;
  readonly language: Language;
  readonly subject: string;
  readonly text: string;
}

/** A breach of a customer's contract, for measures. */
export interface Breach {
  readonly tenantId: TenantId;
  readonly product: "backup" | "mail";
  readonly severity: "minor" | "serious" | "grave";
  /** In an operator's words: the customer reads them. */
  readonly facts: string;
  readonly complaintId: ComplaintId;
}

export interface ComplaintServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly providerName: string;
  /** Where people reach us (art. 11, 12). */
  readonly supportAddress: string;
  /** Promised in the caller's transaction. */
  mail(tx: TenantTx | OperatorTx, mail: ComplaintMail): Promise<unknown>;
  /** Tells whoever decides that somebody's life or safety may be at stake. Promised in the caller's transaction. */
  alarm(tx: TenantTx, complaint: Pick<Complaint, "number" | "receivedAt">): Promise<unknown>;
  /** Notes it as a breach for a person to decide what follows. Returns its id. */
  noteBreach(tx: OperatorTx, actor: OperatorActor, breach: Breach): Promise<string | null>;
}

export interface Decision {
  readonly id: ComplaintId;
  readonly by: PrincipalId;
  readonly at: Date;
  readonly state: "upheld" | "rejected";
  readonly decision: string;
  readonly aboutTenant: TenantId | null;
  readonly violationId: string | null;
}
