import type { Id, PrincipalId, SpaceId, TenantId } from "@casaforte/kernel";
import type { Capability, Product } from "./capabilities.ts";
import type { Level, Nature, Severity } from "./measure-table.ts";

export type ViolationId = Id<"Violation">;
export type MeasureId = Id<"Measure">;
export type AppealId = Id<"Appeal">;
export type ViolationSource = "operator" | "sender_stop" | "dunning";
export type MeasureState = "announced" | "in_force" | "expired" | "lifted" | "overturned";

/** A breach of the contract; nothing follows from it before a person has confirmed it. */
export interface Violation {
  readonly tenantId: TenantId;
  readonly id: ViolationId;
  readonly nature: Nature;
  readonly severity: Severity;
  readonly product: Product;
  /** The space that alone is concerned (R48); null: everything of the product. */
  readonly subjectId: SpaceId | null;
  readonly occurredAt: Date;
  readonly notedAt: Date;
  readonly facts: string;
  readonly clause: string;
  readonly evidence: string;
  readonly source: ViolationSource;
  readonly sourceKey: string;
  /** Of an authority's order (R65); empty for everything else. */
  readonly authorityReference: string;
  /** The authority forbids telling the customer (R66). */
  readonly isSilent: boolean;
  readonly state: "suggested" | "confirmed" | "dismissed";
  readonly approvalId: string | null;
  readonly dismissal: string;
}

/** A restriction, limitation or suspension, announced, in force or over. */
export interface Measure {
  readonly tenantId: TenantId;
  readonly id: MeasureId;
  readonly violationId: ViolationId;
  readonly level: Level;
  /** As of its violation. */
  readonly subjectId: SpaceId | null;
  readonly capabilities: readonly Capability[];
  /** Breaches of the same nature within the window before. */
  readonly recurrence: number;
  readonly state: MeasureState;
  readonly language: "it" | "en";
  readonly statement: string;
  readonly told: number;
  readonly isSilent: boolean;
  readonly imposedBy: PrincipalId;
  readonly confirmedBy: PrincipalId | null;
  readonly imposedAt: Date;
  readonly startsAt: Date;
  /** Null: until it is lifted. */
  readonly endsAt: Date | null;
  readonly appealUntil: Date;
  readonly endedAt: Date | null;
  readonly endReason: string;
  readonly authorityReference: string;
}

export interface Appeal {
  readonly tenantId: TenantId;
  readonly id: AppealId;
  readonly measureId: MeasureId;
  readonly body: string;
  readonly filedBy: PrincipalId;
  readonly filedAt: Date;
  readonly dueAt: Date;
  readonly state: "open" | "upheld" | "rejected";
  readonly decision: string;
  readonly imposedBy: PrincipalId;
  readonly confirmedBy: PrincipalId | null;
  readonly decidedBy: PrincipalId | null;
  readonly decidedAt: Date | null;
}
