import type { UploadedBlob } from "@casaforte/jmap";
import type { BlobId, MailAccountId, TenantId } from "@casaforte/kernel";
import { mailboxLimits } from "./limits.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { lockAccount } from "./store-changes.ts";
import { insertUpload, selectUpload, takeUploadsBeyond } from "./store-jmap.ts";

interface Place {
  readonly tenantId: TenantId;
  readonly accountId: MailAccountId;
}

/**
 * Keeps bytes that a client gave and no message uses yet; answers the id that names them to clients. Of an account's uploads the
 * newest are kept, up to `uploadBytesMax` and `uploadsMax`, exactly; under a legal hold all of them, until the collector may go
 * again (R92).
 */
export async function keepUpload(
  { blobs, clock, db, logger, isHeld }: MailboxEdgeServices,
  { tenantId, accountId }: Place,
  { bytes, type }: UploadedBlob,
): Promise<string> {
  const stored = await blobs.put(tenantId, bytes);
  const mediaType = type.slice(0, 200);
  const upload = { accountId, blobId: stored.id, mediaType, sizeBytes: stored.size, at: new Date(clock.nowMs()) };
  const keepsAll = await isHeld?.(tenantId);
  const dropped = await db.tenant(tenantId, async (tx) => {
    // Of two at once the second sees what the first left.
    await lockAccount(tx, accountId);
    await insertUpload(tx, upload);
    if (keepsAll) return [];
    const { uploadBytesMax: bytes, uploadsMax: count } = mailboxLimits;
    return takeUploadsBeyond(tx, { accountId, newest: stored.id, bytes, count });
  });
  // After the commit; what cannot be deleted now is the collector's.
  for (const id of dropped)
    await blobs.delete(tenantId, id).catch((error) => logger.warn("mailbox.upload_left", { reason: String(error) }));
  return `U${stored.id}`;
}

/** Null: this account has no such upload. */
export async function readUpload(
  { blobs, db }: MailboxEdgeServices,
  { tenantId, accountId }: Place,
  id: BlobId,
): Promise<UploadedBlob | null> {
  const type = await db.tenant(tenantId, (tx) => selectUpload(tx, accountId, id), { readOnly: true });
  return type === null ? null : { bytes: await blobs.readAll(tenantId, id), type };
}
