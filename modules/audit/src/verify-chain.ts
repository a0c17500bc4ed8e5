import type { TenantTx } from "@casaforte/platform/db";
import type { AnchoredHead } from "./anchor.ts";
import { auditLimits } from "./limits.ts";
import { selectBrokenLinks, selectHead, selectLinkHash, selectUnlinkedEntries } from "./store.ts";

/** One entry or link that is not as it was written. */
export interface ChainFinding {
  readonly entryId: string;
  /** Its place in the chain; null for an entry without a link. */
  readonly seq: bigint | null;
  readonly fault: "altered" | "removed" | "gap" | "unlinked" | "head" | "anchor";
}

export interface ChainVerification {
  /** Links that were recomputed. */
  readonly chained: bigint;
  readonly findings: readonly ChainFinding[];
}

/**
 * Recomputes the whole chain of one tenant: each link is SHA-256 over the link before and every column of its entry, so
 * one altered or removed row is found (R89). With the tenant's newest anchored heads, a chain rewritten from some point
 * on, or cut at its end, is found too. At most 100 findings.
 */
export async function verifyAuditChain(
  tx: TenantTx,
  anchors: readonly AnchoredHead[] = [],
): Promise<ChainVerification> {
  const findings: ChainFinding[] = await selectBrokenLinks(tx, tx.tenantId, auditLimits.findingsMax);
  for (const { id } of await selectUnlinkedEntries(tx, auditLimits.findingsMax))
    findings.push({ entryId: id, seq: null, fault: "unlinked" });
  const head = await selectHead(tx);
  if (
    head !== null &&
    (head.links + head.cutSeq !== head.seq || (head.seq > 0n && head.linkHash?.equals(head.hash) !== true))
  )
    findings.push({ entryId: "", seq: head.seq, fault: "head" });
  for (const anchor of anchors.filter((candidate) => candidate.tenantId === tx.tenantId)) {
    // What was cut away is vouched for by the hash at the cut, which the next anchored head carries on.
    if (anchor.seq < (head?.cutSeq ?? 0n)) continue;
    const hash = await selectLinkHash(tx, anchor.seq);
    if (hash?.toString("hex") !== anchor.hash) findings.push({ entryId: "", seq: anchor.seq, fault: "anchor" });
  }
  return { chained: head?.links ?? 0n, findings: findings.slice(0, auditLimits.findingsMax) };
}
