import { invariants as backup } from "@casaforte/modules/backup";
import { invariants as billing } from "@casaforte/modules/billing";
import { invariants as certificates } from "@casaforte/modules/certificates";
import { invariants as departure } from "@casaforte/modules/departure";
import { invariants as devices } from "@casaforte/modules/devices";
import { invariants as domains } from "@casaforte/modules/domains";
import { invariants as idempotency } from "@casaforte/modules/idempotency";
import { invariants as identity } from "@casaforte/modules/identity";
import { invariants as inspections } from "@casaforte/modules/inspections";
import { invariants as mailbox } from "@casaforte/modules/mailbox";
import { invariants as mailflow } from "@casaforte/modules/mailflow";
import { invariants as measures } from "@casaforte/modules/measures";
import { invariants as metering } from "@casaforte/modules/metering";
import { invariants as orders } from "@casaforte/modules/orders";
import { invariants as placement } from "@casaforte/modules/placement";
import { invariants as policies } from "@casaforte/modules/policies";
import { invariants as sieve } from "@casaforte/modules/sieve";
import { invariants as spaces } from "@casaforte/modules/spaces";
import { eachTenant, invariants as tenancy } from "@casaforte/modules/tenancy";
import { invariants as tickets } from "@casaforte/modules/tickets";
import { invariants as transfers } from "@casaforte/modules/transfers";
import type { Db, Invariant } from "@casaforte/platform/db";

/** Every module's claims about stored data. */
export const allInvariants: readonly Invariant[] = [
  ...tenancy,
  ...identity,
  ...idempotency,
  ...measures,
  ...metering,
  ...spaces,
  ...placement,
  ...orders,
  ...billing,
  ...devices,
  ...policies,
  ...backup,
  ...domains,
  ...certificates,
  ...mailbox,
  ...sieve,
  ...mailflow,
  ...transfers,
  ...tickets,
  ...departure,
  ...inspections,
];

export interface InvariantFinding {
  readonly tenantId: string;
  readonly invariant: string;
  readonly finding: string;
}

export interface CheckOptions {
  /** Every module's claims when absent. */
  readonly invariants?: readonly Invariant[];
  /** Called for each pair, so that a long run shows progress. */
  readonly onChecked?: (tenantId: string, invariant: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Checks every claim for every tenant. What a first look finds must be there at a second one: beside a running program a
 * blob may rightly go between the rows and the listing.
 */
export async function checkInvariants(db: Db, options: CheckOptions = {}): Promise<InvariantFinding[]> {
  const findings: InvariantFinding[] = [];
  for await (const { tenantId } of eachTenant(db, options.signal)) {
    for (const invariant of options.invariants ?? allInvariants) {
      const look = () => db.tenant(tenantId, (tx) => invariant.check(tx), { readOnly: true });
      const first = await look();
      const second = first.length > 0 ? new Set(await look()) : new Set<string>();
      for (const finding of first)
        if (second.has(finding)) findings.push({ tenantId, invariant: invariant.name, finding });
      options.onChecked?.(tenantId, invariant.name);
    }
  }
  return findings;
}
