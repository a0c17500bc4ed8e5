import { Failure } from "@casaforte/kernel";
import type { VaultClient } from "@casaforte/vault";
import type { Container, StoredBlock } from "@casaforte/vbk";
import { downloadGapBytes, downloadSlotBytes, plainBlocksAhead, plainBlocksKept, plainBlocksMax } from "../limits.ts";
import type { HeldBlock } from "../tree/file-port.ts";
import type { UnsealPool } from "./unseal-pool.ts";

/** Where a block of the image is stored. */
export interface BlockPlace {
  readonly container: Container;
  readonly fileId: string;
  readonly block: StoredBlock;
}

export interface BlockReaderOptions {
  readonly pool: UnsealPool;
  readonly vault: Pick<VaultClient, "readInto">;
  readonly signal?: AbortSignal | undefined;
  /** Null for a hole. */
  readonly locate: (imageBlock: number) => BlockPlace | null;
  readonly imageBlocks: number;
}

interface Wanted extends BlockPlace {
  readonly imageBlock: number;
  readonly slot: number;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

interface Cached {
  readonly slot: number;
  readonly bytes: Promise<Uint8Array>;
  settled: boolean;
  /** Somebody asked for it; what was only fetched ahead is still to be. */
  asked: boolean;
  /** Whoever needs its bytes to stay. */
  holders: number;
}

type CacheEntry = readonly [imageBlock: number, cached: Cached];

const isThere = ({ settled, holders }: Cached): boolean => settled && holders === 0;
const isUsed = ([, cached]: CacheEntry): boolean => cached.asked && isThere(cached);
const isAny = ([, cached]: CacheEntry): boolean => isThere(cached);

/** Blocks that are read one after the other: those of the files, or those of the catalogue between them. */
interface Stream {
  last: number;
  /** How often it went on. */
  steps: number;
  /** The last block asked for ahead. */
  ahead: number;
  /** How many blocks the reader had gone on to, all streams together, when this one was read last. */
  turn: number;
}

/** A read this little behind another one goes on with it. */
const nearBlocks = 4;
const streamsMax = 4;
/** A stream that was not read while the others went on so many blocks is over: what was fetched for it may go. */
const turnsAwaited = 64;
/** A single file of some MiB is no reason to read ahead. */
const stepsBeforeAhead = 2;
const blocksAheadForStep = 4;
const aloneMax = 8;

/**
 * Reads image blocks through an opening pool: who reads on gets blocks that were fetched ahead, neighbours in one
 * request. A block's bytes are valid until some few others were read.
 */
export class BlockReader {
  readonly #options: BlockReaderOptions;
  readonly #cache = new Map<number, Cached>();
  #groups: Wanted[][] = [];
  readonly #streams: Stream[] = [];
  #turn = 0;
  readonly #alone = new Map<number, Promise<Uint8Array>>();

  constructor(options: BlockReaderOptions) {
    this.#options = options;
  }

  /** A stored block. @throws corrupt `vbk.block_*`, and what the vault throws. */
  read(imageBlock: number): Promise<Uint8Array> {
    return this.#cached(imageBlock)?.bytes ?? this.#readAlone(imageBlock);
  }

  /** The same, whose bytes stay until it is released. */
  async hold(imageBlock: number): Promise<HeldBlock> {
    const cached = this.#cached(imageBlock);
    // What was opened alone lies in memory of its own.
    if (cached === null) return { bytes: await this.#readAlone(imageBlock), release: () => undefined };
    cached.holders++;
    const release = () => void cached.holders--;
    try {
      return { bytes: await cached.bytes, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The block in the pool, fetched now if need be; null when it is to be read alone. */
  #cached(imageBlock: number): Cached | null {
    const stream = this.#streamOf(imageBlock);
    const isOn = stream.steps >= stepsBeforeAhead;
    // Single reads, as of a catalogue, are no work for threads.
    if (!isOn && !this.#cache.has(imageBlock)) return null;
    const wanted: Wanted[] = [];
    if (!this.#cache.has(imageBlock)) {
      // Nothing of what was fetched ahead is there any more.
      stream.ahead = imageBlock;
      this.#want(imageBlock, wanted);
    }
    stream.ahead = Math.max(stream.ahead, imageBlock);
    if (isOn) this.#readAhead(stream, wanted);
    // What waits for its turn may have got neighbours.
    if (wanted.length > 0) this.#groups = groupsOf([...this.#groups.flat(), ...wanted]);
    this.#fetchNext();
    const cached = this.#cache.get(imageBlock);
    if (cached === undefined) return null;
    cached.asked = true;
    this.#cache.delete(imageBlock);
    this.#cache.set(imageBlock, cached);
    return cached;
  }

  /**
   * The further a stream went on, the more of it is fetched ahead. A few blocks at a time would make a request for each:
   * the next are asked for when there is room for a good number.
   */
  #readAhead(stream: Stream, wanted: Wanted[]): void {
    // Several that are read in turn share the room.
    const sharers = this.#streams.filter((other) => other === stream || this.#isAwaited(other)).length;
    const roomMax = Math.floor(plainBlocksKept / sharers);
    const aheadMax = Math.min(plainBlocksAhead, roomMax, blocksAheadForStep * stream.steps);
    const left = stream.ahead - stream.last;
    const room = this.#roomAhead();
    if (left > aheadMax / 2 || (room < aheadMax / 2 && left > 1)) return;
    const until = Math.min(this.#options.imageBlocks - 1, stream.last + aheadMax, stream.ahead + room);
    for (let next = stream.ahead + 1; next <= until; next++) if (!this.#cache.has(next)) this.#want(next, wanted);
    stream.ahead = Math.max(stream.ahead, until);
  }

  /** Blocks that could be asked for now. */
  #roomAhead(): number {
    const { blocks } = this.#options.pool;
    let room = plainBlocksMax - blocks.inUse;
    for (const entry of this.#cache) if (isUsed(entry) || this.#isLeft(entry)) room++;
    return room;
  }

  /** Whether somebody may still go on with what was fetched for it. */
  #isAwaited({ last, ahead, turn }: Stream): boolean {
    return ahead > last && this.#turn - turn <= turnsAwaited;
  }

  /** Fetched ahead for whoever went on elsewhere. */
  #isLeft([imageBlock, cached]: CacheEntry): boolean {
    const isFor = (stream: Stream) => imageBlock > stream.last && imageBlock <= stream.ahead && this.#isAwaited(stream);
    return !cached.asked && isThere(cached) && !this.#streams.some(isFor);
  }

  /** The sequence that this read goes on with, or a new one in the place of the one that was not gone on with longest. */
  #streamOf(imageBlock: number): Stream {
    const at = this.#streams.findIndex(({ last }) => imageBlock >= last && imageBlock - last <= nearBlocks);
    const [found] = at < 0 ? [] : this.#streams.splice(at, 1);
    const stream = found ?? { last: imageBlock, steps: 0, ahead: imageBlock, turn: 0 };
    if (found === undefined || imageBlock > stream.last) this.#turn++;
    if (imageBlock > stream.last) stream.steps++;
    stream.last = imageBlock;
    stream.turn = this.#turn;
    this.#streams.push(stream);
    if (this.#streams.length > streamsMax) this.#streams.shift();
    return stream;
  }

  /** Takes a slot for the block, if there is one to be had, and notes that it is to be fetched. */
  #want(imageBlock: number, wanted: Wanted[]): void {
    const place = this.#options.locate(imageBlock);
    if (place === null || place.block.storedSize > downloadSlotBytes) return;
    const { blocks } = this.#options.pool;
    if (blocks.isEmpty || blocks.inUse >= plainBlocksKept) this.#evict();
    const slot = blocks.take();
    if (slot === null) return;
    const settled = Promise.withResolvers<void>();
    const cached: Cached = {
      slot,
      bytes: settled.promise.then(() => blocks.bytes(slot)),
      settled: false,
      asked: false,
      holders: 0,
    };
    const settle = () => (cached.settled = true);
    settled.promise.then(settle, settle);
    // A block fetched ahead may fail before anybody asks for it; whoever asks gets the failure then.
    cached.bytes.catch(() => undefined);
    this.#cache.set(imageBlock, cached);
    wanted.push({ ...place, imageBlock, slot, done: settled.resolve, fail: settled.reject });
  }

  /** Gives up the block that was used longest ago, or else one that nobody waits for; any other when there is no other room. */
  #evict(): void {
    const { isEmpty } = this.#options.pool.blocks;
    const isLeft = (entry: CacheEntry) => this.#isLeft(entry);
    for (const mayGo of isEmpty ? [isUsed, isLeft, isAny] : [isUsed, isLeft]) if (this.#evictOne(mayGo)) return;
  }

  #evictOne(mayGo: (entry: CacheEntry) => boolean): boolean {
    for (const entry of this.#cache) {
      if (!mayGo(entry)) continue;
      const [imageBlock, cached] = entry;
      this.#cache.delete(imageBlock);
      this.#options.pool.blocks.give(cached.slot);
      return true;
    }
    return false;
  }

  #fetchNext(): void {
    const { stored } = this.#options.pool;
    for (let group = this.#groups[0]; group !== undefined; group = this.#groups[0]) {
      const slot = stored.take();
      if (slot === null) return;
      this.#groups.shift();
      this.#fetch(group, slot).finally(() => {
        stored.give(slot);
        this.#fetchNext();
      });
    }
  }

  /** One request for a group, then each of its blocks to a thread. */
  async #fetch(group: readonly Wanted[], slot: number): Promise<void> {
    const { pool, vault, signal } = this.#options;
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) return;
    const from = first.block.offset;
    const room = pool.stored.bytes(slot).subarray(0, last.block.offset + last.block.storedSize - from);
    try {
      await vault.readInto(first.fileId, from, room, signal === undefined ? {} : { signal });
    } catch (error) {
      await this.#singly(group, error);
      return;
    }
    await Promise.all(
      group.map(async ({ container, block, slot: into, done, fail }) => {
        try {
          const keys = container.threadKeys(block.keySetId);
          if (keys === null) throw new Failure("corrupt", "vbk.not_sealed", "the file is not sealed");
          const { storedSize, sourceSize, compression } = block;
          // A view would take all that it looks into along to the thread: the tags of every block of the file.
          const hmac = block.hmac.slice();
          const at = room.byteOffset + block.offset - from;
          await pool.open({ at, block: { storedSize, sourceSize, compression, hmac }, keys, slot: into });
          done();
        } catch (error) {
          fail(error);
        }
      }),
    );
  }

  /** What is damaged in the vault costs its own blocks, and not the others that were asked for with them. */
  async #singly(group: readonly Wanted[], error: unknown): Promise<void> {
    const isDamage = error instanceof Failure && error.kind === "corrupt";
    for (const { container, block, slot, done, fail } of group) {
      if (!isDamage) {
        fail(error);
        continue;
      }
      await container.readStored(block.storeIndex).then((bytes) => {
        this.#options.pool.blocks.bytes(slot).set(bytes);
        done();
      }, fail);
    }
  }

  /** Opened in this thread; the last few are kept, since a catalogue has many pages in one block. */
  #readAlone(imageBlock: number): Promise<Uint8Array> {
    const known = this.#alone.get(imageBlock);
    if (known !== undefined) return known;
    const place = this.#options.locate(imageBlock);
    if (place === null) throw new Failure("corrupt", "agent.chain", "an image block went missing");
    const bytes = place.container.readStored(place.block.storeIndex);
    this.#alone.set(imageBlock, bytes);
    for (const oldest of this.#alone.keys()) {
      if (this.#alone.size <= aloneMax) break;
      this.#alone.delete(oldest);
    }
    return bytes;
  }
}

const firstOf = (group: readonly Wanted[]): number => Math.min(...group.map(({ imageBlock }) => imageBlock));

/** Neighbours in a file, as far as one request's room goes; first what is read first. */
function groupsOf(wanted: readonly Wanted[]): Wanted[][] {
  const sorted = [...wanted].sort((a, b) =>
    a.fileId === b.fileId ? a.block.offset - b.block.offset : a.fileId < b.fileId ? -1 : 1,
  );
  const groups: Wanted[][] = [];
  for (const next of sorted) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const last = group?.at(-1);
    const fits =
      first !== undefined &&
      last !== undefined &&
      last.fileId === next.fileId &&
      next.block.offset - (last.block.offset + last.block.storedSize) <= downloadGapBytes &&
      next.block.offset + next.block.storedSize - first.block.offset <= downloadSlotBytes;
    if (fits) group?.push(next);
    else groups.push([next]);
  }
  return groups.sort((a, b) => firstOf(a) - firstOf(b));
}
