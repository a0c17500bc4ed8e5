import type { Id, PrincipalId, TenantId } from "@casaforte/kernel";

export type NoteId = Id<"Note">;

/** What an operator wrote down about a customer, for other operators alone (O2). */
export interface Note {
  readonly tenantId: TenantId;
  readonly id: NoteId;
  readonly authorId: PrincipalId;
  /** 1 to 4,000 characters. */
  readonly text: string;
  readonly writtenAt: Date;
  /** Null: as it was written. */
  readonly changedAt: Date | null;
}
