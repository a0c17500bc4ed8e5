import type { DeviceId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { FileId, PointId } from "./rows.ts";
import { type Due, isDue, type PartToCheck } from "./store-collect.ts";

export interface AskedPoint {
  readonly id: PointId;
  readonly fileId: FileId;
  readonly deviceId: DeviceId;
  readonly state: "good" | "damaged" | "deleted";
  readonly askedAt: Date | null;
  readonly verifiedAt: Date | null;
}

const columns = (tx: TenantTx) => tx.sql`
  id, file_id as "fileId", device_id as "deviceId", state, verify_asked_at as "askedAt", verified_at as "verifiedAt"`;

/** A point, locked against a second wish. */
export async function lockPointToVerify(tx: TenantTx, id: PointId): Promise<AskedPoint | null> {
  const [row] = await tx.sql<AskedPoint[]>`
    select ${columns(tx)} from backup_points where tenant_id = ${tx.tenantId} and id = ${id} for update`;
  return row ?? null;
}

/** How many points of the customer were asked for since. */
export async function countAskedSince(tx: TenantTx, since: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from backup_points where tenant_id = ${tx.tenantId} and verify_asked_at > ${since}`;
  return row?.count ?? 0;
}

export async function markVerifyAsked(tx: TenantTx, id: PointId, now: Date): Promise<void> {
  await tx.sql`
    update backup_points set verify_asked_at = ${now}, verified_at = null, verified_state = null
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Customers one of whose points waits to be verified. */
export async function selectTenantsAsked(tx: OperatorTx): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select distinct tenant_id as "tenantId" from backup_points
    where verify_asked_at is not null and verified_at is null and state <> 'deleted'`;
  return rows.map(({ tenantId }) => tenantId);
}

/** The point that waits longest and is not in the bin. */
export async function selectAskedPoint(tx: TenantTx): Promise<AskedPoint | null> {
  const [row] = await tx.sql<AskedPoint[]>`
    select ${columns(tx)} from backup_points
    where tenant_id = ${tx.tenantId} and verify_asked_at is not null and verified_at is null and state <> 'deleted'
    order by verify_asked_at, id limit 1`;
  return row ?? null;
}

/**
 * Keeps what was found: damaged when `lacks` something else than parts, else the point's state by then. Null when it is done
 * already, asked for anew, or gone to the bin.
 */
export async function markVerified(
  tx: TenantTx,
  { id, askedAt }: Pick<AskedPoint, "id" | "askedAt">,
  lacks: boolean,
  now: Date,
): Promise<"good" | "damaged" | null> {
  const [row] = await tx.sql<{ state: "good" | "damaged" }[]>`
    update backup_points set verified_at = ${now},
      verified_state = case when ${lacks}::boolean then 'damaged' else state end
    where tenant_id = ${tx.tenantId} and id = ${id} and verify_asked_at = ${askedAt} and verified_at is null
      and state <> 'deleted' returning verified_state as state`;
  return row?.state ?? null;
}

/** Files from a point's own back to its full, as a common table `line`. */
const lineOf = (tx: TenantTx, fileId: FileId) => tx.sql`
  line as (
    select id, parent_file_id from backup_files where tenant_id = ${tx.tenantId} and id = ${fileId}
    union all
    select f.id, f.parent_file_id from backup_files f join line on f.id = line.parent_file_id
      where f.tenant_id = ${tx.tenantId})`;

/** Some of the parts that a point needs and that were not compared since an instant; those known to be bad are not read. */
export async function selectPartsOfLine(tx: TenantTx, fileId: FileId, due: Due, count: number): Promise<PartToCheck[]> {
  return tx.sql<PartToCheck[]>`
    with recursive ${lineOf(tx, fileId)}
    select p.id, p.blob_id as "blobId", p.space_id as "spaceId", p.length, p.sha256 from backup_parts p
    where p.tenant_id = ${tx.tenantId} and p.damaged_at is null and ${isDue(tx, due)} and p.id in (
      select e.part_id from backup_extents e where e.tenant_id = ${tx.tenantId} and e.file_id in (select id from line))
    order by p.checked_at, p.id limit ${count}`;
}

/** What a point needs besides parts: the block map of each file down to its full, the newest keyring and VBM of its chain. */
export async function selectOthersOfLine(tx: TenantTx, fileId: FileId): Promise<Omit<PartToCheck, "id">[]> {
  return tx.sql<Omit<PartToCheck, "id">[]>`
    with recursive ${lineOf(tx, fileId)}
    select block_map_blob_id as "blobId", space_id as "spaceId", block_map_bytes as length, block_map_sha256 as sha256
    from backup_files where tenant_id = ${tx.tenantId} and id in (select id from line) and state <> 'purged'
    union all
    (select distinct on (o.kind) o.blob_id, c.space_id, o.length, o.sha256
    from backup_files f join backup_chains c on c.tenant_id = f.tenant_id and c.id = f.chain_id
    join backup_objects o on o.tenant_id = c.tenant_id and o.chain_id = c.id
    where f.tenant_id = ${tx.tenantId} and f.id = ${fileId} order by o.kind, o.version desc)`;
}

/** How many of a hundred bytes that a point needs were compared since an instant. */
export async function selectPercentVerified(tx: TenantTx, fileId: FileId, due: Due): Promise<number> {
  const [row] = await tx.sql<{ percent: number }[]>`
    with recursive ${lineOf(tx, fileId)}
    select coalesce(floor(100 * (sum(p.length) filter (where p.damaged_at is not null or not ${isDue(tx, due)}))
      / nullif(sum(p.length), 0)), 0)::int as percent
    from backup_parts p where p.tenant_id = ${tx.tenantId} and p.id in (
      select e.part_id from backup_extents e where e.tenant_id = ${tx.tenantId} and e.file_id in (select id from line))`;
  return row?.percent ?? 0;
}

/**
 * What was found says nothing of another file in a point's line: forgets it of the point that has this file now and of those
 * that build upon it. A wish that nobody has fulfilled yet begins anew.
 */
export async function forgetVerified(tx: TenantTx, fileId: FileId, now: Date): Promise<void> {
  await tx.sql`
    with recursive above as (
      select id from backup_files where tenant_id = ${tx.tenantId} and id = ${fileId}
      union all
      select f.id from backup_files f join above on f.parent_file_id = above.id
        where f.tenant_id = ${tx.tenantId} and f.state <> 'purged')
    update backup_points set verified_at = null, verified_state = null,
      verify_asked_at = case when verified_at is null then ${now}::timestamptz end
    where tenant_id = ${tx.tenantId} and verify_asked_at is not null and file_id in (select id from above)`;
}
