import type { BlobId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { ServiceDeparture, ServiceDepartureId } from "./departure.ts";

const columns = (tx: TenantTx | OperatorTx) => tx.sql`
  tenant_id as "tenantId", id, kind, subject_id as "subjectId", name, state, requested_at as "requestedAt",
  retrieval_until as "retrievalUntil", erase_wanted_at as "eraseWantedAt", erasing_at as "erasingAt",
  erased_at as "erasedAt", coalesce(members, '{}') as members, counts, certificate, signature`;

/** False when the end of this service was asked for already. */
export async function insertServiceDeparture(
  tx: TenantTx,
  row: Pick<ServiceDeparture, "id" | "kind" | "subjectId" | "name" | "requestedAt" | "retrievalUntil">,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into departure_services (tenant_id, id, kind, subject_id, name, requested_at, retrieval_until)
    values (${tx.tenantId}, ${row.id}, ${row.kind}, ${row.subjectId}, ${row.name}, ${row.requestedAt}, ${row.retrievalUntil})
    on conflict do nothing returning 1`;
  return rows.length === 1;
}

/** Newest first, without those that were taken back. */
export async function selectServiceDepartures(tx: TenantTx): Promise<ServiceDeparture[]> {
  return tx.sql<ServiceDeparture[]>`
    select ${columns(tx)} from departure_services where tenant_id = ${tx.tenantId} and state <> 'cancelled'
    order by requested_at desc, id desc limit 200`;
}

export async function selectServiceDeparture(tx: TenantTx, id: ServiceDepartureId): Promise<ServiceDeparture | null> {
  const [row] = await tx.sql<ServiceDeparture[]>`
    select ${columns(tx)} from departure_services where tenant_id = ${tx.tenantId} and id = ${id} for update`;
  return row ?? null;
}

/**
 * Those that were begun, those whose window is over, and last those whose customer wanted none by `wantedBefore`: these may
 * wait for locks as long as their window is.
 */
export async function selectDueServices(
  tx: OperatorTx,
  now: Date,
  wantedBefore: Date,
): Promise<{ readonly tenantId: TenantId; readonly id: ServiceDepartureId }[]> {
  return tx.sql<{ tenantId: TenantId; id: ServiceDepartureId }[]>`
    select tenant_id as "tenantId", id from departure_services
    where state = 'erasing' or (state = 'retrieval' and (retrieval_until <= ${now} or erase_wanted_at <= ${wantedBefore}))
    order by (state = 'erasing') desc, retrieval_until limit 100`;
}

export async function markServiceWanted(tx: TenantTx, id: ServiceDepartureId, now: Date): Promise<void> {
  await tx.sql`
    update departure_services set erase_wanted_at = ${now} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function markServiceCancelled(tx: TenantTx, id: ServiceDepartureId, now: Date): Promise<void> {
  await tx.sql`
    update departure_services set state = 'cancelled', cancelled_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** `members`: ids of what belongs to it, by which its rows are found when it is gone itself. */
export async function markServiceErasing(
  tx: TenantTx,
  id: ServiceDepartureId,
  { now, members }: { readonly now: Date; readonly members: readonly string[] },
): Promise<void> {
  await tx.sql`
    update departure_services set state = 'erasing', erasing_at = ${now}, members = ${[...members]}::uuid[]
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'retrieval'`;
}

/** Counted in the transaction that took them. */
export async function addServiceCount(
  tx: TenantTx,
  id: ServiceDepartureId,
  name: string,
  count: number,
): Promise<void> {
  await tx.sql`
    update departure_services
    set counts = jsonb_set(counts, array[${name}::text], to_jsonb(coalesce((counts ->> ${name}::text)::bigint, 0) + ${count}::bigint))
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function markServiceErased(
  tx: TenantTx,
  id: ServiceDepartureId,
  done: { readonly certificate: string; readonly signature: string; readonly at: Date },
): Promise<void> {
  await tx.sql`
    update departure_services set state = 'erased', erased_at = ${done.at}, certificate = ${done.certificate},
      signature = ${done.signature}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'erasing'`;
}

/** Returns how many went. The stored files that they name are noted in the same transaction. */
export async function eraseServiceRows(
  tx: TenantTx,
  id: ServiceDepartureId,
  table: string,
  most: bigint,
): Promise<bigint> {
  const [row] = await tx.sql<{ done: bigint }[]>`select departure_erase_service_rows(${id}, ${table}, ${most}) as done`;
  return row?.done ?? 0n;
}

export async function countServiceRows(tx: TenantTx, id: ServiceDepartureId, table: string): Promise<bigint> {
  const [row] = await tx.sql<{ count: bigint }[]>`select departure_count_subject_rows(${id}, ${table}) as count`;
  return row?.count ?? 0n;
}

/** Whether a row of this id goes with a service whose deletion has begun. */
export async function selectIsLeaving(tx: TenantTx, member: string): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from departure_services
    where tenant_id = ${tx.tenantId} and state = 'erasing' and ${member}::uuid = any(members) limit 1`;
  return rows.length > 0;
}

/** What is known of noted files that no mailbox needs which stays. */
export async function eraseServiceContents(
  tx: TenantTx,
  id: ServiceDepartureId,
  blobs: readonly BlobId[],
): Promise<void> {
  await tx.sql`select departure_erase_contents(${id}, ${[...blobs]}::uuid[])`;
}

/** Some of the files that were noted and not looked at yet. */
export async function selectServiceBlobs(tx: TenantTx, id: ServiceDepartureId, limit: number): Promise<BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    select blob_id as "blobId" from departure_blobs where tenant_id = ${tx.tenantId} and service_id = ${id}
    order by blob_id limit ${limit}`;
  return rows.map(({ blobId }) => blobId);
}

export async function deleteServiceBlobs(
  tx: TenantTx,
  id: ServiceDepartureId,
  blobs: readonly BlobId[],
): Promise<void> {
  await tx.sql`
    delete from departure_blobs where tenant_id = ${tx.tenantId} and service_id = ${id} and blob_id = any(${[...blobs]}::uuid[])`;
}

/** Newest first, of every customer, for operators. */
export async function selectAllServiceDepartures(tx: OperatorTx, count: number): Promise<ServiceDeparture[]> {
  return tx.sql<ServiceDeparture[]>`
    select ${columns(tx)} from departure_services
    order by requested_at desc, id desc limit ${count}`;
}
