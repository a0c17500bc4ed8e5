import type { Logger } from "@casaforte/kernel";
import { lintCatalogue, openDb } from "@casaforte/platform/db";
import { allInvariants, checkInvariants } from "./invariants.ts";

export interface DoctorReport {
  readonly ok: boolean;
  readonly findings: readonly { readonly where: string; readonly what: string }[];
  readonly tenants: number;
  readonly invariants: number;
}

/** Runs the catalogue lint and every module's invariants. Needs the database alone; changes nothing. */
export async function examine(
  urls: { readonly appUrl: string; readonly operatorUrl: string },
  logger: Logger,
): Promise<DoctorReport> {
  const catalogue = await lintCatalogue(urls.appUrl);
  const db = openDb({ ...urls, logger, appConnectionsMax: 4, operatorConnectionsMax: 1 });
  try {
    const tenants = new Set<string>();
    const broken = await checkInvariants(db, (tenantId) => tenants.add(tenantId));
    const findings = [
      ...catalogue.map(({ rule, object }) => ({ where: `database ${object}`, what: rule })),
      ...broken.map(({ tenantId, invariant, finding }) => ({
        where: `tenant ${tenantId}, ${invariant}`,
        what: finding,
      })),
    ];
    return { ok: findings.length === 0, findings, tenants: tenants.size, invariants: allInvariants.length };
  } finally {
    await db.close();
  }
}
