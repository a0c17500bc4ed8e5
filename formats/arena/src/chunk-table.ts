import type { ChunkId, ChunkRef } from "./chunk-ref.ts";
import { chunkIdBytes } from "./limits.ts";

/**
 * Chunk id → place, for deduplication: an open-addressed table in typed arrays, about 90 bytes a chunk, because a Map
 * of strings takes three times that and a terabyte of data has a million chunks.
 */
export class ChunkTable {
  #capacity = 1024;
  #count = 0;
  #ids = new Uint8Array(this.#capacity * chunkIdBytes);
  #addresses = new Float64Array(this.#capacity);
  #lengths = new Uint32Array(this.#capacity);

  get count(): number {
    return this.#count;
  }

  find(id: ChunkId): ChunkRef | undefined {
    const slot = this.#slot(id);
    const lengthBytes = this.#lengths[slot] ?? 0;
    return lengthBytes === 0 ? undefined : { id, address: this.#addresses[slot] ?? 0, lengthBytes };
  }

  /** The first place wins; a second for the same id is ignored. */
  add(ref: ChunkRef): void {
    if (this.#count * 2 >= this.#capacity) this.#grow();
    const slot = this.#slot(ref.id);
    if (this.#lengths[slot] !== 0) return;
    this.#ids.set(ref.id, slot * chunkIdBytes);
    this.#addresses[slot] = ref.address;
    this.#lengths[slot] = ref.lengthBytes;
    this.#count++;
  }

  #slot(id: ChunkId): number {
    const mask = this.#capacity - 1;
    // An id is a keyed hash, so its own first bytes are as good as any hash of it.
    let slot = ((id[0] ?? 0) | ((id[1] ?? 0) << 8) | ((id[2] ?? 0) << 16) | ((id[3] ?? 0) << 24)) & mask;
    while (this.#lengths[slot] !== 0 && !this.#same(slot, id)) slot = (slot + 1) & mask;
    return slot;
  }

  #same(slot: number, id: ChunkId): boolean {
    const at = slot * chunkIdBytes;
    for (let index = 0; index < chunkIdBytes; index++) if (this.#ids[at + index] !== id[index]) return false;
    return true;
  }

  #grow(): void {
    const { ids, addresses, lengths } = { ids: this.#ids, addresses: this.#addresses, lengths: this.#lengths };
    this.#capacity *= 2;
    this.#ids = new Uint8Array(this.#capacity * chunkIdBytes);
    this.#addresses = new Float64Array(this.#capacity);
    this.#lengths = new Uint32Array(this.#capacity);
    this.#count = 0;
    for (let slot = 0; slot < lengths.length; slot++) {
      const lengthBytes = lengths[slot] ?? 0;
      if (lengthBytes === 0) continue;
      const id = ids.subarray(slot * chunkIdBytes, (slot + 1) * chunkIdBytes);
      this.add({ id, address: addresses[slot] ?? 0, lengthBytes });
    }
  }
}
