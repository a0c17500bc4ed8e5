import type { BlobId, MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

/** A message that was deleted for good and whose bytes are still there. Named by its blob. */
export interface DeletedMessage {
  readonly id: BlobId;
  /** Of its deletion: the later the higher. */
  readonly modseq: number;
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly subject: string;
  readonly sender: string;
  readonly sentAt: Date | null;
  readonly hasAttachment: boolean;
  /** When it was deleted, to the hour. */
  readonly deletedAt: Date | null;
  /** Where it lay; null when that mailbox is gone or is Trash or Junk. */
  readonly mailboxId: MailboxId | null;
  readonly path: string | null;
}

export interface DeletedQuery {
  readonly accountId: MailAccountId;
  /** Deletions before that are forgotten. */
  readonly since: Date;
  /** Part of subject, sender or recipients, folded; empty: any. */
  readonly search: string;
  /** Only these; null: any. */
  readonly ids: readonly BlobId[] | null;
  /** The last of the page before. */
  readonly after: { readonly modseq: number; readonly id: string } | null;
  readonly limit: number;
}

/**
 * What an expunge left behind: the tombstones say which messages of the account died where, the contents are kept for as
 * long. So expunging itself does nothing for it. Left out: drafts (each save of one destroys the one before) and bytes
 * that another message of the account still has. Latest deletion first.
 */
export async function selectDeleted(tx: TenantTx, query: DeletedQuery): Promise<readonly DeletedMessage[]> {
  const { sql, tenantId } = tx;
  const { accountId, since, search, ids, after, limit } = query;
  const only = ids === null ? sql`` : sql`and e.blob_id = any(${[...ids]}::uuid[])`;
  const beyond = after === null ? sql`` : sql`and (g.modseq, g.blob_id) < (${after.modseq}::bigint, ${after.id}::uuid)`;
  const found =
    search === ""
      ? sql``
      : sql`and exists (select 1 from mailbox_search s where s.tenant_id = ${tenantId}
    and s.blob_id = g.blob_id and (position(${search} in s.subject) > 0 or position(${search} in s.sender) > 0
      or position(${search} in s.recipients) > 0))`;
  return sql<DeletedMessage[]>`
    select g.blob_id as id, g.modseq::float8 as modseq, c.size_bytes::float8 as "sizeBytes", c.sha256, c.subject, c.sender,
      c.sent_at as "sentAt", c.has_attachment as "hasAttachment", coalesce(c.unreferenced_at, h.hour) as "deletedAt",
      b.id as "mailboxId", b.path
    from (
      select distinct on (e.blob_id) e.blob_id, d.modseq, e.mailbox_id
      from mailbox_destroyed d
      join mailbox_expunged e on e.tenant_id = ${tenantId} and e.modseq = d.modseq and e.message_id = d.message_id
        and e.mailbox_id in (
          select o.id from mailbox_mailboxes o where o.tenant_id = ${tenantId} and o.account_id = ${accountId}
            and o.role is distinct from 'drafts'
          union all
          select r.mailbox_id from mailbox_removed r where r.tenant_id = ${tenantId} and r.account_id = ${accountId})
      where d.tenant_id = ${tenantId} and d.account_id = ${accountId} ${only}
        and d.modseq > coalesce((select max(p.modseq) from mailbox_horizons p where p.tenant_id = ${tenantId}
          and p.account_id = ${accountId} and p.hour < ${since}::timestamptz - interval '1 hour'), 0)
      order by e.blob_id, d.modseq desc) g
    join mailbox_contents c on c.tenant_id = ${tenantId} and c.blob_id = g.blob_id
      and (c.unreferenced_at is null or c.unreferenced_at >= ${since})
    left join mailbox_mailboxes b on b.tenant_id = ${tenantId} and b.account_id = ${accountId} and b.id = g.mailbox_id
      and b.selectable and (b.role is null or b.role not in ('trash', 'junk'))
    left join lateral (
      select n.hour from mailbox_horizons n where n.tenant_id = ${tenantId} and n.account_id = ${accountId}
        and n.modseq >= g.modseq order by n.hour limit 1) h on true
    where not exists (select 1 from mailbox_messages m
      where m.tenant_id = ${tenantId} and m.account_id = ${accountId} and m.blob_id = g.blob_id)
      ${found} ${beyond}
    order by g.modseq desc, g.blob_id desc limit ${limit}`;
}

/** Keeps the collector from these bytes until the transaction ends. */
export async function lockContents(tx: TenantTx, ids: readonly BlobId[]): Promise<void> {
  await tx.sql`select 1 from mailbox_contents where tenant_id = ${tx.tenantId} and blob_id = any(${[...ids]}::uuid[])
    order by blob_id for no key update`;
}

/**
 * An account goes for good: what only it or its tombstones still speak of counts as left at `at`, so that the collector does
 * not keep it for somebody who can bring it back no more. What another account has, or deleted itself and may bring back,
 * keeps its own time. Before its rows are deleted.
 */
export async function hastenContents(tx: TenantTx, accountId: MailAccountId, at: Date): Promise<void> {
  const { sql, tenantId } = tx;
  const own = sql`(select b.id from mailbox_mailboxes b where b.tenant_id = ${tenantId} and b.account_id = ${accountId}
    union all
    select r.mailbox_id from mailbox_removed r where r.tenant_id = ${tenantId} and r.account_id = ${accountId})`;
  // `except` reads the tombstones once whatever the planner thinks of their number: no index of them by blob is needed.
  await sql`update mailbox_contents c set unreferenced_at = ${at}
    where c.tenant_id = ${tenantId} and (c.unreferenced_at is null or c.unreferenced_at > ${at})
      and c.blob_id in (
        (select m.blob_id from mailbox_messages m where m.tenant_id = ${tenantId} and m.account_id = ${accountId}
          union all
          select e.blob_id from mailbox_expunged e where e.tenant_id = ${tenantId} and e.mailbox_id in ${own})
        except
        select o.blob_id from mailbox_expunged o where o.tenant_id = ${tenantId} and o.mailbox_id not in ${own})
      and not exists (select 1 from mailbox_messages o
        where o.tenant_id = ${tenantId} and o.blob_id = c.blob_id and o.account_id <> ${accountId})`;
}
