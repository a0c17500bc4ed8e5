import type { ArenaReader, ChunkRef, PlacedExtent } from "@casaforte/arena";
import { Failure } from "@casaforte/kernel";
import { blocksHeldMax, checkHereBytesMax } from "../limits.ts";
import type { FilePort, HeldBlock } from "./file-port.ts";
import { type ChunkWork, type WorkFailure, writeChunk } from "./file-work.ts";

/** Blocks that one work needs, each held once. */
export type HeldBlocks = Map<number, HeldBlock>;

/** Takes chunks out of a point's blocks and keeps as many works on their way as its blocks allow. */
export class ChunkFeed {
  readonly #reader: ArenaReader;
  readonly #port: FilePort;
  /** Blocks that are held, and those who wait for them to become fewer. */
  #held = 0;
  #waiting: (() => void)[] = [];
  readonly #onTheirWay = new Set<Promise<void>>();

  constructor(reader: ArenaReader, port: FilePort) {
    this.#reader = reader;
    this.#port = port;
  }

  /** Whether all of a chunk lies in blocks that are held already. */
  lies(ref: ChunkRef, held: HeldBlocks): boolean {
    return this.#reader.spans(ref).every(({ block }) => held.has(block));
  }

  /** The chunk's bytes; what it needs of more blocks is held, too. @throws corrupt, and what the vault throws. */
  async take({ offsetBytes }: PlacedExtent, ref: ChunkRef, held: HeldBlocks): Promise<ChunkWork> {
    const pieces: Uint8Array[] = [];
    for (const { block, start, lengthBytes } of this.#reader.spans(ref)) {
      const found = held.get(block) ?? (await this.#hold(block));
      held.set(block, found);
      pieces.push(found.bytes.subarray(start, start + lengthBytes));
    }
    return { id: ref.id, offsetBytes, pieces };
  }

  /** Null when the chunk is what its id says, else the error. */
  async compare(chunk: ChunkWork): Promise<unknown> {
    const terms = { chunkKey: this.#reader.superblock.chunkKey, asRoot: false };
    const lengthBytes = chunk.pieces.reduce((sum, { length }) => sum + length, 0);
    const isSmall = lengthBytes <= checkHereBytesMax;
    return errorOf(isSmall ? writeChunk(null, chunk, terms) : await this.#port.chunk(null, chunk, terms));
  }

  /** Starts a work, which throws nothing; the blocks are let go when it is done. */
  send(held: HeldBlocks, work: () => Promise<void>): void {
    const way = work().finally(() => {
      this.#onTheirWay.delete(way);
      for (const { release } of held.values()) release();
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.#onTheirWay.add(way);
  }

  /** Waits until few enough blocks are held for another work. `own` are held by who asks. */
  async room(own: HeldBlocks): Promise<void> {
    while (this.#held - own.size >= blocksHeldMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when no work is on its way. */
  async drain(): Promise<void> {
    while (this.#onTheirWay.size > 0) await Promise.all(this.#onTheirWay);
  }

  async #hold(block: number): Promise<HeldBlock> {
    const { bytes, release } = await this.#port.hold(block);
    this.#held++;
    return {
      bytes,
      release: () => {
        this.#held--;
        release();
      },
    };
  }
}

/** A work's failure as the error it stands for. */
export function errorOf(failure: WorkFailure | null): unknown {
  if (failure === null) return null;
  if (failure.kind === "damaged") return new Failure("corrupt", "arena.corrupt", "chunk hash differs");
  return Object.assign(new Error(failure.message), { code: failure.code });
}
