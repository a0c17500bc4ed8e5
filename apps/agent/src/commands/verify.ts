import { type ArenaReader, blockSizeBytes, type Content, openArena } from "@casaforte/arena";
import { Failure, type Random } from "@casaforte/kernel";
import type { ChainImage } from "../chain/chain-image.ts";
import { chunkHash } from "../chain/chunk-hash.ts";
import type { ShownNote } from "../notes.ts";
import { ChunkFeed, type HeldBlocks } from "../tree/chunk-feed.ts";
import type { ChunkWork } from "../tree/file-work.ts";
import { reasonOf } from "../tree/note.ts";
import { isDamage } from "../tree/write-tree.ts";
import type { ReadContext } from "./context.ts";
import { openPoint } from "./open-point.ts";

export interface VerifyPointResult {
  readonly result: "ok" | "partial";
  readonly pointId: string;
  readonly chainId: string;
  readonly files: number;
  readonly bytes: number;
  readonly blocks: number;
  readonly lost: number;
  readonly notes: readonly ShownNote[];
}

/** A part of a point, chosen anew each time: about so many bytes. */
export interface Sample {
  readonly bytes: number;
  readonly random: Random;
}

/**
 * Reads a whole point, or a random sample of its chunks, as a restore would, and writes nothing: every container's metadata, every stored block of the
 * image, every chunk of every file. Names the files that damage would cost.
 */
export async function verify(context: ReadContext, sample?: Sample): Promise<VerifyPointResult> {
  const { point, notes, signal } = context;
  using image = await openPoint(context, { pooled: true });
  const reader = await openArena((block) => image.readBlock(block), chunkHash);
  const walk = new VerifyWalk(context, { reader, image }, sample && drawing(sample, image));
  try {
    await walk.directory(Buffer.from("/"), reader.superblock.root);
  } finally {
    await walk.drain();
  }
  walk.throwIfStopped();
  let blocks = 0;
  for (let block = 0; sample === undefined && block < image.blocks; block++) {
    signal.throwIfAborted();
    if (!image.isLive(block)) continue;
    blocks++;
    // The files' blocks are counted by the walk; blocks of no file of this point belong to an older one or the index.
    if (walk.seen[block] === 1) continue;
    await image.readBlock(block).catch((error: unknown) => walk.damaged(Buffer.from(`block ${block}`), error));
  }
  return {
    result: notes.lost > 0 ? "partial" : "ok",
    pointId: point.pointId,
    chainId: point.chainId,
    files: walk.files,
    bytes: walk.bytes,
    blocks,
    lost: notes.lost,
    notes: notes.kept,
  };
}

/** Whether a chunk belongs to the sample: each by the share that the sample has of what the point stores. */
function drawing(sample: Sample, image: { readonly blocks: number; isLive(block: number): boolean }): () => boolean {
  let live = 0;
  for (let block = 0; block < image.blocks; block++) if (image.isLive(block)) live++;
  const share = sample.bytes / Math.max(1, live * blockSizeBytes);
  return () => new DataView(sample.random.bytes(4).buffer).getUint32(0) < share * 2 ** 32;
}

class VerifyWalk {
  /** 1 for each block that was read. */
  readonly seen: Uint8Array;
  files = 0;
  bytes = 0;
  readonly #context: ReadContext;
  readonly #reader: ArenaReader;
  readonly #feed: ChunkFeed;
  readonly #isDrawn: () => boolean;
  readonly #isWhole: boolean;
  #stopped: { readonly error: unknown } | null = null;

  constructor(
    context: ReadContext,
    { reader, image }: { readonly reader: ArenaReader; readonly image: ChainImage },
    isDrawn: (() => boolean) | undefined,
  ) {
    this.#context = context;
    this.#reader = reader;
    this.seen = new Uint8Array(image.blocks);
    this.#feed = new ChunkFeed(reader, image.files);
    this.#isDrawn = isDrawn ?? (() => true);
    this.#isWhole = isDrawn === undefined;
  }

  drain(): Promise<void> {
    return this.#feed.drain();
  }

  throwIfStopped(): void {
    if (this.#stopped !== null) throw this.#stopped.error;
  }

  async directory(path: Buffer, content: Content): Promise<void> {
    try {
      for await (const entry of this.#reader.entries(content)) {
        this.#context.signal.throwIfAborted();
        const slash = path.length > 1 ? "/" : "";
        const inside = Buffer.concat([path, Buffer.from(slash), entry.name]);
        if (entry.type === "directory") await this.directory(inside, entry.content);
        if (entry.type === "file") await this.#file(inside, entry.content);
      }
    } catch (error) {
      this.damaged(path, error);
    }
  }

  damaged(path: Buffer, error: unknown): void {
    if (!isDamage(error)) throw error;
    const code = error instanceof Failure ? error.code : "damaged";
    this.#context.notes.add({ level: "lost", code, path, message: reasonOf(error) });
  }

  async #file(path: Buffer, content: Content): Promise<void> {
    /** Each file is named once, whatever of it is damaged. */
    const file = { path, isDamaged: false };
    let drawn = 0;
    try {
      for await (const extent of this.#reader.extents(content)) {
        this.throwIfStopped();
        if (file.isDamaged) break;
        if (extent.kind !== "chunk" || !this.#isDrawn()) continue;
        drawn++;
        await this.#feed.room(none);
        const held: HeldBlocks = new Map();
        try {
          this.#check(file, await this.#feed.take(extent, extent.ref, held), held);
        } catch (error) {
          for (const { release } of held.values()) release();
          throw error;
        }
      }
    } catch (error) {
      drawn++;
      if (!file.isDamaged) this.damaged(path, error);
      file.isDamaged = true;
    }
    if (drawn > 0 || this.#isWhole) this.files++;
  }

  #check(file: { readonly path: Buffer; isDamaged: boolean }, chunk: ChunkWork, held: HeldBlocks): void {
    this.#feed.send(held, async () => {
      try {
        const error = await this.#feed.compare(chunk);
        if (error !== null) throw error;
        for (const block of held.keys()) this.seen[block] = 1;
        for (const { length } of chunk.pieces) this.bytes += length;
        this.#context.onProgress({ phase: "verifying", files: this.files, bytes: this.bytes, sentBytes: 0 });
      } catch (error) {
        if (!isDamage(error)) this.#stopped ??= { error };
        else if (!file.isDamaged) this.damaged(file.path, error);
        file.isDamaged = true;
      }
    });
  }
}

const none: HeldBlocks = new Map();
