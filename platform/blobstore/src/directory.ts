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
import type { BlobOptions, BlobStore, ByteRange, StoredBlob } from "./port.ts";
import {
  openSegment,
  plainSize,
  type SegmentContext,
  saltBytes,
  sealSegment,
  segmentBytes,
  storedSegmentBytes,
} from "./segments.ts";
import { type MasterKey, type TenantKeys, unwrapKey, wrapKey } from "./tenant-keys.ts";

/** File: magic `CFB1` ‖ salt (7) ‖ 1 zero byte ‖ wrapped blob key (65) ‖ segments. */
const magic = new Uint8Array([0x43, 0x46, 0x42, 0x31]);
const headerBytes = magic.length + saltBytes + 1 + 65;

export interface DirectoryOptions {
  readonly directory: string;
  readonly keys: TenantKeys;
  readonly clock: Clock;
  readonly random: Random;
}

interface Opened {
  readonly file: FileHandle;
  readonly context: SegmentContext;
  readonly storedSize: number;
}

/** Collects small pieces into whole segments; the last one is given when the source ends. */
async function* wholeSegments(source: Bytes | AsyncIterable<Bytes>): AsyncIterable<{ plain: Bytes; last: boolean }> {
  const pending = Buffer.allocUnsafe(segmentBytes);
  let filled = 0;
  let held: Bytes | null = null;
  const pieces = source instanceof Uint8Array ? [source] : source;
  for await (const piece of pieces) {
    let offset = 0;
    while (offset < piece.length) {
      if (held !== null) {
        yield { plain: held, last: false };
        held = null;
      }
      const count = Math.min(segmentBytes - filled, piece.length - offset);
      pending.set(piece.subarray(offset, offset + count), filled);
      filled += count;
      offset += count;
      if (filled === segmentBytes) {
        held = Buffer.from(pending);
        filled = 0;
      }
    }
  }
  if (filled > 0 && held !== null) yield { plain: held, last: false };
  yield { plain: filled > 0 ? pending.subarray(0, filled) : (held ?? new Uint8Array(0)), last: true };
}

/**
 * Blobs as files `<tenant>/<2 hex>/<id>`, encrypted at rest. A put writes `tmp/<id>`, syncs it, renames it into place and
 * syncs the folder, so a blob is whole or absent (R50; architecture rule 6).
 */
export async function openDirectoryBlobStore(options: DirectoryOptions): Promise<BlobStore> {
  const { directory, keys, clock, random } = options;
  const temporary = join(directory, "tmp");
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const made = new Set<string>();
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

  async function ensureFolder(tenantId: TenantId, id: BlobId): Promise<string> {
    const folder = folderOf(tenantId, id);
    if (made.has(folder)) return folder;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(join(directory, tenantId));
    await syncFolder(directory);
    made.add(folder);
    return folder;
  }

  async function write(
    file: FileHandle,
    context: SegmentContext,
    header: Bytes,
    source: Bytes | AsyncIterable<Bytes>,
    signal?: AbortSignal,
  ) {
    const hash = createHash("sha256");
    let size = 0n;
    let counter = 0;
    let waiting: Bytes[] = [header];
    let waitingBytes = header.length;
    for await (const { plain, last } of wholeSegments(source)) {
      signal?.throwIfAborted();
      hash.update(plain);
      size += BigInt(plain.length);
      waiting.push(...sealSegment(context, plain, counter++, last));
      waitingBytes += plain.length;
      if (last || waitingBytes >= 1024 * 1024) {
        await file.writev(waiting as Uint8Array<ArrayBuffer>[]);
        waiting = [];
        waitingBytes = 0;
      }
    }
    await file.datasync();
    return { size, sha256: hash.digest() };
  }

  async function openBlob(tenantId: TenantId, id: BlobId): Promise<Opened> {
    const name = `${tenantId}/${id}`;
    const tenantKey = await keys.keyOf(tenantId);
    const file = await open(pathOf(tenantId, id), "r").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") throw new Failure("not_found", "blob.missing", "no such blob", { cause });
      throw new Failure("unavailable", "blob.io", "the blob store cannot be read", { cause });
    });
    try {
      const { size } = await file.stat();
      const header = Buffer.alloc(headerBytes);
      const { bytesRead } = await file.read(header, 0, headerBytes, 0);
      if (
        bytesRead < headerBytes ||
        !header.subarray(0, 4).equals(magic) ||
        header[11] !== 0 ||
        header.readUInt32BE(13) !== 0
      )
        throw new Failure("corrupt", "blob.corrupt", `${name} has no header`);
      const key = unwrapKey([{ id: 0, key: tenantKey }], name, header.subarray(12));
      return { file, storedSize: size - headerBytes, context: { key, salt: header.subarray(4, 4 + saltBytes), name } };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async function* read(
    tenantId: TenantId,
    id: BlobId,
    range?: ByteRange,
    blobOptions: BlobOptions = {},
  ): AsyncIterable<Bytes> {
    const { file, context, storedSize } = await openBlob(tenantId, id);
    try {
      const size = plainSize(storedSize);
      const start = range?.offset ?? 0;
      const end = Math.min(size, range ? range.offset + range.length : size);
      const lastSegment = Math.max(0, Math.ceil(storedSize / storedSegmentBytes) - 1);
      const group = 16;
      for (
        let first = Math.floor(start / segmentBytes);
        first <= lastSegment && (first * segmentBytes < end || (size === 0 && first === 0));
        first += group
      ) {
        blobOptions.signal?.throwIfAborted();
        const until = Math.min(lastSegment, first + group - 1, Math.floor(Math.max(0, end - 1) / segmentBytes));
        const stored = Buffer.allocUnsafe(
          Math.min(storedSize, (until + 1) * storedSegmentBytes) - first * storedSegmentBytes,
        );
        const { bytesRead } = await file.read(stored, 0, stored.length, headerBytes + first * storedSegmentBytes);
        if (bytesRead < stored.length) throw new Failure("corrupt", "blob.corrupt", `${context.name} is cut short`);
        for (let index = first; index <= until; index++) {
          const at = (index - first) * storedSegmentBytes;
          const plain = openSegment(
            context,
            stored.subarray(at, at + storedSegmentBytes),
            index,
            index === lastSegment,
          );
          const from = Math.max(0, start - index * segmentBytes);
          const to = Math.min(plain.length, end - index * segmentBytes);
          if (to > from) yield plain.subarray(from, to);
        }
      }
    } finally {
      await file.close();
    }
  }

  return {
    async put(tenantId, source, blobOptions: BlobOptions = {}): Promise<StoredBlob> {
      const id = newId<BlobId>(clock, random);
      const name = `${tenantId}/${id}`;
      const key = random.bytes(32);
      const salt = random.bytes(saltBytes);
      const wrapped = wrapKey({ id: 0, key: await keys.keyOf(tenantId) } satisfies MasterKey, name, key, random);
      const header = concatBytes([magic, salt, new Uint8Array(1), wrapped]);
      const path = join(temporary, id);
      try {
        const file = await open(path, "wx", 0o600);
        let written: { size: bigint; sha256: Uint8Array };
        try {
          written = await write(file, { key, salt, name }, header, source, blobOptions.signal);
        } finally {
          await file.close();
        }
        const folder = await ensureFolder(tenantId, id);
        await rename(path, join(folder, id));
        await syncFolder(folder);
        return { id, ...written };
      } catch (cause) {
        await rm(path, { force: true }).catch(() => {});
        if (cause instanceof Failure || blobOptions.signal?.aborted) throw cause;
        if (!isSystemError(cause)) throw cause;
        throw new Failure("unavailable", "blob.io", `the blob store cannot be written (${cause.code})`, { cause });
      }
    },
    read,
    async readAll(tenantId, id, blobOptions) {
      const parts: Bytes[] = [];
      for await (const part of read(tenantId, id, undefined, blobOptions)) parts.push(part);
      return parts.length === 1 && parts[0] ? parts[0] : concatBytes(parts);
    },
    async delete(tenantId, id) {
      await rm(pathOf(tenantId, id), { force: true });
    },
    async *list(tenantId) {
      const folders = await opendir(join(directory, tenantId)).catch(() => null);
      if (!folders) return;
      for await (const folder of folders) {
        for await (const entry of await opendir(join(directory, tenantId, folder.name))) {
          const found = await stat(join(directory, tenantId, folder.name, entry.name)).catch(() => null);
          if (found) yield { id: entry.name as BlobId, createdMs: found.mtimeMs };
        }
      }
    },
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error;
}
