import type { Invariant } from "@casaforte/platform/db";
import { verifyAuditChain } from "./verify-chain.ts";

export const auditInvariants: readonly Invariant[] = [
  {
    name: "audit.chain_unbroken",
    async check(tx) {
      const { findings } = await verifyAuditChain(tx);
      return findings.map(
        (finding) => `link ${finding.seq ?? "none"}, entry ${finding.entryId || "none"}: ${finding.fault}`,
      );
    },
  },
];
