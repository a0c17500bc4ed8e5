import type { UploadedBlob } from "@casaforte/jmap";
import type { BlobId, MailAccountId, TenantId } from "@casaforte/kernel";
import type { MailboxEdgeServices } from "./services.ts";
import { insertUpload, selectUpload } from "./store-jmap.ts";

interface Place {
  readonly tenantId: TenantId;
  readonly accountId: MailAccountId;
}

/** Keeps bytes that a client gave and no message uses yet; answers the id that names them to clients. */
export async function keepUpload(
  { blobs, clock, db }: MailboxEdgeServices,
  { tenantId, accountId }: Place,
  { bytes, type }: UploadedBlob,
): Promise<string> {
  const stored = await blobs.put(tenantId, bytes);
  const mediaType = type.slice(0, 200);
  const upload = { accountId, blobId: stored.id, mediaType, sizeBytes: stored.size, at: new Date(clock.nowMs()) };
  await db.tenant(tenantId, (tx) => insertUpload(tx, upload));
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
