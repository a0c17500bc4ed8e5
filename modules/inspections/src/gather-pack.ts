import { type Bytes, type TenantId, utf8 } from "@casaforte/kernel";
import { exportChain } from "@casaforte/modules/audit";
import { customerOf, type Evidence, readEvidence } from "./evidence.ts";
import { inspectionLimits } from "./limits.ts";
import { makePack, packTooLarge } from "./pack.ts";
import type { InspectionServices } from "./services.ts";

/** Everything the evidence room holds of one customer, signed (R67, R69). @throws over_quota `inspections.pack_too_large`. */
export async function gatherPack(
  services: Pick<InspectionServices, "db" | "clock" | "providerName" | "signingKey" | "evidence">,
  tenantId: TenantId,
  signal?: AbortSignal,
  bytesMax: number = inspectionLimits.packBytesMax,
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
  const pages: Bytes[] = [];
  let length = 0;
  for await (const lines of exportChain(db, tenantId, signal)) {
    const page = utf8(lines);
    length += page.length;
    // A log that is cut would be signed as if it were whole.
    if (length > bytesMax) throw packTooLarge();
    pages.push(page);
  }
  return makePack({ ...gathered, provider: providerName, madeAt, chain: Buffer.concat(pages) }, signingKey);
}
