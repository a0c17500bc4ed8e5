import { equalBytes, Failure } from "@casaforte/kernel";
import { readBlockTag } from "./authentication-table.ts";
import { blockBytes, digestBytes, headBytes, pageBytes, storedBytesMax } from "./layout.ts";
import { limits } from "./limits.ts";
import { readStoreRecord, recordBytes } from "./records.ts";
import type { StoredBlock } from "./types.ts";

export interface StoreReaderInput {
  /** All block store entries in one array. */
  readonly entries: Uint8Array;
  readonly fileBytes: number;
  /** The authentication table of a sealed file. */
  readonly tags: { readonly table: Uint8Array; readonly bankRows: number } | null;
}

/** The block store, checked entry by entry when opened. @throws corrupt `vbk.block_store`. */
export class StoreReader {
  readonly count: number;
  readonly #input: StoreReaderInput;

  constructor(input: StoreReaderInput) {
    this.#input = input;
    this.count = input.entries.length / recordBytes.store;
    if (this.count > limits.blocksMax) throw damaged("more blocks than a reader takes");
    for (let index = 0; index < this.count; index++) this.#check(this.block(index));
  }

  block(storeIndex: number): StoredBlock {
    const { entries, tags } = this.#input;
    const at = storeIndex * recordBytes.store;
    const record = storeIndex < this.count ? readStoreRecord(entries.subarray(at, at + recordBytes.store)) : null;
    if (record === null) throw damaged("an entry of unknown format or compression");
    const hmac = tags === null ? new Uint8Array(0) : readBlockTag(tags.table, tags.bankRows, storeIndex).hmac;
    return { ...record, storeIndex, hmac };
  }

  #check(block: StoredBlock): void {
    if (block.usage === 0) return;
    const fits =
      block.offset >= headBytes &&
      block.offset % pageBytes === 0 &&
      block.allocatedSize % pageBytes === 0 &&
      block.storedSize > 0 &&
      block.storedSize <= block.allocatedSize &&
      block.storedSize <= storedBytesMax &&
      block.offset + block.allocatedSize <= this.#input.fileBytes &&
      block.sourceSize > 0 &&
      block.sourceSize <= blockBytes;
    if (!fits) throw damaged("a block's place or size is impossible");
    if (!this.#isBound(block)) throw damaged("the authentication table puts a block elsewhere");
  }

  #isBound(block: StoredBlock): boolean {
    const { tags } = this.#input;
    if (tags === null) return true;
    const tag = readBlockTag(tags.table, tags.bankRows, block.storeIndex);
    return (
      tag.offset === block.offset &&
      tag.storedSize === block.storedSize &&
      tag.sourceSize === block.sourceSize &&
      equalBytes(tag.keySetId, block.keySetId) &&
      equalBytes(tag.hmac.subarray(0, digestBytes), block.digest)
    );
  }
}

const damaged = (what: string): Failure => new Failure("corrupt", "vbk.block_store", what);
