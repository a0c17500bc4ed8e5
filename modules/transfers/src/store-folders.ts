import type { MailAccountId, MessageId } from "@casaforte/kernel";
import type { MessageFlags } from "@casaforte/modules/mailbox";
import type { TenantTx } from "@casaforte/platform/db";
import type { PlannedFolder } from "./folder-plan.ts";
import type { TransferFolder, TransferId, TransferProblem } from "./transfer.ts";

/** In the order in which they are worked on. */
export async function selectFolders(tx: TenantTx, id: TransferId): Promise<TransferFolder[]> {
  return tx.sql<TransferFolder[]>`
    select ordinal, source, mailbox, role, is_collection as "isCollection", state, uidvalidity::float8 as uidvalidity,
      last_uid::float8 as "lastUid", total, copied, known, failed
    from transfers_folders where tenant_id = ${tx.tenantId} and transfer_id = ${id}
    order by is_collection, ordinal`;
}

/** Folders that are not known yet come behind the others; known ones keep their place and how far they are. */
export async function insertFolders(tx: TenantTx, id: TransferId, folders: readonly PlannedFolder[]): Promise<void> {
  const texts = (pick: (folder: PlannedFolder) => string | null) => folders.map(pick);
  await tx.sql`
    insert into transfers_folders (tenant_id, transfer_id, ordinal, source, mailbox, role, is_collection, total)
    select ${tx.tenantId}, ${id}, (select coalesce(max(ordinal), 0) from transfers_folders
        where tenant_id = ${tx.tenantId} and transfer_id = ${id}) + row_number() over (order by n.place), n.source, n.mailbox,
      nullif(n.role, ''), n.is_collection::boolean, n.total::int
    from unnest(${texts((f) => f.source)}::text[], ${texts((f) => f.mailbox)}::text[], ${texts((f) => f.role ?? "")}::text[],
      ${texts((f) => String(f.isCollection))}::text[], ${texts((f) => String(f.total))}::text[])
      with ordinality as n (source, mailbox, role, is_collection, total, place)
    on conflict (tenant_id, transfer_id, source) do nothing`;
}

/** Begins a folder, or goes on with it: from its first message when the server numbered it anew. */
export async function openFolder(
  tx: TenantTx,
  id: TransferId,
  ordinal: number,
  seen: { readonly uidvalidity: number; readonly total: number },
): Promise<number> {
  const [row] = await tx.sql<{ lastUid: number }[]>`
    update transfers_folders set state = 'running', total = greatest(${seen.total}::int, copied + known + failed),
      last_uid = case when uidvalidity = ${seen.uidvalidity} then last_uid else 0 end, uidvalidity = ${seen.uidvalidity}
    where tenant_id = ${tx.tenantId} and transfer_id = ${id} and ordinal = ${ordinal} returning last_uid::float8 as "lastUid"`;
  return row?.lastUid ?? 0;
}

export interface FolderStep {
  /** Of the UIDs; null when it is of no message. */
  readonly uidvalidity: number | null;
  readonly lastUid: number;
  readonly copied: number;
  readonly known: number;
  readonly failed: number;
  readonly bytes: number;
}

/** Messages up to `lastUid` are behind us. False when another turn found the folder numbered anew. */
export async function stepFolder(tx: TenantTx, id: TransferId, ordinal: number, step: FolderStep): Promise<boolean> {
  const rows = await tx.sql`
    update transfers_folders set last_uid = greatest(last_uid, ${step.lastUid}), copied = copied + ${step.copied}::int,
      known = known + ${step.known}::int, failed = failed + ${step.failed}::int, bytes = bytes + ${step.bytes}::bigint,
      total = greatest(total, copied + known + failed + ${step.copied + step.known + step.failed}::int)
    where tenant_id = ${tx.tenantId} and transfer_id = ${id} and ordinal = ${ordinal}
      and (${step.uidvalidity}::bigint is null or uidvalidity = ${step.uidvalidity}::bigint) returning 1`;
  return rows.length === 1;
}

export async function closeFolder(tx: TenantTx, id: TransferId, ordinal: number): Promise<void> {
  await tx.sql`
    update transfers_folders set state = 'done', total = copied + known + failed
    where tenant_id = ${tx.tenantId} and transfer_id = ${id} and ordinal = ${ordinal}`;
}

/** Which of these were brought over before: into that mailbox, or into any when it is null. */
export async function selectKnown(
  tx: TenantTx,
  accountId: MailAccountId,
  mailbox: string | null,
  digests: readonly Uint8Array[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.sql<{ digest: string }[]>`
    select distinct encode(digest, 'hex') as digest from transfers_known
    where tenant_id = ${tx.tenantId} and mail_account_id = ${accountId}
      and digest = any(array(select decode(d, 'hex') from unnest(${hexes(digests)}::text[]) as d))
      and (${mailbox}::text is null or mailbox = ${mailbox})`;
  return new Set(rows.map(({ digest }) => digest));
}

/** Notes them, and tells those that were not known. */
export async function insertKnown(
  tx: TenantTx,
  accountId: MailAccountId,
  mailbox: string,
  digests: readonly Uint8Array[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.sql<{ digest: string }[]>`
    insert into transfers_known (tenant_id, mail_account_id, digest, mailbox)
    select ${tx.tenantId}, ${accountId}, decode(d, 'hex'), ${mailbox} from unnest(${hexes(digests)}::text[]) as d
    on conflict do nothing returning encode(digest, 'hex') as digest`;
  return new Set(rows.map(({ digest }) => digest));
}

/** Where a transfer notes what it brings. */
export interface KnownPlace {
  readonly transferId: TransferId;
  readonly accountId: MailAccountId;
  readonly mailbox: string;
}

/** A message that was brought over, and its flags over there. */
export interface BroughtMessage {
  readonly digest: Uint8Array;
  readonly messageId: MessageId;
  readonly flags: MessageFlags;
}

/** Those of these that an earlier transfer from the same account of the same server noted last. */
export async function selectBrought(
  tx: TenantTx,
  { transferId, accountId, mailbox }: KnownPlace,
  digests: readonly Uint8Array[],
): Promise<BroughtMessage[]> {
  const rows = await tx.sql<{ digest: Uint8Array; messageId: MessageId; bits: number; keywords: string }[]>`
    select k.digest, k.message_id as "messageId", k.flags as bits, k.keywords from transfers_known k
    join transfers_transfers b on b.tenant_id = k.tenant_id and b.id = k.transfer_id
    join transfers_transfers t on t.tenant_id = k.tenant_id and t.id = ${transferId}
    where k.tenant_id = ${tx.tenantId} and k.mail_account_id = ${accountId} and k.mailbox = ${mailbox}
      and k.digest = any(array(select decode(d, 'hex') from unnest(${hexes(digests)}::text[]) as d))
      and k.message_id is not null and b.id <> t.id and b.host = t.host and b.user_name = t.user_name`;
  return rows.map(({ digest, messageId, bits, keywords }) => ({
    digest,
    messageId,
    flags: { bits, keywords: keywords === "" ? [] : keywords.split(" ") },
  }));
}

/** Notes of known messages what this transfer saw. */
export async function noteBrought(
  tx: TenantTx,
  { transferId, accountId, mailbox }: KnownPlace,
  messages: readonly BroughtMessage[],
): Promise<void> {
  const digests = hexes(messages.map(({ digest }) => digest));
  const ids = messages.map(({ messageId }) => messageId);
  const bits = messages.map(({ flags }) => String(flags.bits));
  const keywords = messages.map(({ flags }) => flags.keywords.join(" "));
  await tx.sql`
    update transfers_known k set transfer_id = ${transferId}, message_id = n.id::uuid, flags = n.bits::smallint, keywords = n.keywords
    from unnest(${digests}::text[], ${ids}::text[], ${bits}::text[], ${keywords}::text[]) as n (digest, id, bits, keywords)
    where k.tenant_id = ${tx.tenantId} and k.mail_account_id = ${accountId} and k.digest = decode(n.digest, 'hex')
      and k.mailbox = ${mailbox}`;
}

const hexes = (digests: readonly Uint8Array[]): string[] =>
  digests.map((digest) => Buffer.from(digest).toString("hex"));

export interface NewProblem extends Omit<TransferProblem, "mailbox"> {
  readonly ordinal: number;
}

/** The first `most` of a transfer are kept by name. */
export async function insertProblem(tx: TenantTx, id: TransferId, problem: NewProblem, most: number): Promise<void> {
  await tx.sql`
    insert into transfers_problems (tenant_id, transfer_id, ordinal, uid, subject, sent_at, size_bytes, code)
    select ${tx.tenantId}, ${id}, ${problem.ordinal}::int, ${problem.uid}::bigint, ${problem.subject}::text, ${problem.sentAt}::timestamptz,
      ${problem.sizeBytes}::bigint, ${problem.code}::text
    where (select count(*) from transfers_problems where tenant_id = ${tx.tenantId} and transfer_id = ${id}) < ${most}
    on conflict (tenant_id, transfer_id, ordinal, uid) do nothing`;
}

/** Of transfers that were over by then. */
export async function deleteOldProblems(tx: TenantTx, endedBy: Date): Promise<void> {
  await tx.sql`
    delete from transfers_problems p using transfers_transfers t
    where p.tenant_id = ${tx.tenantId} and t.tenant_id = p.tenant_id and t.id = p.transfer_id and t.ended_at < ${endedBy}`;
}

export async function selectProblems(tx: TenantTx, id: TransferId, count: number): Promise<TransferProblem[]> {
  return tx.sql<TransferProblem[]>`
    select f.mailbox, p.uid::float8 as uid, p.subject, p.sent_at as "sentAt", p.size_bytes::float8 as "sizeBytes", p.code
    from transfers_problems p
    join transfers_folders f on f.tenant_id = p.tenant_id and f.transfer_id = p.transfer_id and f.ordinal = p.ordinal
    where p.tenant_id = ${tx.tenantId} and p.transfer_id = ${id}
    order by p.ordinal, p.uid limit ${count}`;
}
