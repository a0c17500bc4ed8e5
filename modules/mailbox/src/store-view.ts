import type { RecentClaim } from "@casaforte/imap";
import type { BlobId, MailAccountId, MailboxId, MessageId, ThreadId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";
import type { Mailbox } from "./mailbox.ts";
import { type MailboxRow, toMailbox } from "./store-mailboxes.ts";
import { type FlagSet, type Summary, summaryFormat } from "./summary-codec.ts";
import { uidFilter } from "./uid-filter.ts";

/** Memberships packed for the wire: 14 bytes each, UID (4), flags (2), modseq (8), big endian, ascending by UID. */
export const packedRowBytes = 14;

export interface PackedView {
  readonly mailbox: Mailbox;
  /** Keywords the account ever used. */
  readonly knownKeywords: readonly string[];
  readonly packed: Buffer;
  /** Only of messages that have keywords. */
  readonly keywords: readonly { readonly uid: number; readonly keywords: readonly string[] }[];
  /** What `packed` comes on top of, less the UIDs that are gone; null when it says all that was asked. */
  readonly base: { readonly modseq: number; readonly summary: Summary; readonly gone: readonly number[] } | null;
  /** What was claimed as \Recent with this look; null when nothing was. */
  readonly claimed: RecentClaim | null;
}

/**
 * A mailbox with its memberships in one statement, hence at one instant: all for `afterModseq` −1, else those that changed
 * since, as far as the account's log of changes reaches back (`selectExpunged` tells whether it does). Ten thousand rows
 * travel as one value: three times faster than as rows. `claim`: as `claimRecentUids`, of all that came before this look.
 * Where there are too many keywords to tell it fails as `explainLook` explains.
 */
export async function selectView(
  tx: TenantTx,
  accountId: MailAccountId,
  mailboxId: MailboxId,
  afterModseq: number,
  claim: boolean,
): Promise<PackedView | null> {
  const { sql, tenantId } = tx;
  type Row = MailboxRow & {
    known: string[];
    packed: Buffer | null;
    labelled: { u: number; k: string[] }[] | null;
    summary_modseq?: bigint | null;
    summary?: Buffer;
    flag_sets?: FlagSet[];
    gone?: number[];
  };
  // Sent first, so that the look sees whatever it claims.
  const claiming = claim
    ? sql<
        RecentClaim[]
      >`select c.claimed_from as "fromUid", c.claimed_to as "upToUid" from mailbox_claim(${tenantId}, ${mailboxId}) c`
    : [];
  const looking =
    afterModseq < 0
      ? sql<Row[]>`
      select (v.box).*, v.known, v.summary_modseq, v.summary, v.flag_sets, v.gone, v.packed, v.labelled
      from mailbox_look(${tenantId}, ${accountId}, ${mailboxId}, ${summaryFormat}::smallint, ${mailboxLimits.summaryChangesMax},
        ${mailboxLimits.labelBytesMax}) v`
      : sql<Row[]>`
      select b.*, a.keywords as known, v.packed, mailbox_labels(v.labelled, ${mailboxLimits.labelBytesMax}) as labelled
      from mailbox_mailboxes b join mailbox_accounts a on a.tenant_id = ${tenantId} and a.id = b.account_id
      left join lateral (
        select string_agg(int4send(p.uid) || int2send(p.flags) || int8send(p.modseq), ''::bytea order by p.uid) as packed,
          json_agg(json_build_object('u', p.uid, 'k', p.keywords) order by p.uid) filter (where p.keywords <> '{}') as labelled
        from mailbox_memberships p where p.tenant_id = ${tenantId} and p.mailbox_id = ${mailboxId} and p.uid = any(array(
          select distinct u.uid from mailbox_changes c cross join lateral unnest(c.uids) as u (uid)
          where c.tenant_id = ${tenantId} and c.mailbox_id = ${mailboxId} and c.modseq > ${afterModseq}))) v
        on b.highest_modseq > ${afterModseq}
      where b.tenant_id = ${tenantId} and b.account_id = ${accountId} and b.id = ${mailboxId} and a.state <> 'deleted'`;
  const [[claimed], [row]] = await Promise.all([claiming, looking]);
  if (!row) return null;
  return {
    mailbox: toMailbox(row),
    knownKeywords: row.known,
    packed: row.packed ?? Buffer.alloc(0),
    keywords: (row.labelled ?? []).map(({ u, k }) => ({ uid: u, keywords: k })),
    base: toBase(row.summary_modseq ?? null, row),
    claimed: claimed ?? null,
  };
}

function toBase(modseq: bigint | null, row: { summary?: Buffer; flag_sets?: FlagSet[]; gone?: number[] }) {
  if (modseq === null || !row.summary || !row.flag_sets) return null;
  return {
    modseq: Number(modseq),
    summary: { packed: row.summary, flagSets: row.flag_sets },
    gone: row.gone ?? [],
  };
}

/** Keeps a mailbox as of a modseq, if no newer summary is there. A mailbox that is gone is left so. */
export async function putSummary(
  tx: TenantTx,
  mailboxId: MailboxId,
  modseq: number,
  { packed, flagSets }: Summary,
): Promise<void> {
  await tx.sql`insert into mailbox_summaries as s (tenant_id, mailbox_id, modseq, format, packed, flag_sets)
    select ${tx.tenantId}, b.id, ${modseq}, ${summaryFormat}, ${packed}, ${JSON.stringify(flagSets)}::text::json
    from mailbox_mailboxes b where b.tenant_id = ${tx.tenantId} and b.id = ${mailboxId}
    on conflict (tenant_id, mailbox_id) do update
      set modseq = excluded.modseq, format = excluded.format, packed = excluded.packed, flag_sets = excluded.flag_sets
      where s.modseq < excluded.modseq or s.format <> excluded.format`;
}

/** Drops a summary that proved unreadable, unless another took its place. */
export async function deleteSummary(tx: TenantTx, mailboxId: MailboxId, modseq: number): Promise<void> {
  await tx.sql`delete from mailbox_summaries s
    where s.tenant_id = ${tx.tenantId} and s.mailbox_id = ${mailboxId} and s.modseq = ${modseq}`;
}

/**
 * What was expunged after a modseq; null when tombstones that old are pruned and the mailbox changed since. Asked behind
 * `selectView` it may name some beyond the view's modseq: they will be named again.
 */
export async function selectExpunged(
  tx: TenantTx,
  accountId: MailAccountId,
  mailboxId: MailboxId,
  after: number,
): Promise<readonly { readonly uid: number; readonly modseq: number }[] | null> {
  const [row] = await tx.sql<{ pruned: bigint; uids: number[] | null; modseqs: bigint[] | null }[]>`
    select least(a.pruned_modseq, b.highest_modseq) as pruned, e.uids, e.modseqs from mailbox_accounts a
    left join mailbox_mailboxes b on b.tenant_id = ${tx.tenantId} and b.account_id = a.id and b.id = ${mailboxId}
    cross join lateral (select array_agg(e.uid) as uids, array_agg(e.modseq) as modseqs from mailbox_expunged e
      where e.tenant_id = ${tx.tenantId} and e.mailbox_id = ${mailboxId} and e.modseq > ${after}) e
    where a.tenant_id = ${tx.tenantId} and a.id = ${accountId}`;
  if (!row || Number(row.pruned) > after) return null;
  const { uids, modseqs } = row;
  return (uids ?? []).map((uid, at) => ({ uid, modseq: Number(modseqs?.[at] ?? 0) }));
}

export interface StatusRow {
  readonly mailbox: Mailbox;
  readonly deleted: number;
  readonly deletedBytes: number;
  readonly recent: number;
}

/** Counting those marked \Deleted reads the whole mailbox: without `countsDeleted` they are told as none. */
export async function selectStatus(
  tx: TenantTx,
  accountId: MailAccountId,
  ids: readonly MailboxId[],
  countsDeleted: boolean,
): Promise<readonly StatusRow[]> {
  const rows = await tx.sql<(MailboxRow & { deleted: number; deleted_bytes: bigint; recent: number })[]>`
    select b.*, d.deleted, d.deleted_bytes,
      (select count(*)::int from mailbox_memberships r where r.tenant_id = ${tx.tenantId} and r.mailbox_id = b.id and r.uid >= b.recent_uid) as recent
    from mailbox_mailboxes b cross join lateral (
      select count(*)::int as deleted, coalesce(sum(p.size_bytes), 0)::bigint as deleted_bytes from mailbox_memberships p
      where ${countsDeleted} and p.tenant_id = ${tx.tenantId} and p.mailbox_id = b.id and p.flags & 8 <> 0) d
    where b.tenant_id = ${tx.tenantId} and b.account_id = ${accountId} and b.id = any(${[...ids]}::uuid[])`;
  return rows.map((row) => ({
    mailbox: toMailbox(row),
    deleted: row.deleted,
    deletedBytes: Number(row.deleted_bytes),
    recent: row.recent,
  }));
}

export interface FactColumns {
  readonly preview: boolean;
  readonly envelope: boolean;
  readonly structureWire: boolean;
  readonly index: boolean;
  readonly header: boolean;
}

export interface FactRow {
  readonly uid: number;
  readonly size: number;
  readonly received: Date;
  readonly saved: Date;
  readonly messageId: MessageId;
  readonly threadId: ThreadId;
  readonly blobId: BlobId;
  readonly preview: string | null;
  readonly envelope: string | null;
  readonly structure: string | null;
  readonly index: string | null;
  readonly header: Buffer | null;
}

/** One batch of FETCH, ascending by UID; `contents` false reads the narrow table only. */
export async function selectFacts(
  tx: TenantTx,
  mailboxId: MailboxId,
  uids: ArrayLike<number>,
  columns: FactColumns,
): Promise<readonly FactRow[]> {
  const { sql, tenantId } = tx;
  const needsContents = columns.preview || columns.envelope || columns.structureWire || columns.index || columns.header;
  if (!needsContents)
    return sql<FactRow[]>`
      select p.uid, p.size_bytes::float8 as size, p.received_at as received, p.saved_at as saved, p.message_id as "messageId",
        p.thread_id as "threadId", p.blob_id as "blobId", null as preview, null as envelope, null as structure, null as index, null as header
      from mailbox_memberships p
      where p.tenant_id = ${tenantId} and p.mailbox_id = ${mailboxId} ${uidFilter(sql, uids)} order by p.uid`;
  return sql<FactRow[]>`
    select p.uid, p.size_bytes::float8 as size, p.received_at as received, p.saved_at as saved, p.message_id as "messageId",
      p.thread_id as "threadId", p.blob_id as "blobId",
      case when ${columns.preview} then c.preview end as preview,
      case when ${columns.envelope} then c.envelope_wire end as envelope,
      case when ${columns.structureWire} then c.structure_wire end as structure,
      case when ${columns.index} or (${columns.envelope} and c.envelope_wire is null) or (${columns.structureWire} and c.structure_wire is null)
          or (${columns.header} and c.header is null) then c.index::text end as index,
      case when ${columns.header} then c.header end as header
    from mailbox_memberships p join mailbox_contents c on c.tenant_id = ${tenantId} and c.blob_id = p.blob_id
    where p.tenant_id = ${tenantId} and p.mailbox_id = ${mailboxId} ${uidFilter(sql, uids)} order by p.uid`;
}

/** Where a message's bytes lie, expunged ones included as long as their tombstone and content stay. */
export async function selectBlob(
  tx: TenantTx,
  mailboxId: MailboxId,
  uid: number,
): Promise<{ readonly blobId: BlobId; readonly sizeBytes: number } | null> {
  const [row] = await tx.sql<{ blobId: BlobId; sizeBytes: number }[]>`
    select p.blob_id as "blobId", p.size_bytes::float8 as "sizeBytes" from mailbox_memberships p
    where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${mailboxId} and p.uid = ${uid}
    union all
    select e.blob_id, e.size_bytes::float8 from mailbox_expunged e
    where e.tenant_id = ${tx.tenantId} and e.mailbox_id = ${mailboxId} and e.uid = ${uid}
      and not exists (select 1 from mailbox_memberships p where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${mailboxId} and p.uid = ${uid})`;
  return row ?? null;
}

/** All UIDs of a mailbox, ascending. */
export async function selectUids(tx: TenantTx, mailboxId: MailboxId): Promise<readonly number[]> {
  const [row] = await tx.sql<{ uids: number[] | null }[]>`select array_agg(p.uid order by p.uid) as uids
    from mailbox_memberships p where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${mailboxId}`;
  return row?.uids ?? [];
}

/** UID, size and place of the bytes of each message, ascending: POP3's list. */
export async function selectDrop(
  tx: TenantTx,
  mailboxId: MailboxId,
): Promise<readonly { readonly uid: number; readonly sizeBytes: number; readonly blobId: BlobId }[]> {
  return tx.sql<{ uid: number; sizeBytes: number; blobId: BlobId }[]>`
    select p.uid, p.size_bytes::float8 as "sizeBytes", p.blob_id as "blobId" from mailbox_memberships p
    where p.tenant_id = ${tx.tenantId} and p.mailbox_id = ${mailboxId} order by p.uid`;
}
