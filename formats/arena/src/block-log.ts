import { assert, type Bytes } from "@casaforte/kernel";
import { blockSizeBytes } from "./limits.ts";

/** Takes each finished block, once. The bytes are the receiver's own from then on. */
export type OnBlock = (index: number, bytes: Uint8Array) => void;
/** Gives room for one block. */
export type NewBlock = () => Uint8Array;

/** Copies all of `from` into a block, to begin at `at`. */
export type CopyBytes = (from: Bytes, block: Uint8Array, at: number) => void;

export interface BlockStream {
  readonly onBlock: OnBlock;
  readonly newBlock: NewBlock;
  readonly copy: CopyBytes;
}

/** Hands out block indexes in runs; both logs of a writer share one. */
export class BlockAllocator {
  #next: number;

  constructor(firstBlock: number) {
    this.#next = firstBlock;
  }

  /** One past the highest index handed out. */
  get end(): number {
    return this.#next;
  }

  take(blocks: number): number {
    this.#next += blocks;
    return this.#next - blocks;
  }
}

/**
 * Appends chunks to runs of consecutive blocks. A chunk never leaves its run: what is left of one that is too short
 * stays zero, which the container stores as next to nothing.
 */
export class BlockLog {
  readonly #allocator: BlockAllocator;
  readonly #runBlocks: number;
  readonly #stream: BlockStream;
  #block: Uint8Array | null = null;
  #index = 0;
  #used = 0;
  #runEnd = 0;

  constructor(allocator: BlockAllocator, runBlocks: number, stream: BlockStream) {
    this.#allocator = allocator;
    this.#runBlocks = runBlocks;
    this.#stream = stream;
  }

  /** Returns the byte address. */
  append(bytes: Bytes): number {
    assert(bytes.length > 0 && bytes.length <= this.#runBlocks * blockSizeBytes, "a chunk fits into one run");
    if (bytes.length > this.#leftInRun()) this.#startRun();
    const address = this.#index * blockSizeBytes + this.#used;
    let done = 0;
    while (done < bytes.length) {
      this.#block ??= this.#stream.newBlock();
      const piece = Math.min(bytes.length - done, blockSizeBytes - this.#used);
      this.#stream.copy(bytes.subarray(done, done + piece), this.#block, this.#used);
      this.#used += piece;
      done += piece;
      if (this.#used === blockSizeBytes) this.close();
    }
    return address;
  }

  /** Emits the block in work, padded with zeros. The next chunk begins a new block. */
  close(): void {
    if (this.#block === null) return;
    this.#block.fill(0, this.#used);
    this.#stream.onBlock(this.#index, this.#block);
    this.#block = null;
    this.#used = 0;
    this.#index++;
  }

  #leftInRun(): number {
    return (this.#runEnd - this.#index) * blockSizeBytes - this.#used;
  }

  #startRun(): void {
    this.close();
    this.#index = this.#allocator.take(this.#runBlocks);
    this.#runEnd = this.#index + this.#runBlocks;
  }
}
