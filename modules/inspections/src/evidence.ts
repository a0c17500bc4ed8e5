import { type Actor, type Bytes, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { UserActor } from "./inspection.ts";
import { selectRoomOf } from "./store.ts";

/** A text in both languages (R96). */
export interface Words {
  readonly it: string;
  readonly en: string;
}

/**
 * What stands in a table of evidence. Dates are moments, shown in the reader's way. Of a text with more lines than one the
 * first is its summary.
 */
export type Cell = string | number | boolean | null | Date | Words;

export interface EvidenceTable {
  readonly columns: readonly Words[];
  readonly rows: readonly (readonly Cell[])[];
}

/** One part of the evidence room. What it reads it reads in the customer's own transaction, so nothing of others (R69). */
export interface EvidenceSource {
  /** `backups`. */
  readonly name: string;
  readonly title: Words;
  /** One sentence: what is here, and where it comes from. */
  readonly hint: Words;
  read(tx: TenantTx, nowMs: number): Promise<EvidenceTable>;
}

export interface Evidence extends Pick<EvidenceSource, "name" | "title" | "hint">, EvidenceTable {
  readonly readAt: Date;
}

/** What goes into a pack. */
export interface GatheredEvidence {
  readonly provider: string;
  readonly customer: { readonly id: string; readonly name: string };
  readonly madeAt: Date;
  readonly evidence: readonly Evidence[];
  /** The customer's log with its chain, as `exportChain` writes it. */
  readonly chain: Bytes;
}

/**
 * An auditor is let in while their audit runs and no longer, whatever became of the account (R67).
 * @throws forbidden `inspections.room_closed`.
 */
export async function assertRoom(tx: TenantTx, actor: UserActor, nowMs: number): Promise<void> {
  if (actor.role !== "auditor") return;
  if ((await selectRoomOf(tx, actor.principalId, new Date(nowMs))) === null)
    throw new Failure("forbidden", "inspections.room_closed", "the evidence room is closed for you now");
}

/** Each look is in the customer's log, whoever looks (R67, R89). */
export const noteLook = (tx: TenantTx, actor: Actor, what: string): Promise<void> =>
  recordAudit(tx, actor, { action: "inspections.evidence_read", object: { kind: "evidence", id: what } });

/** Reads one part. */
export async function readEvidence(tx: TenantTx, source: EvidenceSource, nowMs: number): Promise<Evidence> {
  const { name, title, hint } = source;
  const { columns, rows } = await source.read(tx, nowMs);
  return { name, title, hint, columns, rows, readAt: new Date(nowMs) };
}

/** Who the evidence is about. */
export const customerOf = async (tx: TenantTx): Promise<{ id: string; name: string }> => ({
  id: tx.tenantId,
  name: (await readTenant(tx, tx.tenantId)).name,
});
