import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type BlobId, type Bytes, type Clock, Failure, type Random, type TenantId } from "@casaforte/kernel";
import { removeAbandoned } from "./abandoned.ts";
import {
  erasure,
  isPackName,
  makeHead,
  newPackName,
  openHead,
  packBegunMs,
  packedBlobId,
  packMissing,
  readHead,
  recordBytes,
  recordHeaderBytes,
} from "./pack-layout.ts";
import { rewriteSparse, walkPack } from "./pack-walk.ts";
import { openPackFile, PackWriter } from "./pack-writer.ts";
import type { StoredBlob } from "./port.ts";
import { openSegment, sealSegment, tagBytes } from "./segments.ts";
import type { TenantKeys } from "./tenant-keys.ts";

/** Bounds of the pack files. */
export const packLimits = {
  packBytesMax: 64 * 1024 * 1024,
  /** A pack takes no more blobs after this long, so that others know when it lies still. */
  writtenForMs: 60 * 60 * 1000,
  /** Reclaimed only when nobody can be writing to it any more. */
  stillAfterMs: 2 * 60 * 60 * 1000,
  /** Copying a pack takes seconds. */
  abandonedAfterMs: 60 * 60 * 1000,
  /** Deleted bytes that make it worth while, as a share and at least. */
  deletedShare: 0.25,
  deletedBytesMin: 1024 * 1024,
  /** Files kept open: for writing, one a tenant, and for reading. */
  writersMax: 64,
  readersMax: 128,
  /** What is read when the blob's size is not known. */
  guessBytes: 16 * 1024,
} as const;

interface PackServices {
  readonly directory: string;
  readonly keys: TenantKeys;
  readonly clock: Clock;
  readonly random: Random;
}

/** The pack files of all tenants of one store; see pack-layout.ts. Several processes may share the directory. */
export class Packs {
  readonly #services: PackServices;
  readonly #writers = new Map<TenantId, Promise<PackWriter>>();
  readonly #readers = new Map<string, Promise<FileHandle>>();

  constructor(services: PackServices) {
    this.#services = services;
  }

  async put(tenantId: TenantId, plain: Bytes): Promise<StoredBlob> {
    const { keys, clock, random } = this.#services;
    const [tenantKey, writer] = await Promise.all([keys.keyOf(tenantId), this.#writerOf(tenantId)]);
    const offset = writer.take(recordBytes(plain.length));
    const id = packedBlobId(writer.name, offset);
    const record = { tenantId, id, tenantKey, createdMs: clock.nowMs(), sizeBytes: plain.length };
    const { head, context } = makeHead(record, random);
    const written = writer.write(offset, [head, sealSegment(context, plain, 0, true)]);
    // Hashing fills the time the disk takes.
    const sha256 = createHash("sha256").update(plain).digest();
    try {
      await written;
    } catch (error) {
      this.#retire(tenantId, writer);
      throw error;
    }
    return { id, size: BigInt(plain.length), sha256 };
  }

  /** The whole blob. `expectedBytes`: its size where the caller knows it. */
  async read(
    tenantId: TenantId,
    id: BlobId,
    place: { readonly pack: string; readonly offset: number },
    expectedBytes: number | null,
  ): Promise<Bytes> {
    const tenantKey = await this.#services.keys.keyOf(tenantId);
    const file = await this.#readerOf(tenantId, place.pack);
    const guess = recordHeaderBytes + (expectedBytes ?? packLimits.guessBytes) + tagBytes;
    let bytes = await readAt(file, place.offset, guess);
    const head = readHead(bytes);
    if (!head) throw new Failure("corrupt", "blob.corrupt", `${tenantId}/${id} has no header`);
    if (!head.kept) throw packMissing();
    const stored = head.sizeBytes + tagBytes;
    if (bytes.length < recordHeaderBytes + stored) bytes = await readAt(file, place.offset, recordHeaderBytes + stored);
    const segment = bytes.subarray(recordHeaderBytes, recordHeaderBytes + stored);
    return openSegment(openHead(tenantId, id, bytes, tenantKey), segment, 0, true);
  }

  /** Clears the blob's key, so that nobody can read it any more; its room comes back with `reclaim`. */
  async delete(tenantId: TenantId, place: { readonly pack: string; readonly offset: number }): Promise<void> {
    // By name: a kept handle may be of a file that was rewritten since.
    const file = await open(this.#pathOf(tenantId, place.pack), "r+").catch(absent);
    if (!file) return;
    try {
      if (!readHead(await readAt(file, place.offset, recordHeaderBytes))) return;
      await file.write(erasure.key, 0, erasure.key.length, place.offset + erasure.keyAt);
      await file.write(erasure.bytes, 0, erasure.bytes.length, place.offset + erasure.at);
    } finally {
      await file.close();
    }
  }

  async *list(tenantId: TenantId): AsyncGenerator<{ readonly id: BlobId; readonly createdMs: number }> {
    for (const pack of await this.#packsOf(tenantId)) {
      const file = await open(this.#pathOf(tenantId, pack), "r").catch(absent);
      if (!file) continue;
      try {
        for await (const { offset, head } of walkPack(file))
          if (head?.kept) yield { id: packedBlobId(pack, offset), createdMs: head.createdMs };
      } finally {
        await file.close();
      }
    }
  }

  /** Gives room of deleted blobs back to the file system. Returns the bytes freed, about. */
  async reclaim(tenantId: TenantId): Promise<number> {
    let freed = 0;
    const before = this.#services.clock.nowMs() - packLimits.stillAfterMs;
    for (const pack of await this.#packsOf(tenantId)) {
      if (packBegunMs(pack) >= before) continue;
      const path = this.#pathOf(tenantId, pack);
      await removeAbandoned(`${path}.new`, this.#services.clock.nowMs() - packLimits.abandonedAfterMs);
      const done = await rewriteSparse(path, packLimits);
      if (done === null) continue;
      freed += done.freedBytes;
      if (done.isEmpty) await rm(path, { force: true });
      else await syncFolder(join(this.#services.directory, tenantId, "packs"));
      this.#forgetReader(`${tenantId}/${pack}`);
    }
    return freed;
  }

  /** Lets go of every file of a tenant, whose folder is about to go. */
  forget(tenantId: TenantId): void {
    const writer = this.#writers.get(tenantId);
    this.#writers.delete(tenantId);
    writer?.then((held) => held.close()).catch(() => {});
    for (const name of [...this.#readers.keys()]) if (name.startsWith(`${tenantId}/`)) this.#forgetReader(name);
  }

  #pathOf(tenantId: TenantId, pack: string): string {
    return join(this.#services.directory, tenantId, "packs", pack);
  }

  async #packsOf(tenantId: TenantId): Promise<readonly string[]> {
    const names = (await readdir(join(this.#services.directory, tenantId, "packs")).catch(absent)) ?? [];
    return names.filter(isPackName).sort();
  }

  async #writerOf(tenantId: TenantId): Promise<PackWriter> {
    const found = this.#writers.get(tenantId);
    if (found) {
      const writer = await found;
      const age = this.#services.clock.nowMs() - writer.begunMs;
      const isFit = !writer.broken && writer.sizeBytes < packLimits.packBytesMax && age < packLimits.writtenForMs;
      if (isFit) return writer;
      if (this.#writers.get(tenantId) === found) this.#retire(tenantId, writer);
      return this.#writerOf(tenantId);
    }
    const opening = this.#begin(tenantId);
    this.#writers.set(tenantId, opening);
    opening.catch(() => this.#writers.delete(tenantId));
    const [oldest] = this.#writers.keys();
    if (this.#writers.size > packLimits.writersMax && oldest !== undefined && oldest !== tenantId) {
      const old = this.#writers.get(oldest);
      this.#writers.delete(oldest);
      old?.then((writer) => writer.close()).catch(() => {});
    }
    return opening;
  }

  #retire(tenantId: TenantId, writer: PackWriter): void {
    writer.close();
    const current = this.#writers.get(tenantId);
    current?.then(
      (held) => held === writer && this.#writers.get(tenantId) === current && this.#writers.delete(tenantId),
      () => {},
    );
    if (current) this.#writers.delete(tenantId);
  }

  /** A new pack file whose name would survive a power cut. */
  async #begin(tenantId: TenantId): Promise<PackWriter> {
    const { directory, clock, random } = this.#services;
    const folder = join(directory, tenantId, "packs");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const begunMs = clock.nowMs();
    const name = newPackName(begunMs, random);
    const file = await openPackFile(join(folder, name));
    for (const path of [folder, join(directory, tenantId), directory]) await syncFolder(path);
    return new PackWriter(name, begunMs, file);
  }

  #readerOf(tenantId: TenantId, pack: string): Promise<FileHandle> {
    const name = `${tenantId}/${pack}`;
    const found = this.#readers.get(name);
    if (found) {
      this.#readers.delete(name);
      this.#readers.set(name, found);
      return found;
    }
    const opening = open(this.#pathOf(tenantId, pack), "r").catch((cause: NodeJS.ErrnoException) => {
      this.#readers.delete(name);
      if (cause.code === "ENOENT") throw packMissing(cause);
      throw new Failure("unavailable", "blob.io", "the blob store cannot be read", { cause });
    });
    this.#readers.set(name, opening);
    const [oldest] = this.#readers.keys();
    if (this.#readers.size > packLimits.readersMax && oldest !== undefined) this.#forgetReader(oldest);
    return opening;
  }

  /** A read under way may still need the handle: it is closed by the collector of what nobody holds any more. */
  #forgetReader(name: string): void {
    const found = this.#readers.get(name);
    this.#readers.delete(name);
    found?.then((file) => setTimeout(() => file.close().catch(() => {}), readGraceMs).unref()).catch(() => {});
  }
}

/** No read takes this long. */
const readGraceMs = 60_000;

async function readAt(file: FileHandle, offset: number, lengthBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  const { bytesRead } = await file.read(bytes, 0, lengthBytes, offset);
  return bytes.subarray(0, bytesRead);
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw new Failure("unavailable", "blob.io", "the blob store cannot be read", { cause: error });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
