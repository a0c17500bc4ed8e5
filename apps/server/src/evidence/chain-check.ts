import type { TenantId } from "@casaforte/kernel";
import { type ChainVerification, verifyAuditChain } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";

/** How long the result of a customer's chain is shown before it is computed anew. */
const keptMs = 60_000;

interface Kept {
  readonly atMs: number;
  readonly result: Promise<ChainVerification>;
}
const kept = new Map<TenantId, Kept>();

/** The check of a customer's whole chain, and when it was made: at most once a minute, whoever reads. */
export async function checkChain(tx: TenantTx, nowMs: number): Promise<ChainVerification & { readonly at: Date }> {
  for (const [tenantId, { atMs }] of kept) if (atMs + keptMs <= nowMs || atMs > nowMs) kept.delete(tenantId);
  const { tenantId } = tx;
  const known = kept.get(tenantId) ?? { atMs: nowMs, result: verifyAuditChain(tx) };
  kept.set(tenantId, known);
  try {
    return { ...(await known.result), at: new Date(known.atMs) };
  } catch (error) {
    kept.delete(tenantId);
    throw error;
  }
}
