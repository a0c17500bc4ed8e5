import { assert, type Bytes } from "@casaforte/kernel";
import { ByteWriter } from "./byte-writer.ts";
import type { ChunkRef } from "./chunk-ref.ts";
import type { Cutter } from "./chunker.ts";
import { type Content, type Extent, writeExtents } from "./content.ts";
import { chunkBytesMax, contentBufferBytes, inlineExtentsMax, listExtentsMax } from "./limits.ts";

/** Stores chunks, each one once. */
export interface ChunkSink {
  putData(bytes: Bytes): ChunkRef;
  putCatalogue(bytes: Bytes): ChunkRef;
}

/**
 * Cuts one file into chunks as its bytes come. The caller reads straight into `room()` and says how much with
 * `wrote(n)`, so that no byte is copied before it reaches its block. One at a time per writer: the buffer is shared.
 */
export class ContentWriter {
  readonly #sink: ChunkSink;
  readonly #cutter: Cutter;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  readonly #list: ExtentList;
  #start = 0;
  #end = 0;
  #whole: boolean;

  /** `whole` keeps what comes as one chunk: for files of at most `wholeFileBytesMax`. */
  constructor(sink: ChunkSink, cutter: Cutter, whole: boolean) {
    assert(cutter.buffer.length === contentBufferBytes, "the content buffer holds two of the largest chunks");
    this.#sink = sink;
    this.#cutter = cutter;
    this.#buffer = cutter.buffer;
    this.#whole = whole;
    this.#list = new ExtentList(sink);
  }

  /** Where the next bytes go; never empty. */
  room(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(this.#end);
  }

  wrote(lengthBytes: number): void {
    this.#end += lengthBytes;
    // A file that grew past its promised size while it was read is cut like any large one.
    if (this.#end - this.#start >= chunkBytesMax) this.#whole = false;
    while (this.#end - this.#start >= chunkBytesMax) this.#cut();
    // What is left is less than the largest chunk: moved to the front rarely, and so little by little.
    if (this.#buffer.length - this.#end < contentRoomMin) this.#rewind();
  }

  write(bytes: Bytes): void {
    for (let at = 0; at < bytes.length; ) {
      const room = this.room();
      const piece = bytes.subarray(at, at + room.length);
      room.set(piece);
      this.wrote(piece.length);
      at += piece.length;
    }
  }

  /** A buffer and its cuts, for whoever cuts a content himself: into `chunk` and `known`, and nothing into `wrote`. */
  get cutter(): Cutter {
    return this.#cutter;
  }

  /** The next chunk, cut where it would be here; gives where it lies, null for zeros. */
  chunk(bytes: Bytes): ChunkRef | null {
    assert(this.#end === this.#start && !this.#whole, "nothing waits to be cut");
    return this.#add(bytes);
  }

  /** The same of a chunk that is stored and live. */
  known(ref: ChunkRef): void {
    assert(this.#end === this.#start && !this.#whole, "nothing waits to be cut");
    this.#list.add({ kind: "chunk", ref, lengthBytes: ref.lengthBytes });
  }

  /** A hole of a sparse file. */
  hole(lengthBytes: number): void {
    this.#flush();
    this.#list.add({ kind: "hole", lengthBytes });
  }

  end(): Content {
    this.#flush();
    return this.#list.end();
  }

  #flush(): void {
    while (this.#end > this.#start) this.#cut();
    this.#start = 0;
    this.#end = 0;
  }

  #cut(): void {
    const left = this.#end - this.#start;
    const length = this.#whole ? left : this.#cutter.cut(this.#start, this.#end);
    this.#add(this.#buffer.subarray(this.#start, this.#start + length));
    this.#start += length;
  }

  #add(bytes: Bytes): ChunkRef | null {
    // A block of nothing but zeros becomes a hole of the image, so zeros are said, not stored.
    const lengthBytes = bytes.length;
    const ref = isZero(bytes) ? null : this.#sink.putData(bytes);
    this.#list.add(ref === null ? { kind: "zeros", lengthBytes } : { kind: "chunk", ref, lengthBytes });
    return ref;
  }

  #rewind(): void {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** The least that `room` gives. */
const contentRoomMin = 0x10_0000;

/** Whether there is nothing but zeros. */
export function isZero(bytes: Bytes): boolean {
  for (let index = 0; index < bytes.length; index++) if (bytes[index] !== 0) return false;
  return true;
}

/** Collects extents; once they are too many for an entry they move into extent lists, level by level. */
export class ExtentList {
  readonly #sink: ChunkSink;
  readonly #levels: Extent[][] = [[]];
  #sizeBytes = 0;

  constructor(sink: ChunkSink) {
    this.#sink = sink;
  }

  add(extent: Extent): void {
    this.#sizeBytes += extent.lengthBytes;
    this.#push(0, extent);
  }

  end(): Content {
    let depth = 0;
    while (this.#level(depth).length > inlineExtentsMax || this.#levels.length > depth + 1) {
      this.#fold(depth);
      depth++;
    }
    return { sizeBytes: this.#sizeBytes, depth, extents: this.#level(depth) };
  }

  #push(depth: number, extent: Extent): void {
    const level = this.#level(depth);
    level.push(extent);
    if (level.length === listExtentsMax) this.#fold(depth);
  }

  /** Stores the level as one list and refers to it from the level above. */
  #fold(depth: number): void {
    const list = this.#level(depth);
    if (list.length === 0) return;
    this.#levels[depth] = [];
    const writer = new ByteWriter();
    writeExtents(writer, list);
    let lengthBytes = 0;
    for (const extent of list) lengthBytes += extent.lengthBytes;
    this.#push(depth + 1, { kind: "chunk", ref: this.#sink.putCatalogue(writer.take()), lengthBytes });
  }

  #level(depth: number): Extent[] {
    let level = this.#levels[depth];
    if (level === undefined) {
      level = [];
      this.#levels[depth] = level;
    }
    return level;
  }
}
