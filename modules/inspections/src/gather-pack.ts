import type { Bytes, TenantId } from "@casaforte/kernel";
import { exportChain } from "@casaforte/modules/audit";
import { customerOf, type Evidence, readEvidence } from "./evidence.ts";
import { inspectionLimits } from "./limits.ts";
import { makePack } from "./pack.ts";
import type { InspectionServices } from "./services.ts";

/** Everything the evidence room holds of one customer, signed (R67, R69). @throws over_quota `inspections.pack_too_large`. */
export async function gatherPack(
  services: Pick<InspectionServices, "db" | "clock" | "providerName" | "signingKey" | "evidence">,
  tenantId: TenantId,
  signal?: AbortSignal,
): Promise<Bytes> {
  const { db, clock, providerName, signingKey } = services;
  const madeAt = new Date(clock.nowMs());
  const gathered = await db.tenant(
    tenantId,
    async (tx) => {
      const evidence: Evidence[] = [];
      for (const source of services.evidence) {
        signal?.throwIfAborted();
        evidence.push(await readEvidence(tx, source, madeAt.getTime()));
      }
      return { evidence, customer: await customerOf(tx) };
    },
    { readOnly: true },
  );
  const lines: string[] = [];
  let length = 0;
  for await (const line of exportChain(db, tenantId, signal)) {
    length += line.length;
    // What is too large for an archive is told by it; there is no use in gathering more.
    if (length > inspectionLimits.packBytesMax) break;
    lines.push(line);
  }
  return makePack({ ...gathered, provider: providerName, madeAt, chain: lines.join("") }, signingKey);
}
