import type { ChunkId, ChunkRef } from "./chunk-ref.ts";

/** Of a record in words of 32 bits: half of the id (4), address (2), length. */
const recordWords = 7;
const [addressLow, addressHigh, lengthWord] = [4, 5, 6];
const shardCount = 64;
const slotsAtFirst = 64;

/**
 * Chunk id → place, for deduplication: open-addressed tables in typed arrays, 28 to 56 bytes a chunk, because a Map of
 * strings takes some two hundred and a million small files have a million chunks. There are many small tables, so that
 * none is large when it must be copied into one of twice its size. Half of an id is compared: 128 bits of a keyed hash are
 * never the same by accident, and nobody without the key can make them so.
 */
export class ChunkTable {
  readonly #shards = Array.from({ length: shardCount }, () => new Shard());
  readonly #key = new Uint32Array(4);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  find(id: ChunkId): ChunkRef | undefined {
    const { words, at } = this.#look(id);
    const lengthBytes = words[at + lengthWord] ?? 0;
    if (lengthBytes === 0) return undefined;
    const address = (words[at + addressHigh] ?? 0) * 2 ** 32 + (words[at + addressLow] ?? 0);
    return { id, address, lengthBytes };
  }

  /** The first place wins; a second for the same id is ignored. */
  add(ref: ChunkRef): void {
    const { shard, words, at } = this.#look(ref.id);
    if (words[at + lengthWord] !== 0) return;
    words.set(this.#key, at);
    words[at + addressLow] = ref.address % 2 ** 32;
    words[at + addressHigh] = Math.floor(ref.address / 2 ** 32);
    words[at + lengthWord] = ref.lengthBytes;
    this.#count++;
    shard.added();
  }

  /** Where an id is, or would be. */
  #look(id: ChunkId): { readonly shard: Shard; readonly words: Uint32Array; readonly at: number } {
    const key = this.#key;
    for (let word = 0; word < 4; word++) {
      const at = word * 4;
      key[word] = (id[at] ?? 0) | ((id[at + 1] ?? 0) << 8) | ((id[at + 2] ?? 0) << 16) | ((id[at + 3] ?? 0) << 24);
    }
    const shard = this.#shards[(key[3] ?? 0) % shardCount] ?? new Shard();
    return { shard, words: shard.words, at: shard.slot(key) };
  }
}

class Shard {
  words = new Uint32Array(slotsAtFirst * recordWords);
  #slots = slotsAtFirst;
  #count = 0;

  /** Where a record with this key stands, or the free place for it. An id is a hash: its own bits spread well enough. */
  slot(key: Uint32Array): number {
    const { words } = this;
    const mask = this.#slots - 1;
    for (let slot = (key[0] ?? 0) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * recordWords;
      if (words[at + lengthWord] === 0) return at;
      if (words[at] === key[0] && words[at + 1] === key[1] && words[at + 2] === key[2] && words[at + 3] === key[3])
        return at;
    }
  }

  /** One more record: at half of its slots the table doubles. */
  added(): void {
    if (++this.#count * 2 < this.#slots) return;
    const old = this.words;
    this.#slots *= 2;
    this.words = new Uint32Array(this.#slots * recordWords);
    for (let at = 0; at < old.length; at += recordWords) {
      if (old[at + lengthWord] === 0) continue;
      const record = old.subarray(at, at + recordWords);
      this.words.set(record, this.slot(record));
    }
  }
}
