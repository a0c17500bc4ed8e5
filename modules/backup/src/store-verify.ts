import type { DeviceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { FileId, PointId } from "./rows.ts";
import type { PartToCheck } from "./store-collect.ts";

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
    update backup_points set verify_asked_at = ${now}, verified_at = null where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** The point that waits longest and is not in the bin. */
export async function selectAskedPoint(tx: TenantTx): Promise<AskedPoint | null> {
  const [row] = await tx.sql<AskedPoint[]>`
    select ${columns(tx)} from backup_points
    where tenant_id = ${tx.tenantId} and verify_asked_at is not null and verified_at is null and state <> 'deleted'
    order by verify_asked_at, id limit 1`;
  return row ?? null;
}

/** Its state by then; null when it is done already, asked for anew, or gone to the bin. */
export async function markVerified(
  tx: TenantTx,
  { id, askedAt }: Pick<AskedPoint, "id" | "askedAt">,
  now: Date,
): Promise<AskedPoint["state"] | null> {
  const [row] = await tx.sql<Pick<AskedPoint, "state">[]>`
    update backup_points set verified_at = ${now}
    where tenant_id = ${tx.tenantId} and id = ${id} and verify_asked_at = ${askedAt} and verified_at is null
      and state <> 'deleted' returning state`;
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
export async function selectPartsOfLine(
  tx: TenantTx,
  fileId: FileId,
  since: Date,
  count: number,
): Promise<PartToCheck[]> {
  return tx.sql<PartToCheck[]>`
    with recursive ${lineOf(tx, fileId)}
    select p.id, p.blob_id as "blobId", p.space_id as "spaceId", p.length, p.sha256 from backup_parts p
    where p.tenant_id = ${tx.tenantId} and p.damaged_at is null and p.checked_at < ${since} and p.id in (
      select e.part_id from backup_extents e where e.tenant_id = ${tx.tenantId} and e.file_id in (select id from line))
    order by p.checked_at, p.id limit ${count}`;
}

/** How many of a hundred bytes that a point needs were compared since an instant. */
export async function selectPercentVerified(tx: TenantTx, fileId: FileId, since: Date): Promise<number> {
  const [row] = await tx.sql<{ percent: number }[]>`
    with recursive ${lineOf(tx, fileId)}
    select coalesce(floor(100 * (sum(p.length) filter (where p.damaged_at is not null or p.checked_at >= ${since}))
      / nullif(sum(p.length), 0)), 0)::int as percent
    from backup_parts p where p.tenant_id = ${tx.tenantId} and p.id in (
      select e.part_id from backup_extents e where e.tenant_id = ${tx.tenantId} and e.file_id in (select id from line))`;
  return row?.percent ?? 0;
}
