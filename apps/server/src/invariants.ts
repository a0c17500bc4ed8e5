import { invariants as backup } from "@casaforte/modules/backup";
import { invariants as devices } from "@casaforte/modules/devices";
import { invariants as domains } from "@casaforte/modules/domains";
import { invariants as mailbox } from "@casaforte/modules/mailbox";
import { invariants as mailflow } from "@casaforte/modules/mailflow";
import { invariants as spaces } from "@casaforte/modules/spaces";
import { eachTenant, invariants as tenancy } from "@casaforte/modules/tenancy";
import type { Db, Invariant } from "@casaforte/platform/db";

/** Every module's claims about stored data. */
export const allInvariants: readonly Invariant[] = [
  ...tenancy,
  ...spaces,
  ...devices,
  ...backup,
  ...domains,
  ...mailbox,
  ...mailflow,
];

export interface InvariantFinding {
  readonly tenantId: string;
  readonly invariant: string;
  readonly finding: string;
}

/** Checks every claim for every tenant. Calls back for each pair, so that a long run shows progress. */
export async function checkInvariants(
  db: Db,
  onChecked: (tenantId: string, invariant: string) => void = () => {},
  signal?: AbortSignal,
): Promise<InvariantFinding[]> {
  const findings: InvariantFinding[] = [];
  for await (const { tenantId } of eachTenant(db, signal)) {
    for (const invariant of allInvariants) {
      const found = await db.tenant(tenantId, (tx) => invariant.check(tx), { readOnly: true });
      for (const finding of found) findings.push({ tenantId, invariant: invariant.name, finding });
      onChecked(tenantId, invariant.name);
    }
  }
  return findings;
}
