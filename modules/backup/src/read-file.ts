import { type Bytes, Failure, type TenantId } from "@casaforte/kernel";
import type { StoredBody } from "@casaforte/vault";
import type { Bandwidth } from "./bandwidth.ts";
import { backupLimits } from "./limits.ts";
import { readBlob } from "./read-blob.ts";
import type { ExtentRow, FileRow } from "./rows.ts";
import type { BackupServices } from "./services.ts";
import { markPartDamaged } from "./store-collect.ts";
import { selectExtents } from "./store-files.ts";

export interface ReadOptions {
  readonly tenantId: TenantId;
  readonly siteId: string;
  readonly spaceId: string;
  readonly bytesPerSecond: bigint | null;
  readonly bandwidth: Bandwidth;
  /** A piece need only be there until the next one is asked for. */
  readonly passing?: boolean;
}

/** A committed file as its extents make it; pages of extents are read as the bytes go out. */
export function storedFile(services: BackupServices, file: FileRow, options: ReadOptions): StoredBody {
  return {
    size: Number(file.size),
    open: async (offset, length, signal) => readExtents(services, file, options, offset, offset + length, signal),
  };
}

async function* readExtents(
  services: BackupServices,
  file: FileRow,
  options: ReadOptions,
  from: number,
  to: number,
  signal: AbortSignal,
): AsyncGenerator<Bytes> {
  for (let at = from; at < to; ) {
    const extents = await services.db.tenant(
      options.tenantId,
      (tx) => selectExtents(tx, file.id, BigInt(at), BigInt(to), backupLimits.extentPageSize),
      { readOnly: true, oneTrip: true },
    );
    const before = at;
    for (const extent of extents) {
      const skip = at - Number(extent.fileOffset);
      const count = Math.min(to - at, Number(extent.length) - skip);
      yield* readExtent(services, options, extent, skip, count, signal);
      at += count;
    }
    if (at === before) throw damaged(new Error("an extent is missing"));
  }
}

const damaged = (cause: unknown) =>
  new Failure("corrupt", "vault.part_damaged", "stored bytes failed their check", { cause });

async function* readExtent(
  services: BackupServices,
  options: ReadOptions,
  extent: ExtentRow,
  skip: number,
  count: number,
  signal: AbortSignal,
): AsyncGenerator<Bytes> {
  const { partId: id, blobId } = extent;
  if (id === null || blobId === null) return yield* readZeros(options, count, signal);
  const range = { offset: Number(extent.partOffset) + skip, length: count };
  const { tenantId, siteId, passing = false } = options;
  const place = { tenantId, siteId, blobId, passing };
  try {
    for await (const piece of readBlob(services, place, range, signal)) {
      await options.bandwidth.pace(options.spaceId, options.bytesPerSecond, piece.length, signal);
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof Failure) || (error.kind !== "corrupt" && error.kind !== "not_found")) throw error;
    const now = new Date(services.clock.nowMs());
    await services.db.tenant(options.tenantId, (tx) => markPartDamaged(tx, { id, blobId }, now));
    services.logger.error("backup.part_damaged", error, { part: id, blob: blobId });
    throw damaged(error);
  }
}

/** What was never stored: no check is needed, but it goes over the line like all else. */
async function* readZeros(options: ReadOptions, count: number, signal: AbortSignal): AsyncGenerator<Bytes> {
  for (let left = count; left > 0; ) {
    const piece = zeros.subarray(0, left);
    await options.bandwidth.pace(options.spaceId, options.bytesPerSecond, piece.length, signal);
    yield piece;
    left -= piece.length;
  }
}

const zeros: Bytes = new Uint8Array(65_536);
