import type { BlobId, MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Takeout, TakeoutFormat, TakeoutId } from "./takeout.ts";

const columns = (tx: TenantTx) => tx.sql`
  id, mail_account_id as "accountId", format, state, requested_at as "requestedAt", total::float8 as total,
  done::float8 as done, bytes::float8 as bytes, blob_id as "blobId", ready_at as "readyAt", expires_at as "expiresAt",
  failed_code as "failedCode"`;

/** False when one of this account is being made. */
export async function insertTakeout(
  tx: TenantTx,
  row: {
    readonly id: TakeoutId;
    readonly accountId: MailAccountId;
    readonly format: TakeoutFormat;
    readonly total: number;
    readonly at: Date;
  },
): Promise<boolean> {
  const rows = await tx.sql`
    insert into transfers_takeouts (tenant_id, id, mail_account_id, format, requested_at, changed_at, total)
    values (${tx.tenantId}, ${row.id}, ${row.accountId}, ${row.format}, ${row.at}, ${row.at}, ${row.total})
    on conflict (tenant_id, mail_account_id) where state in ('waiting', 'running') do nothing returning 1`;
  return rows.length === 1;
}

/** An account's, newest first. */
export async function selectTakeouts(tx: TenantTx, accountId: MailAccountId, count: number): Promise<Takeout[]> {
  return tx.sql<Takeout[]>`
    select ${columns(tx)} from transfers_takeouts
    where tenant_id = ${tx.tenantId} and mail_account_id = ${accountId} order by id desc limit ${count}`;
}

export async function selectTakeout(tx: TenantTx, id: TakeoutId): Promise<Takeout | null> {
  const [row] = await tx.sql<Takeout[]>`
    select ${columns(tx)} from transfers_takeouts where tenant_id = ${tx.tenantId} and id = ${id}`;
  return row ?? null;
}

export async function noteTakeout(
  tx: TenantTx,
  id: TakeoutId,
  progress: { readonly done: number; readonly bytes: number; readonly at: Date },
): Promise<void> {
  await tx.sql`
    update transfers_takeouts set state = 'running', done = ${progress.done}, bytes = ${progress.bytes},
      changed_at = ${progress.at}, total = greatest(total, ${progress.done})
    where tenant_id = ${tx.tenantId} and id = ${id} and state in ('waiting', 'running')`;
}

/** False when it was no longer wanted. */
export async function finishTakeout(
  tx: TenantTx,
  id: TakeoutId,
  made: {
    readonly blobId: BlobId;
    readonly done: number;
    readonly bytes: bigint;
    readonly at: Date;
    readonly expiresAt: Date;
  },
): Promise<boolean> {
  const rows = await tx.sql`
    update transfers_takeouts set state = 'ready', blob_id = ${made.blobId}, done = ${made.done}, total = ${made.done},
      bytes = ${made.bytes}, ready_at = ${made.at}, expires_at = ${made.expiresAt}
    where tenant_id = ${tx.tenantId} and id = ${id} and state in ('waiting', 'running') returning 1`;
  return rows.length === 1;
}

/** Those that are not over and did not move since; they count as moved now. */
export async function touchStranded(
  tx: TenantTx,
  since: Date,
  at: Date,
): Promise<{ readonly id: TakeoutId; readonly requestedAt: Date }[]> {
  return tx.sql<{ id: TakeoutId; requestedAt: Date }[]>`
    update transfers_takeouts set changed_at = ${at}
    where tenant_id = ${tx.tenantId} and state in ('waiting', 'running') and changed_at < ${since}
    returning id, requested_at as "requestedAt"`;
}

/** False when it was fetched after `since` already. */
export async function noteTaken(tx: TenantTx, id: TakeoutId, since: Date, at: Date): Promise<boolean> {
  const rows = await tx.sql`
    update transfers_takeouts set taken_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id} and (taken_at is null or taken_at < ${since}) returning 1`;
  return rows.length === 1;
}

export async function failTakeout(tx: TenantTx, id: TakeoutId, code: string): Promise<void> {
  await tx.sql`
    update transfers_takeouts set state = 'failed', failed_code = ${code.slice(0, 100)}
    where tenant_id = ${tx.tenantId} and id = ${id} and state in ('waiting', 'running')`;
}

/** Those whose time is over, or an account's ready ones when it asks for another; their rows stay, without bytes. */
export async function expireTakeouts(
  tx: TenantTx,
  which: { readonly expiredBy: Date } | { readonly accountId: MailAccountId },
): Promise<BlobId[]> {
  const those =
    "accountId" in which ? tx.sql`mail_account_id = ${which.accountId}` : tx.sql`expires_at <= ${which.expiredBy}`;
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    with old as (
      select id, blob_id from transfers_takeouts
      where tenant_id = ${tx.tenantId} and state = 'ready' and ${those} for update)
    update transfers_takeouts t set state = 'expired', blob_id = null from old
    where t.tenant_id = ${tx.tenantId} and t.id = old.id returning old.blob_id as "blobId"`;
  return rows.map(({ blobId }) => blobId);
}

/** Which of these blobs are archives that somebody may still fetch. */
export async function selectTakeoutBlobs(tx: TenantTx, ids: readonly BlobId[]): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    select blob_id as "blobId" from transfers_takeouts
    where tenant_id = ${tx.tenantId} and blob_id = any(${[...ids]}::uuid[])`;
  return rows.map(({ blobId }) => blobId);
}
