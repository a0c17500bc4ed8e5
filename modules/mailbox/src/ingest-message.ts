import { type Bytes, Failure, type TenantId } from "@casaforte/kernel";
import type { MessageIndex, MessageSummary, ParsedMessage } from "@casaforte/mime";
import { parseMessage } from "@casaforte/mime";
import type { StoredBlob } from "@casaforte/platform/blobstore";
import { mailboxLimits } from "./limits.ts";
import type { MailboxEdgeServices } from "./services.ts";

/** A message whose bytes are durable and known, but in no mailbox yet. */
export interface IngestedMessage {
  readonly blob: StoredBlob;
  readonly index: MessageIndex;
  readonly summary: MessageSummary;
  /** The top header with its empty line; null when it is longer than `headerBytesKept`. */
  readonly header: Uint8Array | null;
}

/**
 * The slow work, done before any lock: reads the source (at most `messageBytesMax` bytes), writes the blob while hashing,
 * indexes the bytes. Nothing refers to the blob yet; if no append follows, the collector takes it.
 * @throws too_large `mailbox.message_too_large`, unavailable `blob.io`.
 */
export async function ingestMessage(
  services: Pick<MailboxEdgeServices, "blobs">,
  tenantId: TenantId,
  source: Bytes | AsyncIterable<Bytes>,
): Promise<IngestedMessage> {
  const bytes = await gather(source);
  const stored = services.blobs.put(tenantId, bytes);
  // Parsing fills the time the disk takes.
  const parsed = parseMessage(bytes);
  return { blob: await stored, ...parsed, header: keptHeader(bytes, parsed) };
}

/** Indexes a blob that is already stored, such as one that the mail queue holds. */
export async function indexStoredMessage(
  services: Pick<MailboxEdgeServices, "blobs">,
  tenantId: TenantId,
  blob: StoredBlob,
): Promise<IngestedMessage> {
  const bytes = await services.blobs.readAll(tenantId, blob.id);
  const parsed = parseMessage(bytes);
  return { blob, ...parsed, header: keptHeader(bytes, parsed) };
}

function keptHeader(bytes: Bytes, { index }: ParsedMessage): Uint8Array | null {
  const size = index.structure.headerSizeBytes;
  return size > mailboxLimits.headerBytesKept ? null : Buffer.from(bytes.subarray(0, size));
}

async function gather(source: Bytes | AsyncIterable<Bytes>): Promise<Buffer> {
  if (source instanceof Uint8Array) {
    checkSize(source.length);
    return Buffer.from(source.buffer, source.byteOffset, source.length);
  }
  const pieces: Bytes[] = [];
  let size = 0;
  for await (const piece of source) {
    size += piece.length;
    checkSize(size);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function checkSize(size: number): void {
  if (size > mailboxLimits.messageBytesMax)
    throw new Failure("too_large", "mailbox.message_too_large", "the message is larger than this server takes", {
      details: { limitBytes: mailboxLimits.messageBytesMax },
    });
}
