import type { ChainImage } from "@casaforte/vbk";
import { restoreLimits } from "./limits.ts";

/** Plain blocks of a point's image; whoever reads on finds the next ones fetched ahead. */
export class BlockCache {
  readonly #image: ChainImage;
  readonly #blocks = new Map<number, Promise<Uint8Array>>();

  constructor(image: ChainImage) {
    this.#image = image;
  }

  read(index: number): Promise<Uint8Array> {
    const readsOn = this.#blocks.has(index - 1);
    const wanted = this.#fetch(index);
    for (let ahead = 1; readsOn && ahead <= restoreLimits.readAheadBlocks; ahead++) {
      const next = index + ahead;
      if (next < this.#image.blocks && this.#image.locate(next).container !== null) this.#fetch(next);
    }
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= restoreLimits.cacheBlocks) break;
      this.#blocks.delete(oldest);
    }
    return wanted;
  }

  clear(): void {
    this.#blocks.clear();
  }

  #fetch(index: number): Promise<Uint8Array> {
    const known = this.#blocks.get(index);
    const block = known ?? this.#image.readBlock(index);
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    if (known === undefined)
      // What failed is asked for again when somebody wants it again; until then nobody hears of it.
      block.catch(() => {
        if (this.#blocks.get(index) === block) this.#blocks.delete(index);
      });
    return block;
  }
}
