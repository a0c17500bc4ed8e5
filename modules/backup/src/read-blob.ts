import { type BlobId, type Bytes, concatBytes, Failure, type TenantId } from "@casaforte/kernel";
import type { ByteRange } from "@casaforte/platform/blobstore";
import { replicaTask } from "./replica-tasks.ts";
import type { BackupServices } from "./services.ts";
import { markFirstDamaged, selectReplica } from "./store-replicas.ts";

export interface BlobPlace {
  readonly tenantId: TenantId;
  readonly siteId: string;
  readonly blobId: BlobId;
  /** A piece need only be there until the next one is asked for. */
  readonly passing?: boolean;
}

const isBad = (error: unknown): error is Failure =>
  error instanceof Failure && (error.kind === "corrupt" || error.kind === "not_found");

/**
 * A blob's bytes from the first location; from where that fails its check on, from the second, and the first is put down
 * to be mended. Every byte given has passed its store's authentication, so both halves fit.
 * @throws corrupt, not_found when neither has it.
 */
export async function* readBlob(
  services: BackupServices,
  place: BlobPlace,
  range: ByteRange,
  signal: AbortSignal,
): AsyncGenerator<Bytes> {
  const { tenantId, siteId, passing = false } = place;
  const first = services.blobStoreFor(siteId);
  const progress = { given: 0 };
  try {
    yield* counted(first.read(tenantId, place.blobId, range, { signal, passing }), range, progress);
  } catch (error) {
    if (!isBad(error)) throw error;
    const replica = await services.db.tenant(tenantId, (tx) => selectReplica(tx, place.blobId), { readOnly: true });
    if (replica === null) throw error;
    const rest = { offset: range.offset + progress.given, length: range.length - progress.given };
    // The first was mended while it was being read: it has another name now.
    if (replica.blobId !== place.blobId) {
      yield* readBlob(services, { ...place, blobId: replica.blobId }, rest, signal);
      return;
    }
    if (replica.replicaBlobId === null) throw error;
    services.logger.warn("backup.read_from_replica", { blob: place.blobId, copy: replica.replicaBlobId });
    await services.db.tenant(tenantId, async (tx) => {
      await markFirstDamaged(tx, place.blobId, new Date(services.clock.nowMs()));
      await services.jobs.enqueue(tx, replicaTask, {}, { key: "replicas" });
    });
    const second = services.replicaStoreFor(siteId);
    yield* counted(second.read(tenantId, replica.replicaBlobId, rest, { signal, passing }), rest, { given: 0 });
  }
}

/** The whole of a small blob, from whichever location has it sound. */
export async function readSmallBlob(services: BackupServices, place: BlobPlace, length: bigint): Promise<Bytes> {
  const pieces: Bytes[] = [];
  const range = { offset: 0, length: Number(length) };
  for await (const piece of readBlob(services, place, range, new AbortController().signal)) pieces.push(piece.slice());
  return concatBytes(pieces);
}

async function* counted(
  source: AsyncIterable<Bytes>,
  range: ByteRange,
  progress: { given: number },
): AsyncGenerator<Bytes> {
  for await (const piece of source) {
    progress.given += piece.length;
    yield piece;
  }
  if (progress.given !== range.length)
    throw new Failure("corrupt", "blob.short", "a stored part is shorter than its row says");
}
