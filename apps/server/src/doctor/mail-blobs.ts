import type { BlobId } from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Invariant, TenantTx } from "@casaforte/platform/db";

/** The blob of every message that is stored or on its way. */
export async function namedMailBlobs(tx: TenantTx): Promise<BlobId[]> {
  const rows = await tx.sql<{ blobId: BlobId }[]>`
    select blob_id as "blobId" from mailbox_messages where tenant_id = ${tx.tenantId}
    union select blob_id from mailflow_deliveries where tenant_id = ${tx.tenantId} and state = 'accepted'
    union select o.blob_id from mailflow_outgoing o where o.tenant_id = ${tx.tenantId} and exists (
      select 1 from mailflow_queue q where q.tenant_id = o.tenant_id and q.outgoing_id = o.id and q.state = 'waiting')`;
  return rows.map(({ blobId }) => blobId);
}

/** Every message that is stored or on its way has its blob. Reads the store's listing. */
export const mailBlobInvariant = (blobs: BlobStore): Invariant => ({
  name: "mailbox.every_message_has_its_blob",
  async check(tx) {
    const named = await namedMailBlobs(tx);
    // The listing comes after the rows: what is stored meanwhile is in it, since a blob comes before its row.
    const stored = new Set<BlobId>();
    if (named.length > 0) for await (const { id } of blobs.list(tx.tenantId)) stored.add(id);
    return named
      .filter((blobId) => !stored.has(blobId))
      .map((blobId) => `the message in blob ${blobId} is named by a row and missing in the store`);
  },
});
