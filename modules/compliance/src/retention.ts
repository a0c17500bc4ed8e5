import type { Clock, TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { JobContext } from "@casaforte/platform/jobs";
import { isHeld } from "./holds.ts";
import type { RetentionFinding } from "./retention-finding.ts";
import { selectFindings, upsertFinding } from "./store-retention.ts";

/** A class of data, how long it is kept and which job ends it (R104). */
export interface RetentionClass {
  /** Stable: `mail_events`. */
  readonly name: string;
  readonly what: { readonly it: string; readonly en: string };
  readonly why: { readonly it: string; readonly en: string };
  readonly kept: { readonly it: string; readonly en: string };
  /** The scheduled task that deletes; null where nothing ends by age and the end of the contract does it. */
  readonly job: string | null;
  /** Rows of one customer that the job should have deleted by now. Absent where age alone does not tell. */
  overdue?(tx: TenantTx, nowMs: number): Promise<number>;
}

export interface RetentionServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly retention: readonly RetentionClass[];
}

/**
 * Looks at every class for what outlived its time, customer by customer, and keeps the sums. Customers under a hold are
 * left out: what is kept of them is kept on purpose (R92). Returns what it found.
 */
export async function checkRetention(
  { db, clock, retention }: RetentionServices,
  context: Pick<JobContext, "signal" | "logger">,
): Promise<readonly RetentionFinding[]> {
  const nowMs = clock.nowMs();
  const overdue = new Map(retention.filter((each) => each.overdue).map(({ name }) => [name, 0]));
  let held = 0;
  const count = (tenantId: TenantId) =>
    db.tenant(
      tenantId,
      async (tx) => {
        for (const each of retention)
          if (each.overdue) overdue.set(each.name, (overdue.get(each.name) ?? 0) + (await each.overdue(tx, nowMs)));
      },
      { readOnly: true },
    );
  // A sum in which a customer is missing would say that nothing was left over: then the last whole look stands.
  await sweepTenants(db, context, async ({ tenantId }) => {
    if (await db.operator((tx) => isHeld(tx, tenantId), { readOnly: true })) held++;
    else await count(tenantId);
  });
  const findings = [...overdue].map(([name, rows]) => ({
    class: name,
    checkedAt: new Date(nowMs),
    overdue: BigInt(rows),
    held,
  }));
  await db.operator(async (tx) => {
    for (const finding of findings) await upsertFinding(tx, finding);
  });
  return findings;
}

/** What the last look found, by class. */
export const readRetention = async (tx: OperatorTx): Promise<ReadonlyMap<string, RetentionFinding>> =>
  new Map((await selectFindings(tx)).map((finding) => [finding.class, finding]));
