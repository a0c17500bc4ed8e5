import type { BlobId, DeviceId, SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { ChainId } from "./rows.ts";

export interface ObjectRow {
  readonly version: number;
  readonly blobId: BlobId;
  readonly length: bigint;
  readonly sha256: Buffer;
}

/** A version of an object; the newest without. */
export async function selectObject(
  tx: TenantTx,
  chainId: ChainId,
  kind: "keyring" | "vbm",
  version: number | null,
): Promise<ObjectRow | null> {
  const [row] = await tx.sql<ObjectRow[]>`
    select version, blob_id as "blobId", length, sha256 from backup_objects
    where tenant_id = ${tx.tenantId} and chain_id = ${chainId} and kind = ${kind}
      and (${version}::int is null or version = ${version})
    order by version desc limit 1`;
  return row ?? null;
}

/** Versions of a chain's keyring, ascending: of many the `shown` oldest and the `shown` newest. */
export async function selectKeyringVersions(
  tx: TenantTx,
  chainId: ChainId,
  shown: number,
): Promise<{ version: number; storedAt: Date }[]> {
  return tx.sql<{ version: number; storedAt: Date }[]>`
    select version, stored_at as "storedAt" from backup_objects
    where tenant_id = ${tx.tenantId} and chain_id = ${chainId} and kind = 'keyring'
      and (version <= ${shown} or version > (select max(version) from backup_objects
        where tenant_id = ${tx.tenantId} and chain_id = ${chainId} and kind = 'keyring') - ${shown}::int)
    order by version`;
}

export async function insertObject(
  tx: TenantTx,
  chainId: ChainId,
  kind: "keyring" | "vbm",
  row: ObjectRow,
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into backup_objects (tenant_id, chain_id, kind, version, blob_id, length, sha256, stored_at)
    values (${tx.tenantId}, ${chainId}, ${kind}, ${row.version}, ${row.blobId}, ${row.length}, ${row.sha256}, ${now})`;
}

/** What the keyrings of a space take, and how many of them a device stored after an instant. */
export async function selectKeyringUse(
  tx: TenantTx,
  of: { readonly spaceId: SpaceId; readonly deviceId: DeviceId; readonly since: Date },
): Promise<{ bytes: bigint; recent: number }> {
  const [row] = await tx.sql<{ bytes: bigint; recent: number }[]>`
    select coalesce(sum(o.length), 0)::bigint as bytes,
      (count(*) filter (where c.device_id = ${of.deviceId} and o.stored_at > ${of.since}))::int as recent
    from backup_chains c join backup_objects o on o.tenant_id = c.tenant_id and o.chain_id = c.id and o.kind = 'keyring'
    where c.tenant_id = ${tx.tenantId} and c.space_id = ${of.spaceId}`;
  return row ?? { bytes: 0n, recent: 0 };
}

export interface GoneObject {
  readonly blobId: BlobId;
  readonly length: bigint;
  readonly spaceId: SpaceId;
}

/** Keyrings between the `kept` oldest and the `kept` newest of their chain whose next one was stored before an instant. */
export async function deleteMiddleKeyrings(tx: TenantTx, before: Date, kept: number): Promise<GoneObject[]> {
  return tx.sql<GoneObject[]>`
    delete from backup_objects o using backup_objects next, backup_chains c
    where o.tenant_id = ${tx.tenantId} and o.kind = 'keyring' and o.version > ${kept}
      and next.tenant_id = o.tenant_id and next.chain_id = o.chain_id and next.kind = o.kind and next.version = o.version + 1
      and next.stored_at < ${before} and c.tenant_id = o.tenant_id and c.id = o.chain_id
      and o.version <= (select max(version) from backup_objects m
        where m.tenant_id = o.tenant_id and m.chain_id = o.chain_id and m.kind = o.kind) - ${kept}::int
    returning o.blob_id as "blobId", o.length, c.space_id as "spaceId"`;
}

const noFileLeft = (tx: TenantTx) => tx.sql`
  not exists (select 1 from backup_files f where f.tenant_id = c.tenant_id and f.chain_id = c.id and f.state <> 'purged')`;

/** Devices that have objects in chains of which no file is stored. */
export async function selectDevicesOfEmptyChains(tx: TenantTx): Promise<DeviceId[]> {
  const rows = await tx.sql<{ id: DeviceId }[]>`
    select distinct c.device_id as id from backup_chains c
    where c.tenant_id = ${tx.tenantId} and ${noFileLeft(tx)}
      and exists (select 1 from backup_objects o where o.tenant_id = c.tenant_id and o.chain_id = c.id)`;
  return rows.map(({ id }) => id);
}

/** Every object of these devices' chains of which no file is stored. */
export async function deleteObjectsOfEmptyChains(tx: TenantTx, devices: readonly DeviceId[]): Promise<GoneObject[]> {
  return tx.sql<GoneObject[]>`
    delete from backup_objects o using backup_chains c
    where o.tenant_id = ${tx.tenantId} and c.tenant_id = o.tenant_id and c.id = o.chain_id
      and c.device_id = any(${[...devices]}::uuid[]) and ${noFileLeft(tx)}
    returning o.blob_id as "blobId", o.length, c.space_id as "spaceId"`;
}
