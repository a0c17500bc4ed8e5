import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type BlobId,
  type Bytes,
  type Clock,
  concatBytes,
  Failure,
  newId,
  type Random,
  type TenantId,
} from "@casaforte/kernel";
import { sweepAbandoned } from "./abandoned.ts";
import { alignedRoom, alignUp, canGoDirect, directAlignBytes, directReadFlags, directWriteFlags } from "./direct.ts";
import { packedBytesMax, placeOf } from "./pack-layout.ts";
import { Packs } from "./packs.ts";
import type { BlobOptions, BlobStore, ByteRange, StoredBlob } from "./port.ts";
import { Rooms } from "./rooms.ts";
import {
  openSegmentInto,
  plainSize,
  type SegmentContext,
  saltBytes,
  sealSegmentInto,
  segmentBytes,
  segmentContext,
  storedSegmentBytes,
  tagBytes,
} from "./segments.ts";
import { leave, smallOrAll, wholeSegments } from "./source.ts";
import { type MasterKey, type TenantKeys, unwrapKey, wrapKey } from "./tenant-keys.ts";
import { writeAll } from "./write-all.ts";

/** File: magic `CFB1` ‖ salt (7) ‖ 1 zero byte ‖ wrapped blob key (65) ‖ segments. */
const magic = new Uint8Array([0x43, 0x46, 0x42, 0x31]);
const headerBytes = magic.length + saltBytes + 1 + 65;
/** No put writes nothing for so long. */
const abandonedAfterMs = 24 * 60 * 60 * 1000;
/** Segments read from the disk, or written to it, at one time, and how many rooms for them are kept. */
const segmentsAtOnce = 16;
const roomsKeptMax = 8;
/** Less is read through the page cache: what is read in small pieces is read again. */
const directReadBytesMin = 1024 * 1024;
/** A block more on both sides: what goes past the page cache begins and ends where a block does. */
const storedRoomBytes = alignUp(headerBytes + segmentsAtOnce * storedSegmentBytes) + 2 * directAlignBytes;

export interface DirectoryOptions {
  readonly directory: string;
  readonly keys: TenantKeys;
  readonly clock: Clock;
  readonly random: Random;
  /** Small blobs share files (packs.ts): one sync instead of four, and one for many at once. */
  readonly packs?: boolean;
}

interface Opened {
  readonly file: FileHandle;
  /** Past the page cache. */
  readonly direct: boolean;
  readonly context: SegmentContext;
  readonly storedSize: number;
  /** The beginning of the segments, as far as it was asked for and is there. */
  readonly beginning: Bytes;
}

/**
 * Blobs as files `<tenant>/<2 hex>/<id>`, encrypted at rest. A put writes `tmp/<id>`, syncs it, renames it into place and
 * syncs the folder, so a blob is whole or absent (R50; architecture rule 6).
 */
export async function openDirectoryBlobStore(options: DirectoryOptions): Promise<BlobStore> {
  const { directory, keys, clock, random } = options;
  const packs = new Packs({ directory, keys, clock, random });
  const temporary = join(directory, "tmp");
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await sweepAbandoned(temporary, clock.nowMs() - abandonedAfterMs);
  const isDirect = await canGoDirect(temporary);
  const made = new Set<string>();
  /** For groups of segments: fresh pages cost more than the reading and writing. */
  const stored = new Rooms(storedRoomBytes, roomsKeptMax);
  const opened = new Rooms(segmentsAtOnce * segmentBytes, roomsKeptMax);
  const folderOf = (tenantId: TenantId, id: BlobId) => join(directory, tenantId, id.slice(-2));
  const pathOf = (tenantId: TenantId, id: BlobId) => join(folderOf(tenantId, id), id);

  async function syncFolder(path: string): Promise<void> {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** The blob's folder, made durably when it is new. */
  async function openFolder(tenantId: TenantId, id: BlobId): Promise<FileHandle> {
    const folder = folderOf(tenantId, id);
    if (!made.has(folder)) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await syncFolder(join(directory, tenantId));
      await syncFolder(directory);
      made.add(folder);
    }
    return open(folder, "r");
  }

  async function write(
    file: FileHandle,
    context: SegmentContext,
    header: Bytes,
    source: Bytes | AsyncIterable<Bytes>,
    { signal, direct }: { readonly signal: AbortSignal | undefined; readonly direct: boolean },
  ) {
    const hash = createHash("sha256");
    let size = 0n;
    let counter = 0;
    const isSmall = source instanceof Uint8Array && source.length <= segmentBytes;
    const room = isSmall ? Buffer.allocUnsafe(header.length + source.length + tagBytes) : stored.take();
    let storedBytes = 0;
    try {
      room.set(header);
      let filled = header.length;
      for await (const { plain, last } of wholeSegments(source)) {
        signal?.throwIfAborted();
        hash.update(plain);
        size += BigInt(plain.length);
        const end = filled + plain.length + tagBytes;
        sealSegmentInto(context, { plain, counter: counter++, last }, room.subarray(filled, end));
        filled = end;
        if (!last && room.length - filled >= storedSegmentBytes) continue;
        // What fills no block waits for what comes behind it; what the last one is filled up with is cut off again.
        const over = direct ? filled % directAlignBytes : 0;
        const ready = last && over > 0 ? alignUp(filled) : filled - over;
        await writeAll(file, [room.subarray(0, ready)]);
        storedBytes += Math.min(ready, filled);
        room.copyWithin(0, ready, filled);
        filled -= ready;
      }
      if (direct) await file.truncate(storedBytes);
    } finally {
      if (!isSmall) stored.give(room);
    }
    await file.datasync();
    return { size, sha256: hash.digest() };
  }

  async function openBlob(
    tenantId: TenantId,
    id: BlobId,
    { beginningBytes, direct }: { readonly beginningBytes: number; readonly direct: boolean },
  ): Promise<Opened> {
    const name = `${tenantId}/${id}`;
    const tenantKey = await keys.keyOf(tenantId);
    const file = await open(pathOf(tenantId, id), direct ? directReadFlags : "r").catch(
      (cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") throw new Failure("not_found", "blob.missing", "no such blob", { cause });
        throw new Failure("unavailable", "blob.io", "the blob store cannot be read", { cause });
      },
    );
    try {
      const wanted = headerBytes + beginningBytes;
      const head = direct ? alignedRoom(alignUp(wanted)) : Buffer.allocUnsafe(wanted);
      const [{ size }, { bytesRead }] = await Promise.all([file.stat(), file.read(head, 0, head.length, 0)]);
      const header = head.subarray(0, headerBytes);
      if (
        bytesRead < headerBytes ||
        !header.subarray(0, 4).equals(magic) ||
        header[11] !== 0 ||
        header.readUInt32BE(13) !== 0
      )
        throw new Failure("corrupt", "blob.corrupt", `${name} has no header`);
      const key = unwrapKey([{ id: 0, key: tenantKey }], name, header.subarray(12));
      return {
        file,
        direct,
        storedSize: size - headerBytes,
        context: segmentContext(key, header.subarray(4, 4 + saltBytes), name),
        beginning: head.subarray(headerBytes, Math.min(bytesRead, wanted)),
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Stored bytes at a place of the file, in a room that has a block more on both sides. */
  async function readWhole(
    { file, context, direct }: Opened,
    { position, length }: { readonly position: number; readonly length: number },
    room: Buffer<ArrayBuffer>,
  ): Promise<Bytes> {
    const before = direct ? position % directAlignBytes : 0;
    const asked = direct ? alignUp(before + length) : length;
    const { bytesRead } = await file.read(room, 0, asked, position - before);
    if (bytesRead < before + length) throw new Failure("corrupt", "blob.corrupt", `${context.name} is cut short`);
    return room.subarray(before, before + length);
  }

  async function* read(
    tenantId: TenantId,
    id: BlobId,
    range?: ByteRange,
    blobOptions: BlobOptions = {},
  ): AsyncIterable<Bytes> {
    const place = placeOf(id);
    if (place) {
      const whole = await packs.read(tenantId, id, place, range && range.offset === 0 ? range.length : null);
      if (!range) yield whole;
      else if (range.offset < whole.length) yield whole.subarray(range.offset, range.offset + range.length);
      return;
    }
    const start = range?.offset ?? 0;
    // Most blobs are small: their first segment comes with the header, in one read.
    const direct = isDirect && blobOptions.passing === true && (range?.length ?? 0) >= directReadBytesMin;
    const beginningBytes = start < segmentBytes && !direct ? storedSegmentBytes : 0;
    const blob = await openBlob(tenantId, id, { beginningBytes, direct });
    const { file, context, storedSize, beginning } = blob;
    let room: Buffer<ArrayBuffer> | null = null;
    let plainRoom: Buffer<ArrayBuffer> | null = null;
    try {
      const size = plainSize(storedSize);
      const end = Math.min(size, range ? range.offset + range.length : size);
      const lastSegment = Math.max(0, Math.ceil(storedSize / storedSegmentBytes) - 1);
      let first = Math.floor(start / segmentBytes);
      while (first <= lastSegment && (first * segmentBytes < end || (size <= 0 && first === 0))) {
        blobOptions.signal?.throwIfAborted();
        const inHand = first === 0 && beginning.length >= Math.min(storedSize, storedSegmentBytes);
        const most = inHand ? 0 : first + segmentsAtOnce - 1;
        const until = Math.min(lastSegment, most, Math.floor(Math.max(0, end - 1) / segmentBytes));
        const storedBytes = Math.min(storedSize, (until + 1) * storedSegmentBytes) - first * storedSegmentBytes;
        if (!inHand) room ??= stored.take();
        const position = headerBytes + first * storedSegmentBytes;
        const segments =
          inHand || room === null
            ? beginning.subarray(0, storedBytes)
            : await readWhole(blob, { position, length: storedBytes }, room);
        const lastBytes = storedBytes - (until - first) * storedSegmentBytes;
        const plainBytes = (until - first) * segmentBytes + Math.max(0, lastBytes - tagBytes);
        if (blobOptions.passing && !inHand) plainRoom ??= opened.take();
        const plain = (plainRoom ?? Buffer.allocUnsafe(plainBytes)).subarray(0, plainBytes);
        for (let index = first; index <= until; index++) {
          const at = (index - first) * storedSegmentBytes;
          const segment = segments.subarray(at, at + storedSegmentBytes);
          const into = (index - first) * segmentBytes;
          openSegmentInto(
            context,
            { stored: segment, counter: index, last: index === lastSegment },
            plain.subarray(into, into + Math.max(0, segment.length - tagBytes)),
          );
        }
        const from = Math.max(0, start - first * segmentBytes);
        const to = Math.min(plain.length, end - first * segmentBytes);
        if (to > from) {
          const lent: Buffer<ArrayBuffer> | null = plainRoom;
          // Whoever leaves in the middle may still be sending from it: then the room is used no more.
          plainRoom = null;
          yield plain.subarray(from, to);
          plainRoom = lent;
        }
        first = until + 1;
      }
    } finally {
      if (room !== null) stored.give(room);
      if (plainRoom !== null) opened.give(plainRoom);
      closeBehind(file);
    }
  }

  return {
    async put(tenantId, given, blobOptions: BlobOptions = {}): Promise<StoredBlob> {
      const source = options.packs ? await smallOrAll(given) : given;
      if (blobOptions.signal?.aborted) await leave(source).catch(() => {});
      blobOptions.signal?.throwIfAborted();
      if (options.packs && source instanceof Uint8Array && source.length <= packedBytesMax)
        return packs.put(tenantId, source).catch((cause) => {
          throw isSystemError(cause) ? unwritable(cause) : cause;
        });
      const id = newId<BlobId>(clock, random);
      const path = join(temporary, id);
      try {
        const name = `${tenantId}/${id}`;
        const key = random.bytes(32);
        const salt = random.bytes(saltBytes);
        const wrapped = wrapKey({ id: 0, key: await keys.keyOf(tenantId) } satisfies MasterKey, name, key, random);
        const header = concatBytes([magic, salt, new Uint8Array(1), wrapped]);
        const direct = blobOptions.cold === true && isDirect && !(source instanceof Uint8Array);
        const file = await open(path, direct ? directWriteFlags : "wx", 0o600);
        const folder = openFolder(tenantId, id);
        try {
          // The folder is made and opened while the bytes go to the disk.
          const [written, opened] = await Promise.all([
            write(file, segmentContext(key, salt, name), header, source, { signal: blobOptions.signal, direct }),
            folder,
          ]);
          await rename(path, pathOf(tenantId, id));
          await opened.sync();
          return { id, ...written };
        } finally {
          closeBehind(file);
          folder.then(closeBehind, () => {});
        }
      } catch (cause) {
        await rm(path, { force: true }).catch(() => {});
        await leave(source).catch(() => {});
        if (cause instanceof Failure || blobOptions.signal?.aborted) throw cause;
        throw isSystemError(cause) ? unwritable(cause) : cause;
      }
    },
    read,
    async readAll(tenantId, id, blobOptions) {
      const parts: Bytes[] = [];
      for await (const part of read(tenantId, id, undefined, blobOptions)) parts.push(part);
      return parts.length === 1 && parts[0] ? parts[0] : concatBytes(parts);
    },
    async delete(tenantId, id) {
      const place = placeOf(id);
      if (place) return packs.delete(tenantId, place);
      await rm(pathOf(tenantId, id), { force: true });
    },
    async *list(tenantId) {
      const unreadable = (cause: unknown): never => {
        throw new Failure("unavailable", "blob.io", "the blob store cannot be listed", { cause });
      };
      const folders = await opendir(join(directory, tenantId)).catch((cause: NodeJS.ErrnoException) =>
        cause.code === "ENOENT" ? null : unreadable(cause),
      );
      if (!folders) {
        // "Nothing there" is only true of a store that is there itself.
        await stat(directory).catch(unreadable);
        return;
      }
      yield* packs.list(tenantId);
      for await (const folder of folders) {
        if (folder.name === "packs") continue;
        for await (const entry of await opendir(join(directory, tenantId, folder.name))) {
          const found = await stat(join(directory, tenantId, folder.name, entry.name)).catch(() => null);
          if (found) yield { id: entry.name as BlobId, createdMs: found.mtimeMs };
        }
      }
    },
    async erase(tenantId) {
      packs.forget(tenantId);
      for (const folder of made) if (folder.startsWith(join(directory, tenantId))) made.delete(folder);
      await rm(join(directory, tenantId), { recursive: true, force: true });
      await syncFolder(directory);
    },
    reclaim: (tenantId) =>
      packs.reclaim(tenantId).catch((cause) => {
        throw isSystemError(cause) ? unwritable(cause) : cause;
      }),
  };
}

/** Nobody waits for a close: what was written is synced already, and a reader has its bytes. */
function closeBehind(file: FileHandle): void {
  file.close().catch(() => {});
}

function unwritable(cause: NodeJS.ErrnoException): Failure {
  const code = cause.code === "ENOSPC" || cause.code === "EDQUOT" ? "blob.full" : "blob.io";
  return new Failure("unavailable", code, `the blob store cannot be written (${cause.code})`, { cause });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error;
}
