import type { MailAccountId, PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Transfer, TransferId, TransferProgress, TransferSource } from "./transfer.ts";

const columns = (tx: TenantTx) => tx.sql`
  t.id, t.mail_account_id as "accountId", a.address, t.host, t.port, t.security, t.user_name as "user", t.state, t.problem,
  t.requested_at as "requestedAt", t.changed_at as "changedAt", t.ended_at as "endedAt"`;

export interface NewTransfer extends TransferSource {
  readonly id: TransferId;
  readonly accountId: MailAccountId;
  readonly secret: Uint8Array;
  readonly requestedBy: PrincipalId;
  readonly at: Date;
}

/** False when one of this account is not over yet. */
export async function insertTransfer(tx: TenantTx, row: NewTransfer): Promise<boolean> {
  const rows = await tx.sql`
    insert into transfers_transfers (tenant_id, id, mail_account_id, host, port, security, user_name, secret, state,
      requested_by, requested_at, changed_at)
    values (${tx.tenantId}, ${row.id}, ${row.accountId}, ${row.host}, ${row.port}, ${row.security}, ${row.user},
      ${Buffer.from(row.secret)}, 'waiting', ${row.requestedBy}, ${row.at}, ${row.at})
    on conflict (tenant_id, mail_account_id) where state in ('waiting', 'running', 'paused') do nothing returning 1`;
  return rows.length === 1;
}

export async function countLive(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from transfers_transfers
    where tenant_id = ${tx.tenantId} and state in ('waiting', 'running', 'paused')`;
  return row?.count ?? 0;
}

export interface ListedTransfer extends Transfer {
  readonly progress: TransferProgress;
}

type Counted = Transfer & TransferProgress;

const counts = (tx: TenantTx) => tx.sql`
  left join lateral (
    select count(*)::int as folders, count(*) filter (where f.state = 'done')::int as "foldersDone",
      coalesce(sum(f.total), 0)::int as total, coalesce(sum(f.copied), 0)::int as copied,
      coalesce(sum(f.known), 0)::int as known, coalesce(sum(f.failed), 0)::int as failed,
      coalesce(sum(f.bytes), 0)::float8 as bytes
    from transfers_folders f where f.tenant_id = t.tenant_id and f.transfer_id = t.id) p on true`;

const listed = ({
  folders,
  foldersDone,
  total,
  copied,
  known,
  failed,
  bytes,
  ...transfer
}: Counted): ListedTransfer => ({
  ...transfer,
  progress: { folders, foldersDone, total, copied, known, failed, bytes },
});

/** Newest first, those after one that was given before. */
export async function selectTransfers(
  tx: TenantTx,
  page: { readonly after: TransferId | null; readonly count: number },
): Promise<ListedTransfer[]> {
  const rows = await tx.sql<Counted[]>`
    select ${columns(tx)}, p.* from transfers_transfers t
    join mailbox_accounts a on a.tenant_id = t.tenant_id and a.id = t.mail_account_id ${counts(tx)}
    where t.tenant_id = ${tx.tenantId} and (${page.after}::uuid is null or t.id < ${page.after})
    order by t.id desc limit ${page.count}`;
  return rows.map(listed);
}

export async function selectTransfer(tx: TenantTx, id: TransferId): Promise<ListedTransfer | null> {
  const [row] = await tx.sql<Counted[]>`
    select ${columns(tx)}, p.* from transfers_transfers t
    join mailbox_accounts a on a.tenant_id = t.tenant_id and a.id = t.mail_account_id ${counts(tx)}
    where t.tenant_id = ${tx.tenantId} and t.id = ${id}`;
  return row ? listed(row) : null;
}

/** Locks it: whoever pauses, resumes or stores messages waits for the others. */
export async function lockTransfer(
  tx: TenantTx,
  id: TransferId,
): Promise<(Pick<Transfer, "state" | "accountId"> & { readonly secret: Uint8Array | null }) | null> {
  const [row] = await tx.sql<{ state: Transfer["state"]; accountId: MailAccountId; secret: Uint8Array | null }[]>`
    select state, mail_account_id as "accountId", secret from transfers_transfers
    where tenant_id = ${tx.tenantId} and id = ${id} for update`;
  return row ?? null;
}

export interface TransferChange {
  readonly state: Transfer["state"];
  readonly problem: string | null;
  readonly at: Date;
  /** A new password over there; what was there stays when absent. It goes with the end, whatever is given. */
  readonly secret?: Uint8Array;
}

export async function updateTransfer(tx: TenantTx, id: TransferId, change: TransferChange): Promise<void> {
  const isOver = change.state === "done" || change.state === "cancelled";
  const secret = change.secret === undefined ? null : Buffer.from(change.secret);
  await tx.sql`
    update transfers_transfers set state = ${change.state}, problem = ${change.problem}, changed_at = ${change.at},
      ended_at = ${isOver ? change.at : null},
      secret = case when ${isOver} then null else coalesce(${secret}::bytea, secret) end
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** What it is tried again for, while it goes on. */
export async function noteTrouble(tx: TenantTx, id: TransferId, code: string | null): Promise<void> {
  await tx.sql`
    update transfers_transfers set problem = ${code}
    where tenant_id = ${tx.tenantId} and id = ${id} and state = 'running' and problem is distinct from ${code}`;
}

/** Another turn begins. */
export async function noteTurn(tx: TenantTx, id: TransferId, at: Date): Promise<void> {
  await tx.sql`update transfers_transfers set changed_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Those in one of the states in which nothing happened since. */
export async function selectUnchanged(
  tx: TenantTx,
  states: readonly Transfer["state"][],
  since: Date,
): Promise<TransferId[]> {
  const rows = await tx.sql<{ id: TransferId }[]>`
    select id from transfers_transfers
    where tenant_id = ${tx.tenantId} and state = any(${[...states]}) and changed_at < ${since}`;
  return rows.map(({ id }) => id);
}

/** Secrets that outlived their transfer. */
export async function selectKeptSecrets(tx: TenantTx): Promise<TransferId[]> {
  const rows = await tx.sql<{ id: TransferId }[]>`
    select id from transfers_transfers
    where tenant_id = ${tx.tenantId} and state in ('done', 'cancelled') and secret is not null`;
  return rows.map(({ id }) => id);
}

/** Folders whose counts speak of more messages than were there. */
export async function selectOvercounted(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`
    select 'transfer ' || transfer_id || ' counts ' || failed || ' failed messages in folder ' || ordinal || ', and names ' || named
      as finding
    from (select f.transfer_id, f.ordinal, f.failed, (select count(*) from transfers_problems p
        where p.tenant_id = f.tenant_id and p.transfer_id = f.transfer_id and p.ordinal = f.ordinal) as named
      from transfers_folders f where f.tenant_id = ${tx.tenantId}) counted
    where named > failed`;
  return rows.map(({ finding }) => finding);
}
