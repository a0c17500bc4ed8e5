import type { BlobId, Id, MailAccountId, MessageId, ThreadId } from "@casaforte/kernel";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import type { TenantTx } from "@casaforte/platform/db";
import type { ChangeRow } from "./store-messages.ts";

export interface SubmissionRow {
  readonly id: Id<"MailSubmission">;
  readonly accountId: MailAccountId;
  readonly messageId: MessageId;
  readonly threadId: ThreadId;
  /** What is sent, whatever becomes of the message. Null: an earlier version noted it. */
  readonly blobId: BlobId | null;
  readonly identity: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly sendAt: Date;
  readonly state: "pending" | "final" | "canceled" | "refused";
  /** Of a refused one: the code of why. */
  readonly refusal?: string | null;
  readonly createdAt: Date;
  /** Of a locked one: the client took its record away. */
  readonly isDestroyed?: boolean;
}

/** `modseq`: of the account's locked counter row. */
export async function insertSubmission(tx: TenantTx, row: SubmissionRow, modseq: number): Promise<void> {
  await tx.sql`insert into mailbox_submissions (tenant_id, account_id, id, message_id, thread_id, blob_id, identity, sender,
      recipients, send_at, state, created_at, created_modseq, modseq)
    values (${tx.tenantId}, ${row.accountId}, ${row.id}, ${row.messageId}, ${row.threadId}, ${row.blobId}, ${row.identity},
      ${row.sender}, ${[...row.recipients]}::text[], ${row.sendAt}, ${row.state}, ${row.createdAt}, ${modseq}, ${modseq})`;
}

/** Submissions made after one modseq, placed at their making, or changed after it, and up to another; oldest first. */
export async function selectSubmissionChanges(
  tx: TenantTx,
  accountId: MailAccountId,
  range: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<readonly ChangeRow<SubmissionRow["id"]>[]> {
  return tx.sql<ChangeRow<SubmissionRow["id"]>[]>`
    select * from (
      select id, (case when destroyed_modseq is not null then destroyed_modseq
          when created_modseq > ${range.after} then created_modseq else modseq end)::float8 as modseq,
        case when destroyed_modseq is not null then 'destroyed'
          when created_modseq > ${range.after} then 'created' else 'updated' end as kind
      from mailbox_submissions
      where tenant_id = ${tx.tenantId} and account_id = ${accountId} and modseq > ${range.after}
        and (destroyed_modseq is null or (destroyed_modseq > ${range.after} and created_modseq <= ${range.after}))) c
    where modseq <= ${range.upTo} order by modseq, id limit ${range.limit}`;
}

/** Null: the newest `max`. */
export async function selectSubmissions(
  tx: TenantTx,
  accountId: MailAccountId,
  ids: readonly Id<"MailSubmission">[] | null,
  max: number,
): Promise<readonly SubmissionRow[]> {
  const wanted = ids === null ? tx.sql`` : tx.sql`and id::text = any(${[...ids]}::text[])`;
  return tx.sql<
    SubmissionRow[]
  >`select id, account_id as "accountId", message_id as "messageId", thread_id as "threadId", blob_id as "blobId",
      identity, sender, recipients, send_at as "sendAt", state, refusal, created_at as "createdAt"
    from mailbox_submissions
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and destroyed_modseq is null ${wanted}
    order by created_at desc limit ${max}`;
}

/** Its record goes; the row stays, for what still waits and for who asks what went. False: there is none. */
export async function markSubmissionDestroyed(
  tx: TenantTx,
  id: Id<"MailSubmission">,
  modseq: number,
): Promise<boolean> {
  const { count } = await tx.sql`update mailbox_submissions set destroyed_modseq = ${modseq}, modseq = ${modseq}
    where tenant_id = ${tx.tenantId} and id = ${id} and destroyed_modseq is null`;
  return count > 0;
}

/** Something about it is new. */
export async function touchSubmission(tx: TenantTx, id: Id<"MailSubmission">, modseq: number): Promise<void> {
  await tx.sql`update mailbox_submissions set modseq = ${modseq} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Locked until the end of the transaction; destroyed ones too. */
export async function lockSubmission(tx: TenantTx, id: Id<"MailSubmission">): Promise<SubmissionRow | null> {
  const [row] = await tx.sql<SubmissionRow[]>`select id, account_id as "accountId", message_id as "messageId",
      thread_id as "threadId", blob_id as "blobId", identity, sender, recipients, send_at as "sendAt", state,
      created_at as "createdAt", destroyed_modseq is not null as "isDestroyed"
    from mailbox_submissions where tenant_id = ${tx.tenantId} and id = ${id} for update`;
  return row ?? null;
}

export async function setSubmissionState(
  tx: TenantTx,
  id: Id<"MailSubmission">,
  { state, refusal, modseq }: { state: SubmissionRow["state"]; refusal: string | null; modseq: number },
): Promise<void> {
  await tx.sql`update mailbox_submissions set state = ${state}, refusal = ${refusal}, modseq = ${modseq}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** As it was stored; null: nothing is known of it any more. */
export async function selectStoredBlob(tx: TenantTx, id: BlobId): Promise<StoredBlob | null> {
  const [row] = await tx.sql<{ size: string; sha256: Uint8Array }[]>`select size_bytes::text as size, sha256
    from mailbox_contents where tenant_id = ${tx.tenantId} and blob_id = ${id}`;
  return row ? { id, size: BigInt(row.size), sha256: row.sha256 } : null;
}
