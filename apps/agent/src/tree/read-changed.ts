import { readSync } from "node:fs";
import { type ContentWriter, chunkBytesAverage, chunkBytesMax, type PlacedExtent } from "@casaforte/arena";
import { equalBytes, Failure } from "@casaforte/kernel";
import type { ChunkComparer } from "../ahead/chunk-comparer.ts";
import { bytesBetweenComparisons, chunksAheadMax, chunksComparedMax } from "../limits.ts";

/** What a large file was when the parent was made. */
export interface EarlierContent {
  /** In order. */
  readonly extents: AsyncGenerator<PlacedExtent>;
  readonly isLive: (chunk: PlacedChunk) => boolean;
  readonly comparer: Pick<ChunkComparer, "compare">;
}

export interface ReadChangedInput {
  readonly fd: number;
  /** Read as far as this, or to the file's end when that comes before. */
  readonly sizeBytes: number;
  readonly file: ContentWriter;
  readonly earlier: EarlierContent;
  readonly pace: (lengthBytes: number) => Promise<void> | undefined;
}

export type PlacedChunk = Extract<PlacedExtent, { kind: "chunk" }>;

/**
 * Reads a large file that was another one when the parent was made. Where a chunk of then is there again, a cut from where it
 * begins would end where it ends: it need only be compared. What is between is cut, until one of those chunks follows. So
 * the chunks are those that `ContentWriter` would make. @throws the system's error.
 */
export const readChanged = (input: ReadChangedInput): Promise<void> => new ChangedFile(input).read();

class ChangedFile {
  readonly #input: ReadChangedInput;
  readonly #cutting: Cutting;
  readonly #ahead: ChunksAhead;
  #at = 0;
  /** How far the file lies behind what it was: chunks are expected so many bytes later. */
  #shift = 0;
  #isOver = false;
  /** Where comparing is tried again, after there was nothing the same. */
  #compareFrom = 0;

  constructor(input: ReadChangedInput) {
    this.#input = input;
    this.#cutting = new Cutting(input);
    this.#ahead = new ChunksAhead(input.earlier);
  }

  async read(): Promise<void> {
    while (!this.#isOver && this.#at < this.#input.sizeBytes) {
      await this.#ahead.from(this.#at - this.#shift);
      const chunks = this.#at < this.#compareFrom ? [] : this.#ahead.next;
      if (chunks.length === 0) await this.#cut();
      else await this.#compare(chunks);
    }
  }

  async #compare(chunks: readonly PlacedChunk[]): Promise<void> {
    const { fd, earlier } = this.#input;
    const shift = this.#shift;
    const placed = chunks.map(({ ref, offsetBytes, lengthBytes }) => ({
      offsetBytes: offsetBytes + shift,
      lengthBytes,
      id: ref.id,
    }));
    const same = await earlier.comparer.compare(fd, placed);
    if (!same.includes(true)) this.#compareFrom = this.#at + bytesBetweenComparisons;
    for (const [index, chunk] of chunks.entries()) {
      const start = chunk.offsetBytes + shift;
      while (this.#at < start || (this.#at === start && same[index] !== true)) {
        await this.#cut();
        if (this.#isOver || this.#shift !== shift) return;
      }
      if (this.#at === start) await this.#passed(chunk.lengthBytes, () => this.#input.file.known(chunk.ref));
    }
  }

  /** Cuts one chunk off what follows. */
  async #cut(): Promise<void> {
    const bytes = this.#cutting.next(this.#at);
    this.#isOver = bytes.length === 0;
    if (this.#isOver) return;
    await this.#passed(bytes.length, () => {
      const ref = this.#input.file.chunk(bytes);
      const found = ref === null ? null : this.#ahead.find(ref.id, this.#at - this.#shift);
      if (found === null) return;
      this.#shift = this.#at - found.offsetBytes;
      this.#compareFrom = 0;
    });
  }

  async #passed(lengthBytes: number, put: () => void): Promise<void> {
    put();
    this.#at += lengthBytes;
    const waiting = this.#input.pace(lengthBytes);
    if (waiting !== undefined) await waiting;
  }
}

function overAtDamage(error: unknown): IteratorReturnResult<undefined> {
  if (!(error instanceof Failure) || error.kind !== "corrupt") throw error;
  return { done: true, value: undefined };
}

/** The earlier chunks from a place on, some at a time. */
class ChunksAhead {
  readonly #earlier: EarlierContent;
  #chunks: PlacedChunk[] = [];
  #last: PlacedExtent | null = null;
  #isOver = false;

  constructor(earlier: EarlierContent) {
    this.#earlier = earlier;
  }

  /** Those to be compared next. */
  get next(): readonly PlacedChunk[] {
    return this.#chunks.slice(0, chunksComparedMax);
  }

  /** Drops what begins before a place. What cannot be read of then only saves no work: the rest is cut. */
  async from(offsetBytes: number): Promise<void> {
    const isBefore = (chunk: PlacedChunk) => chunk.offsetBytes < offsetBytes;
    while (this.#chunks[0] !== undefined && isBefore(this.#chunks[0])) this.#chunks.shift();
    while (!this.#isOver && this.#chunks.length < chunksAheadMax) {
      const next = await this.#earlier.extents.next().catch(overAtDamage);
      const before = this.#last;
      this.#isOver = next.done === true;
      this.#last = next.done === true ? null : next.value;
      // What ends with the content, or at a hole, ends there and not where its bytes would have it end.
      if (before?.kind !== "chunk" || this.#last === null || this.#last.kind === "hole") continue;
      if (!isBefore(before) && this.#earlier.isLive(before)) this.#chunks.push(before);
    }
  }

  /** The chunk of this id, at this place rather than at another. */
  find(id: Uint8Array, offsetBytes: number): PlacedChunk | null {
    const found = this.#chunks.filter(({ ref }) => equalBytes(ref.id, id));
    return found.find((chunk) => chunk.offsetBytes === offsetBytes) ?? found[0] ?? null;
  }
}

const sliceBytes = 0x10_0000;
/** Behind the average length, a cut within what is there is the one that more bytes would give. */
const cutBytesMin = 2 * chunkBytesAverage;

/** Cuts chunks off a file, wherever they begin. */
class Cutting {
  readonly #input: ReadChangedInput;
  /** What is read: from where in the file, and how much. */
  #from = 0;
  #length = 0;

  constructor(input: ReadChangedInput) {
    this.#input = input;
  }

  /** The bytes of the chunk that begins there, good until the next one is asked for; none at the file's end. @throws the system's error. */
  next(at: number): Uint8Array {
    const { cutter } = this.#input.file;
    if (at < this.#from || at > this.#from + this.#length) [this.#from, this.#length] = [at, 0];
    for (let isLast = false; ; ) {
      const start = at - this.#from;
      const left = this.#length - start;
      if (isLast || left >= cutBytesMin) {
        const length = cutter.cut(start, this.#length);
        if (isLast || length < left || length === chunkBytesMax) return cutter.buffer.subarray(start, start + length);
      }
      isLast = !this.#read(at);
    }
  }

  /** Reads on behind what there is; false at the end. */
  #read(at: number): boolean {
    const { fd, sizeBytes, file } = this.#input;
    const { buffer } = file.cutter;
    if (buffer.length - this.#length < sliceBytes) {
      buffer.copyWithin(0, at - this.#from, this.#length);
      this.#length -= at - this.#from;
      this.#from = at;
    }
    const end = this.#from + this.#length;
    const wanted = Math.min(sliceBytes, sizeBytes - end);
    const count = wanted <= 0 ? 0 : readSync(fd, buffer, this.#length, wanted, end);
    this.#length += count;
    return count > 0;
  }
}
