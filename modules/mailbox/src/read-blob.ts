import { type BlobId, type Bytes, Failure, type TenantId } from "@casaforte/kernel";
import { mailboxLimits } from "./limits.ts";
import type { MailboxEdgeServices } from "./services.ts";

/** A range of a message: at once when short, else a stream. No connection is held. @throws not_found `mailbox.message_gone`. */
export async function readBlobRange(
  services: Pick<MailboxEdgeServices, "blobs">,
  tenantId: TenantId,
  blobId: BlobId,
  range: { readonly offset: number; readonly length: number },
): Promise<Bytes | AsyncIterable<Bytes>> {
  if (range.length === 0) return new Uint8Array(0);
  const recent = services.blobs.recent?.(tenantId, blobId);
  if (recent) return recent.subarray(range.offset, range.offset + range.length);
  const source = services.blobs.read(tenantId, blobId, range);
  if (range.length > mailboxLimits.inlineBodyBytesMax) return source;
  const pieces: Bytes[] = [];
  try {
    for await (const piece of source) pieces.push(piece);
  } catch (error) {
    if (error instanceof Failure && error.kind === "not_found")
      throw new Failure("not_found", "mailbox.message_gone", "the message is gone", { cause: error });
    throw error;
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}
