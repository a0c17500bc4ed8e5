import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import { reconciliationLimits } from "./limits.ts";

export interface Drift {
  readonly tenantId: string;
  readonly plane: string;
  readonly objectId: string;
  readonly attribute: string;
  readonly label: string;
  readonly desired: string | null;
  readonly actual: string | null;
  readonly foundAt: Date;
  readonly tries: number;
  readonly nextAt: Date;
  readonly trouble: string | null;
  readonly settledAt: Date | null;
}

const columns = ({ sql }: Tx) =>
  sql`d.tenant_id as "tenantId", d.plane, d.object_id as "objectId", d.attribute, d.label, d.desired, d.actual,
    d.found_at as "foundAt", d.tries, d.next_at as "nextAt", d.trouble, d.settled_at as "settledAt"`;

export async function upsertLook(
  tx: TenantTx,
  look: { readonly plane: string; readonly at: Date; readonly objects: number; readonly trouble: string | null },
): Promise<void> {
  await tx.sql`
    insert into reconciliation_looks (tenant_id, plane, at, objects, trouble)
    values (${tx.tenantId}, ${look.plane}, ${look.at}, ${look.objects}, ${look.trouble})
    on conflict (tenant_id, plane) do update set at = excluded.at, objects = excluded.objects, trouble = excluded.trouble`;
}

export async function selectOpenDrifts(tx: TenantTx, plane: string): Promise<Drift[]> {
  return tx.sql<Drift[]>`
    select ${columns(tx)} from reconciliation_drifts d
    where d.tenant_id = ${tx.tenantId} and d.plane = ${plane} and d.settled_at is null`;
}

/** Opens a drift, or notes new values of one that is open. */
export async function upsertDrift(tx: TenantTx, d: Omit<Drift, "tenantId" | "settledAt">): Promise<void> {
  await tx.sql`
    insert into reconciliation_drifts (tenant_id, plane, object_id, attribute, label, desired, actual, found_at, tries,
      next_at, trouble)
    values (${tx.tenantId}, ${d.plane}, ${d.objectId}, ${d.attribute}, ${d.label}, ${d.desired}, ${d.actual}, ${d.foundAt},
      ${d.tries}, ${d.nextAt}, ${d.trouble})
    on conflict (tenant_id, plane, object_id, attribute) do update set label = excluded.label, desired = excluded.desired,
      actual = excluded.actual, found_at = excluded.found_at, tries = excluded.tries, next_at = excluded.next_at,
      trouble = excluded.trouble, settled_at = null`;
}

export async function settleDrift(
  tx: TenantTx,
  d: Pick<Drift, "plane" | "objectId" | "attribute">,
  at: Date,
): Promise<void> {
  await tx.sql`
    update reconciliation_drifts set settled_at = ${at}, actual = desired
    where tenant_id = ${tx.tenantId} and plane = ${d.plane} and object_id = ${d.objectId} and attribute = ${d.attribute}`;
}

/** Open ones, the oldest first, then what was settled since. */
export async function selectDrifts(tx: OperatorTx, since: Date): Promise<Drift[]> {
  return tx.sql<Drift[]>`
    select ${columns(tx)} from reconciliation_drifts d where d.settled_at is null or d.settled_at > ${since}
    order by d.settled_at is not null, d.found_at, d.tenant_id, d.attribute limit ${reconciliationLimits.listedMax}`;
}

export interface Trouble {
  readonly tenantId: string;
  readonly plane: string;
  readonly at: Date;
  readonly trouble: string;
}

/** Planes that did not answer when they were last asked. */
export async function selectTroubles(tx: OperatorTx): Promise<Trouble[]> {
  return tx.sql<Trouble[]>`
    select tenant_id as "tenantId", plane, at, trouble from reconciliation_looks where trouble is not null
    order by at desc limit ${reconciliationLimits.listedMax}`;
}

/** All of a customer's open drifts are due now. */
export async function makeDue(tx: OperatorTx, tenantId: string, now: Date): Promise<void> {
  await tx.sql`
    update reconciliation_drifts set next_at = ${now} where tenant_id = ${tenantId} and settled_at is null`;
}
