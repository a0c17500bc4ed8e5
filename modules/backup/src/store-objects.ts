import type { BlobId } from "@casaforte/kernel";
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
