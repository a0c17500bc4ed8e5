import { assert } from "@casaforte/kernel";
import { limits } from "./limits.ts";
import type { ImageBlock } from "./types.ts";

const absent = 0;
const hole = 1;
/** Store index i is kept as i + 2. */
const firstStored = 2;

/** For each image block: stored (where), a hole, or not spoken of. Four bytes a block. */
export class ImageMap {
  #cells = new Uint32Array(1024);
  #end = 0;

  /** One past the highest block set. */
  get end(): number {
    return this.#end;
  }

  get(index: number): ImageBlock {
    const cell = this.#cells[index] ?? absent;
    if (cell === absent) return { state: "absent" };
    return cell === hole ? { state: "hole" } : { state: "stored", storeIndex: cell - firstStored };
  }

  setStored(index: number, storeIndex: number): void {
    this.#set(index, storeIndex + firstStored);
  }

  setHole(index: number): void {
    this.#set(index, hole);
  }

  isAbsent = (index: number): boolean => (this.#cells[index] ?? absent) === absent;
  isStored = (index: number): boolean => (this.#cells[index] ?? absent) >= firstStored;

  /** Blocks set, ascending. */
  *indices(): Generator<number> {
    for (let index = 0; index < this.#end; index++) if (!this.isAbsent(index)) yield index;
  }

  #set(index: number, cell: number): void {
    assert(Number.isInteger(index) && index >= 0 && index < limits.blocksMax, "the image block is within the limit");
    if (index >= this.#cells.length) {
      const larger = new Uint32Array(Math.max(this.#cells.length * 2, index + 1));
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells[index] = cell;
    this.#end = Math.max(this.#end, index + 1);
  }
}
