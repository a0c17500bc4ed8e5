import type { BlobId, MailboxId, MessageId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { MailboxRole } from "./mailbox.ts";

export async function selectRolesOf(
  tx: TenantTx,
  mailboxes: readonly MailboxId[],
): Promise<ReadonlyMap<MailboxId, MailboxRole | null>> {
  const rows = await tx.sql<{ id: MailboxId; role: MailboxRole | null }[]>`
    select id, role from mailbox_mailboxes where tenant_id = ${tx.tenantId} and id = any(${[...mailboxes]}::uuid[])`;
  return new Map(rows.map(({ id, role }) => [id, role]));
}

export async function selectBlobsOf(tx: TenantTx, messages: readonly MessageId[]): Promise<readonly BlobId[]> {
  const rows = await tx.sql<{ id: BlobId }[]>`
    select distinct blob_id as id from mailbox_messages
    where tenant_id = ${tx.tenantId} and id = any(${[...messages]}::uuid[])`;
  return rows.map(({ id }) => id);
}
