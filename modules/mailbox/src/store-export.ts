import type { BlobId, MailAccountId, MailboxId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export interface ExportedAccount {
  readonly id: MailAccountId;
  readonly address: string;
  readonly isDeleted: boolean;
}

/** Accounts by address; those that are deleted and not purged yet only when asked for. */
export async function selectExportedAccounts(tx: TenantTx, withDeleted: boolean): Promise<ExportedAccount[]> {
  return tx.sql<ExportedAccount[]>`
    select id, address, state = 'deleted' as "isDeleted" from mailbox_accounts
    where tenant_id = ${tx.tenantId} and (${withDeleted} or state <> 'deleted') order by address, id`;
}

export interface ExportedRow {
  readonly uid: number;
  readonly flags: number;
  readonly keywords: readonly string[];
  readonly blobId: BlobId;
  readonly sizeBytes: bigint;
  readonly receivedAt: Date;
}

/** Messages of one mailbox by UID, after one that was given before. */
export async function selectExportedMessages(
  tx: TenantTx,
  mailboxId: MailboxId,
  range: { readonly afterUid: number; readonly count: number; readonly from: Date | null; readonly until: Date | null },
): Promise<ExportedRow[]> {
  return tx.sql<ExportedRow[]>`
    select uid, flags, keywords, blob_id as "blobId", size_bytes as "sizeBytes", received_at as "receivedAt"
    from mailbox_memberships
    where tenant_id = ${tx.tenantId} and mailbox_id = ${mailboxId} and uid > ${range.afterUid}
      and (${range.from}::timestamptz is null or received_at >= ${range.from})
      and (${range.until}::timestamptz is null or received_at < ${range.until})
    order by uid limit ${range.count}`;
}
