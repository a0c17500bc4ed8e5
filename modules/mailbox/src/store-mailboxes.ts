import type { MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Mailbox, MailboxRole } from "./mailbox.ts";

export interface NewMailbox {
  readonly id: MailboxId;
  readonly accountId: MailAccountId;
  readonly path: string;
  readonly role: MailboxRole | null;
  readonly uidvalidity: number;
  readonly modseq: number;
  readonly sortOrder: number;
  readonly subscribed: boolean;
  readonly createdAt: Date;
}

export interface MailboxRow {
  id: MailboxId;
  account_id: MailAccountId;
  path: string;
  role: MailboxRole | null;
  selectable: boolean;
  uidvalidity: number;
  uidnext: number;
  recent_uid: number;
  total: number;
  unseen: number;
  size_bytes: bigint;
  subscribed: boolean;
  sort_order: number;
  created_modseq: bigint;
  properties_modseq: bigint;
  highest_modseq: bigint;
}

export const toMailbox = (row: MailboxRow): Mailbox => ({
  id: row.id,
  accountId: row.account_id,
  path: row.path,
  role: row.role,
  selectable: row.selectable,
  uidvalidity: row.uidvalidity,
  uidnext: row.uidnext,
  recentUid: row.recent_uid,
  total: row.total,
  unseen: row.unseen,
  sizeBytes: Number(row.size_bytes),
  subscribed: row.subscribed,
  sortOrder: row.sort_order,
  createdModseq: Number(row.created_modseq),
  propertiesModseq: Number(row.properties_modseq),
  highestModseq: Number(row.highest_modseq),
});

export async function insertMailbox(tx: TenantTx, mailbox: NewMailbox): Promise<void> {
  await tx.sql`insert into mailbox_mailboxes (tenant_id, account_id, id, path, role, uidvalidity, created_modseq,
      properties_modseq, highest_modseq, sort_order, subscribed, created_at)
    values (${tx.tenantId}, ${mailbox.accountId}, ${mailbox.id}, ${mailbox.path}, ${mailbox.role}, ${mailbox.uidvalidity},
      ${mailbox.modseq}, ${mailbox.modseq}, ${mailbox.modseq}, ${mailbox.sortOrder}, ${mailbox.subscribed}, ${mailbox.createdAt})`;
}

export async function selectMailboxes(tx: TenantTx, accountId: MailAccountId): Promise<readonly Mailbox[]> {
  const rows = await tx.sql<MailboxRow[]>`select * from mailbox_mailboxes
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} order by sort_order, path`;
  return rows.map(toMailbox);
}

export async function selectMailbox(tx: TenantTx, accountId: MailAccountId, id: MailboxId): Promise<Mailbox | null> {
  const [row] = await tx.sql<MailboxRow[]>`select * from mailbox_mailboxes
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and id = ${id}`;
  return row ? toMailbox(row) : null;
}

export async function renamePaths(
  tx: TenantTx,
  accountId: MailAccountId,
  from: string,
  to: string,
  modseq: number,
): Promise<void> {
  await tx.sql`update mailbox_mailboxes set path = ${to} || substr(path, length(${from}::text) + 1), properties_modseq = ${modseq}
    where tenant_id = ${tx.tenantId} and account_id = ${accountId}
      and (path = ${from} or starts_with(path, ${`${from}/`}))`;
}

export interface MailboxProperties {
  readonly selectable: boolean;
  readonly uidvalidity: number;
  readonly role: MailboxRole | null;
  readonly subscribed: boolean;
  readonly sortOrder: number;
}

export async function updateMailboxRow(
  tx: TenantTx,
  id: MailboxId,
  properties: MailboxProperties,
  modseq: number,
): Promise<void> {
  await tx.sql`update mailbox_mailboxes set selectable = ${properties.selectable}, uidvalidity = ${properties.uidvalidity},
      role = ${properties.role}, subscribed = ${properties.subscribed}, sort_order = ${properties.sortOrder},
      properties_modseq = ${modseq}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** The mailbox goes; a tombstone of it stays, and those of its messages: from them they are brought back. */
export async function deleteMailboxRow(
  tx: TenantTx,
  accountId: MailAccountId,
  id: MailboxId,
  modseq: number,
): Promise<void> {
  await tx.sql`with gone as (
      delete from mailbox_mailboxes where tenant_id = ${tx.tenantId} and account_id = ${accountId} and id = ${id} returning id),
    changes as (delete from mailbox_changes where tenant_id = ${tx.tenantId} and mailbox_id in (select id from gone))
    insert into mailbox_removed (tenant_id, account_id, modseq, mailbox_id)
    select ${tx.tenantId}, ${accountId}, ${modseq}, id from gone`;
}

/** Only for claims of \Recent: a crash that forgets one shows a message as \Recent twice, not worth a wait. */
export async function doNotWaitForDisk(tx: TenantTx): Promise<void> {
  await tx.sql`select set_config('synchronous_commit', 'off', true)`;
}

/** Claims \Recent: the first UID nobody claimed before; from now on all below `uidNext` are claimed. */
export async function claimRecentUids(tx: TenantTx, id: MailboxId, uidNext: number): Promise<number | null> {
  const hasty = doNotWaitForDisk(tx);
  const claim = tx.sql<{ before: number }[]>`
    with before as (select recent_uid from mailbox_mailboxes where tenant_id = ${tx.tenantId} and id = ${id} for no key update)
    update mailbox_mailboxes b set recent_uid = least(b.uidnext, ${uidNext}::int) from before
    where b.tenant_id = ${tx.tenantId} and b.id = ${id} and b.recent_uid < least(b.uidnext, ${uidNext}::int)
    returning before.recent_uid as before`;
  const [, [row]] = await Promise.all([hasty, claim]);
  return row?.before ?? null;
}
