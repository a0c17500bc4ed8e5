import type { TenantId } from "@casaforte/kernel";
import { type AnchoredHead, type ChainFinding, readAnchors, verifyAuditChain } from "@casaforte/modules/audit";
import { openAppendFile } from "@casaforte/platform/append-file";
import type { Config } from "@casaforte/platform/config";
import type { Invariant } from "@casaforte/platform/db";
import { anchorFileOf, anchorKey } from "../audit-anchors.ts";
import type { Stores } from "../stores.ts";

const meaning: Record<ChainFinding["fault"], string> = {
  altered: "an entry or its link is not as it was written",
  removed: "an entry was removed",
  gap: "a link is missing",
  unlinked: "an entry is outside the chain and not waiting for it",
  head: "the end of the chain is not where its head says",
  anchor: "the chain is not the one whose head was anchored outside: rewritten, cut, or restored from an older backup",
};

/** The newest head of each tenant that was anchored outside the database. @throws corrupt `audit.anchor`. */
export async function newestAnchors(config: Config, stores: Stores): Promise<ReadonlyMap<TenantId, AnchoredHead>> {
  const newest = new Map<TenantId, AnchoredHead>();
  const heads = await readAnchors(openAppendFile(anchorFileOf(config)), anchorKey(stores));
  for (const head of heads) if ((newest.get(head.tenantId)?.seq ?? -1n) <= head.seq) newest.set(head.tenantId, head);
  return newest;
}

/** The audit chain of a tenant is whole and is the one that was anchored (R89). */
export const auditChainInvariant = (anchors: ReadonlyMap<TenantId, AnchoredHead>): Invariant => ({
  name: "audit.chain_unbroken",
  async check(tx) {
    const anchor = anchors.get(tx.tenantId);
    const { findings } = await verifyAuditChain(tx, anchor ? [anchor] : []);
    return findings.map(({ seq, entryId, fault }) => {
      const place = [...(seq === null ? [] : [`link ${seq}`]), ...(entryId ? [`entry ${entryId}`] : [])].join(", ");
      return `${meaning[fault]} (${place || "no place known"})`;
    });
  },
});
