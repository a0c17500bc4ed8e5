import type { BlobId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { ExportId, ExportRow } from "./departure.ts";

export interface ColumnInfo {
  readonly name: string;
  readonly type: string;
}

export interface SettingsTable {
  readonly name: string;
  readonly columns: readonly ColumnInfo[];
  readonly key: readonly string[];
}

/** The tables of tenants that this transaction may read, with their columns and primary keys. */
export async function selectSettingsTables(tx: TenantTx): Promise<SettingsTable[]> {
  return tx.sql<SettingsTable[]>`
    select c.relname::text as name,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum))
        from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
        where i.indrelid = c.oid and i.indisprimary) as key
    from pg_class c
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and has_table_privilege(c.oid, 'select')
      and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
      and exists (select 1 from pg_index i where i.indrelid = c.oid and i.indisprimary)
    order by 1`;
}

/** What no face shows the customer of tables that it may read: orders to keep silent, open suspicions, notes of operators. */
function shownOnly(tx: TenantTx, table: string, withDeleted: boolean) {
  const loud = tx.sql`exists (select 1 from measures_measures m
    where m.tenant_id = t.tenant_id and m.id = t.measure_id and not m.is_silent)`;
  switch (table) {
    case "measures_violations":
      return tx.sql`and t.state = 'confirmed' and not t.is_silent`;
    case "measures_measures":
      return tx.sql`and not t.is_silent`;
    case "measures_appeals":
      return tx.sql`and ${loud}`;
    // Only a legal hold keeps these.
    case "identity_principals":
      return withDeleted ? tx.sql`` : tx.sql`and t.erase_wanted_at is null`;
    case "mailbox_accounts":
      return withDeleted ? tx.sql`` : tx.sql`and t.purge_wanted_at is null`;
    case "tickets_entries":
      return tx.sql`and t.author <> 'note'`;
    case "tickets_attachments":
      return tx.sql`and exists (select 1 from tickets_entries e
        where e.tenant_id = t.tenant_id and e.id = t.entry_id and e.author <> 'note')`;
    default:
      return tx.sql``;
  }
}

/** Rows as JSON texts in the order of the primary key, after one that was given before. */
export async function selectPage(
  tx: TenantTx,
  table: SettingsTable,
  {
    after,
    count,
    withDeleted,
  }: { readonly after: string | null; readonly count: number; readonly withDeleted: boolean },
): Promise<string[]> {
  const name = tx.sql(table.name);
  const key = tx.sql([...table.key]);
  const beyond =
    after === null
      ? tx.sql``
      : tx.sql`and row(${key}) > (select row(${key}) from json_populate_record(null::${name}, ${after}::text::json))`;
  const rows = await tx.sql<{ row: string }[]>`
    select row_to_json(t)::text as row from ${name} t where tenant_id = ${tx.tenantId} ${shownOnly(tx, table.name, withDeleted)} ${beyond}
    order by ${key} limit ${count}`;
  return rows.map(({ row }) => row);
}

const columns = (tx: TenantTx) => tx.sql`
  id, part, mail_domain as "mailDomain", state, requested_at as "requestedAt", files_done as "filesDone", bytes_done as "bytesDone",
  blob_id as "blobId", sha256, ready_at as "readyAt", expires_at as "expiresAt", failed_code as "failedCode"`;

export async function insertExport(
  tx: TenantTx,
  row: Pick<ExportRow, "id" | "part" | "mailDomain"> & { readonly requestedBy: string; readonly at: Date },
): Promise<void> {
  await tx.sql`
    insert into departure_exports (tenant_id, id, part, mail_domain, requested_by, requested_at)
    values (${tx.tenantId}, ${row.id}, ${row.part}, ${row.mailDomain}, ${row.requestedBy}, ${row.at})`;
}

/** Newest first. */
export async function selectExports(tx: TenantTx): Promise<ExportRow[]> {
  return tx.sql<ExportRow[]>`
    select ${columns(tx)} from departure_exports where tenant_id = ${tx.tenantId}
    order by requested_at desc, id desc limit 50`;
}

export async function selectExport(tx: TenantTx, id: ExportId): Promise<ExportRow | null> {
  const [row] = await tx.sql<ExportRow[]>`
    select ${columns(tx)} from departure_exports where tenant_id = ${tx.tenantId} and id = ${id}`;
  return row ?? null;
}

export async function countRunning(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from departure_exports
    where tenant_id = ${tx.tenantId} and state in ('waiting', 'running')`;
  return row?.count ?? 0;
}

export async function noteProgress(
  tx: TenantTx,
  id: ExportId,
  done: { readonly files: number; readonly bytes: number },
): Promise<void> {
  await tx.sql`
    update departure_exports set state = 'running', files_done = ${done.files}, bytes_done = ${done.bytes}
    where tenant_id = ${tx.tenantId} and id = ${id} and state in ('waiting', 'running')`;
}

/** False when it was no longer wanted. */
export async function markReady(
  tx: TenantTx,
  id: ExportId,
  done: {
    readonly blobId: BlobId;
    readonly files: number;
    readonly bytes: bigint;
    readonly sha256: Uint8Array;
    readonly at: Date;
    readonly expiresAt: Date;
  },
): Promise<boolean> {
  const rows = await tx.sql`
    update departure_exports set state = 'ready', blob_id = ${done.blobId}, files_done = ${done.files},
      bytes_done = ${done.bytes}, sha256 = ${Buffer.from(done.sha256)}, ready_at = ${done.at}, expires_at = ${done.expiresAt}
    where tenant_id = ${tx.tenantId} and id = ${id} and state in ('waiting', 'running') returning 1`;
  return rows.length === 1;
}

export async function markFailed(tx: TenantTx, id: ExportId, code: string): Promise<void> {
  await tx.sql`
    update departure_exports set state = 'failed', failed_code = ${code.slice(0, 100)}
    where tenant_id = ${tx.tenantId} and id = ${id} and state in ('waiting', 'running')`;
}

/**
 * No archive that holds what is deleted now outlives it: those under way are not wanted any more, those that are
 * ready are over. `mailDomain`: those of all mail, and of that domain.
 */
export async function endMailExports(tx: TenantTx, mailDomain: string, now: Date): Promise<void> {
  await tx.sql`
    update departure_exports set state = 'expired'
    where tenant_id = ${tx.tenantId} and part = 'mail' and state in ('waiting', 'running')
      and (mail_domain is null or mail_domain = ${mailDomain})`;
  await tx.sql`
    update departure_exports set expires_at = ${now}
    where tenant_id = ${tx.tenantId} and part = 'mail' and state = 'ready' and expires_at > ${now}
      and (mail_domain is null or mail_domain = ${mailDomain})`;
}

/** Archives whose time is over and whose bytes may still be there. */
export async function selectOver(
  tx: TenantTx,
  now: Date,
): Promise<{ readonly id: ExportId; readonly blobId: BlobId }[]> {
  return tx.sql<{ id: ExportId; blobId: BlobId }[]>`
    select id, blob_id as "blobId" from departure_exports
    where tenant_id = ${tx.tenantId} and state = 'ready' and expires_at <= ${now}`;
}

/** Its row stays, without bytes. */
export async function markExpired(tx: TenantTx, id: ExportId): Promise<void> {
  await tx.sql`
    update departure_exports set state = 'expired', blob_id = null
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'ready'`;
}
