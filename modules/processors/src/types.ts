import type { Id, PrincipalId, TenantId } from "@casaforte/kernel";

export type SubprocessorId = Id<"Subprocessor">;
export type ChangeId = Id<"ProcessorChange">;
export type InstructionId = Id<"Instruction">;

/** Somebody else who processes customers' data for the provider. Days are `YYYY-MM-DD`, in Rome. */
export interface Subprocessor {
  readonly id: SubprocessorId;
  readonly name: string;
  readonly serviceIt: string;
  readonly serviceEn: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly fromOn: string;
  readonly untilOn: string | null;
}

export interface Change {
  readonly id: ChangeId;
  readonly subprocessorId: SubprocessorId;
  readonly kind: "begins" | "ends";
  readonly effectiveOn: string;
  readonly announcedAt: Date;
  readonly objectionsUntil: Date;
  readonly reasonIt: string;
  readonly reasonEn: string;
}

export interface Objection {
  readonly tenantId: TenantId;
  readonly changeId: ChangeId;
  readonly reason: string;
  readonly by: PrincipalId;
  readonly at: Date;
  readonly answer: string | null;
  readonly answeredAt: Date | null;
}

export interface Instruction {
  readonly tenantId: TenantId;
  readonly id: InstructionId;
  readonly text: string;
  readonly by: PrincipalId;
  readonly at: Date;
  readonly done: string | null;
  readonly doneAt: Date | null;
}
