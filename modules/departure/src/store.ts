import type { TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Departure, DepartureId } from "./departure.ts";

const columns = (tx: TenantTx | OperatorTx) => tx.sql`
  tenant_id as "tenantId", id, state, asked_by as "askedBy", requested_at as "requestedAt",
  retrieval_until as "retrievalUntil", erase_wanted_at as "eraseWantedAt", erasing_at as "erasingAt",
  erased_at as "erasedAt", cancelled_at as "cancelledAt", certificate, signature`;

export async function insertDeparture(
  tx: TenantTx | OperatorTx,
  row: Pick<Departure, "tenantId" | "id" | "askedBy" | "requestedAt" | "retrievalUntil"> & {
    readonly claimHash: Buffer;
  },
): Promise<void> {
  await tx.sql`
    insert into departure_departures (tenant_id, id, asked_by, requested_at, retrieval_until, claim_hash)
    values (${row.tenantId}, ${row.id}, ${row.askedBy}, ${row.requestedAt}, ${row.retrievalUntil}, ${row.claimHash})`;
}

/** The departure that stands, or the last that was erased; null when there is none or it was cancelled. */
export async function selectDeparture(
  tx: TenantTx | OperatorTx,
  tenantId: TenantId,
  lock = false,
): Promise<Departure | null> {
  const [row] = await tx.sql<Departure[]>`
    select ${columns(tx)} from departure_departures where tenant_id = ${tenantId} and state <> 'cancelled'
    order by requested_at desc limit 1 ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

/** Newest first, for operators. */
export async function selectDepartures(tx: OperatorTx, count: number): Promise<Departure[]> {
  return tx.sql<Departure[]>`
    select ${columns(tx)} from departure_departures order by requested_at desc, id desc limit ${count}`;
}

/** Those whose window is over or whose customer wanted none at that time already, and those that were begun. */
export async function selectDue(tx: OperatorTx, now: Date, wantedBefore: Date): Promise<Departure[]> {
  return tx.sql<Departure[]>`
    select ${columns(tx)} from departure_departures
    where state = 'erasing' or (state = 'retrieval' and (retrieval_until <= ${now} or erase_wanted_at <= ${wantedBefore}))
    order by requested_at limit 100`;
}

/** Null takes the wish back. */
export async function markEraseWanted(tx: TenantTx, id: DepartureId, now: Date | null): Promise<void> {
  await tx.sql`
    update departure_departures set erase_wanted_at = ${now} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function markCancelled(tx: TenantTx, id: DepartureId, now: Date): Promise<void> {
  await tx.sql`
    update departure_departures set state = 'cancelled', cancelled_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function markErasing(tx: OperatorTx, tenantId: TenantId, id: DepartureId, now: Date): Promise<void> {
  await tx.sql`
    update departure_departures set state = 'erasing', erasing_at = coalesce(erasing_at, ${now})
    where tenant_id = ${tenantId} and id = ${id}`;
}

export async function markErased(
  tx: OperatorTx,
  tenantId: TenantId,
  id: DepartureId,
  done: { readonly certificate: string; readonly signature: string; readonly at: Date },
): Promise<void> {
  await tx.sql`
    update departure_departures set state = 'erased', erased_at = ${done.at}, certificate = ${done.certificate},
      signature = ${done.signature}
    where tenant_id = ${tenantId} and id = ${id} and state = 'erasing'`;
}

export async function selectCertificate(
  tx: LookupTx,
  claimHash: Buffer,
): Promise<{ certificate: string; signature: string } | null> {
  const [row] = await tx.sql<{ certificate: string; signature: string }[]>`
    select certificate, signature from departure_certificate(${claimHash})`;
  return row ?? null;
}

export interface TenantTable {
  readonly name: string;
  /** Why its rows are kept; null: they go. */
  readonly basis: string | null;
  readonly references: readonly string[];
}

/** Every table that holds rows of tenants, out of the live catalogue, so that none can be forgotten. */
export async function selectTenantTables(tx: TenantTx): Promise<TenantTable[]> {
  return tx.sql<TenantTable[]>`
    select c.relname::text as name, r.basis,
      array(select distinct k.confrelid::regclass::text from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as references
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    left join departure_retention r on r.table_name = c.relname
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`;
}

/** At least that many rows go, those that point at them with them; fewer only when none are left. */
export async function eraseRows(tx: TenantTx, table: string, most: bigint): Promise<bigint> {
  const [row] = await tx.sql<{ done: bigint }[]>`select departure_erase_rows(${table}, ${most}) as done`;
  return row?.done ?? 0n;
}

export async function countRows(tx: TenantTx, table: string): Promise<bigint> {
  const [row] = await tx.sql<{ count: bigint }[]>`select departure_count_rows(${table}) as count`;
  return row?.count ?? 0n;
}

/** How many blobs of a store are about to be erased; again after a crash, when some are gone, the most that was seen counts. */
export async function noteBlobs(tx: TenantTx, id: DepartureId, store: string, count: number): Promise<void> {
  await tx.sql`
    insert into departure_counts as c (tenant_id, departure_id, kind, name, count)
    values (${tx.tenantId}, ${id}, 'store', ${store}, ${count})
    on conflict (tenant_id, departure_id, kind, name) do update set count = greatest(c.count, excluded.count)`;
}

/** Rows erased by table and blobs erased by store, over every run of one deletion. */
export async function selectCounts(
  tx: TenantTx,
  id: DepartureId,
): Promise<{ readonly kind: "table" | "store"; readonly name: string; readonly count: bigint }[]> {
  return tx.sql<{ kind: "table" | "store"; name: string; count: bigint }[]>`
    select kind, name, count from departure_counts where tenant_id = ${tx.tenantId} and departure_id = ${id}
    order by kind, name`;
}
