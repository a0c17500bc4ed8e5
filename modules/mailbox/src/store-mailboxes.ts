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
