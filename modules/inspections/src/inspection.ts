import type { Actor, Id, PrincipalId, TenantId } from "@casaforte/kernel";

/** Somebody of the customer, or an auditor. */
export type UserActor = Extract<Actor, { kind: "user" }>;
export type InspectionId = Id<"Inspection">;
export type InspectionState = "asked" | "quoted" | "accepted" | "finished" | "withdrawn" | "refused";
export type InspectedProduct = "backup" | "mail";

/** One audit of ours by a customer (R67–R71). */
export interface Inspection {
  readonly tenantId: TenantId;
  readonly id: InspectionId;
  readonly state: InspectionState;
  readonly products: readonly InspectedProduct[];
  readonly scope: string;
  readonly firm: string;
  readonly nda: string;
  readonly grounds: "incident" | "authority" | null;
  readonly groundsText: string;
  readonly notifiedAt: Date;
  /** `YYYY-MM-DD` in Rome, both included. */
  readonly fromOn: string;
  readonly untilOn: string;
  readonly opensAt: Date;
  readonly closesAt: Date;
  readonly language: "it" | "en";
  readonly askedBy: PrincipalId;
  /** Net; null before the quote. */
  readonly costCents: bigint | null;
  readonly costText: string | null;
  readonly quotedAt: Date | null;
  readonly acceptedAt: Date | null;
  readonly refusal: string | null;
  readonly endedAt: Date | null;
}

export interface Auditor {
  readonly requestId: InspectionId;
  readonly address: string;
  readonly name: string;
  /** The account; null before the acceptance. */
  readonly principalId: PrincipalId | null;
  readonly endedAt: Date | null;
}
