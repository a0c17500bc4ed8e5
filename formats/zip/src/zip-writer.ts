import { assert, concatBytes, crcPolynomials, createCrc32, utf8 } from "@casaforte/kernel";
import {
  type Content,
  centralHeader,
  descriptor,
  endRecords,
  flag,
  kind,
  localHeader,
  max32,
  method,
  nameFlag,
  type ZipEntry,
} from "./zip-headers.ts";

export type { ZipEntry } from "./zip-headers.ts";

/** Raw deflate (RFC 1951), for whoever has one. */
export interface Deflate {
  /** Of bytes that are there whole. */
  whole(bytes: Uint8Array): Promise<Uint8Array>;
  /** Piece by piece; it takes the next piece when there is room for what came of those before. */
  stream(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** What a writer may be given. */
export interface ZipTools {
  /** For who knows a faster one. */
  readonly crc32?: (bytes: Uint8Array, before?: number) => number;
  /** Files are stored as they are without one. */
  readonly deflate?: Deflate;
}

const ieee = createCrc32(crcPolynomials.ieee);
/** Deflate may lengthen what has no order, by less than this part of it: an announced size near 4 GiB is told in eight bytes. */
const lengthenedMax = 1 / 256;
/** So much of the directory is written at once. */
const batchBytes = 0x1_0000;

/**
 * Writes a ZIP as it goes, each write after the one before was taken, with ZIP64 where sizes or numbers need it (APPNOTE
 * 6.3.10). Only the directory is kept until the end. An entry whose bytes break off is left out of the directory: it is in
 * no list, and no reader shows half a file.
 */
export class ZipWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #directory: Uint8Array[] = [];
  readonly #crc32: typeof ieee;
  readonly #deflate: Deflate | undefined;
  #offset = 0;

  constructor(write: (bytes: Uint8Array) => Promise<void>, { crc32 = ieee, deflate }: ZipTools = {}) {
    this.#write = write;
    this.#crc32 = crc32;
    this.#deflate = deflate;
  }

  get entries(): number {
    return this.#directory.length;
  }

  async directory(entry: ZipEntry): Promise<void> {
    await this.#whole({ ...entry, name: concatBytes([entry.name, utf8("/")]) }, kind.directory, none);
  }

  async symlink(entry: ZipEntry, target: Uint8Array): Promise<void> {
    await this.#whole({ ...entry, mode: 0o777 }, kind.symlink, target);
  }

  /** A file that is there whole; stored when deflate makes it no shorter. */
  async file(entry: ZipEntry, bytes: Uint8Array): Promise<void> {
    const packed = bytes.length > 0 ? await this.#deflate?.whole(bytes) : undefined;
    await this.#whole(entry, kind.file, bytes, packed !== undefined && packed.length < bytes.length ? packed : null);
  }

  /**
   * A file piece by piece, `sizeBytes` in all; null when nobody knows before. @throws what the pieces throw; the entry is
   * then in no list.
   */
  async stream(entry: ZipEntry, sizeBytes: number | null, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const offset = this.#offset;
    const flags = flag.descriptor | nameFlag(entry.name);
    const isWide = sizeBytes === null || sizeBytes * (1 + lengthenedMax) >= max32;
    const how = this.#deflate === undefined ? method.stored : method.deflated;
    // Of deflated bytes nobody knows before how many there will be: both lengths are left to the descriptor.
    const announced = how === method.stored ? (sizeBytes ?? 0) : 0;
    const said = { method: how, crc: 0, sizeBytes: announced, packedBytes: announced, isWide };
    await this.#put(localHeader(entry, flags, said));
    let [crc, given] = [0, 0];
    const start = this.#offset;
    const counted = this.#counted(pieces, (piece) => {
      crc = this.#crc32(piece, crc);
      given += piece.length;
    });
    for await (const piece of this.#deflate?.stream(counted) ?? counted) await this.#put(piece);
    const packedBytes = this.#offset - start;
    assert(sizeBytes === null || given === sizeBytes, "a streamed entry has the length that was announced");
    assert(isWide || packedBytes < max32, "four bytes say how long a packed entry is");
    const content = { method: how, crc, sizeBytes: given, packedBytes, isWide };
    await this.#put(descriptor(content));
    this.#directory.push(centralHeader(entry, { ...content, flags, offset, type: kind.file }));
  }

  /** The directory and the end. */
  async finish(): Promise<void> {
    const offset = this.#offset;
    let [batch, batched]: [Uint8Array[], number] = [[], 0];
    for (const header of this.#directory) {
      batch.push(header);
      batched += header.length;
      if (batched < batchBytes) continue;
      await this.#put(concatBytes(batch));
      [batch, batched] = [[], 0];
    }
    const count = this.#directory.length;
    const sizeBytes = this.#offset - offset + batched;
    await this.#put(concatBytes([...batch, endRecords({ count, sizeBytes, offset })]));
  }

  /** `packed` is null where the bytes lie as they are. */
  async #whole(entry: ZipEntry, type: number, bytes: Uint8Array, packed: Uint8Array | null = null): Promise<void> {
    const offset = this.#offset;
    const flags = nameFlag(entry.name);
    const lying = packed ?? bytes;
    const content: Content = {
      method: packed === null ? method.stored : method.deflated,
      crc: this.#crc32(bytes),
      sizeBytes: bytes.length,
      packedBytes: lying.length,
      isWide: false,
    };
    await this.#put(localHeader(entry, flags, content));
    if (lying.length > 0) await this.#put(lying);
    this.#directory.push(centralHeader(entry, { ...content, flags, offset, type }));
  }

  async *#counted(pieces: AsyncIterable<Uint8Array>, count: (piece: Uint8Array) => void): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      count(piece);
      yield piece;
    }
  }

  async #put(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    await this.#write(bytes);
  }
}

const none = new Uint8Array(0);
