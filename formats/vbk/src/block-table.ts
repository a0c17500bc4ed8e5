import { assert } from "@casaforte/kernel";
import { digestBytes, hashBytes, keySetIdBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import type { BlockReceipt } from "./types.ts";

/** Bytes of one receipt kept: digest, key set, authenticator, SHA-256. */
const receiptBytes = digestBytes + keySetIdBytes + hashBytes + hashBytes;
/** Numbers of one receipt: offset in pages, allocated pages, stored size, source size, compression, usage. */
const numbersPerBlock = 6;

/** The stored blocks of a file under construction, in columns: a 4 TiB image has four million of them. */
export class BlockTable {
  #bytes = new Uint8Array(64 * receiptBytes);
  #numbers = new Uint32Array(64 * numbersPerBlock);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(receipt: BlockReceipt, offset: number): number {
    assert(this.#count < limits.blocksMax, "a file holds at most 4 Mi blocks");
    if ((this.#count + 1) * receiptBytes > this.#bytes.length) this.#grow();
    const at = this.#count * receiptBytes;
    this.#bytes.set(receipt.digest, at);
    this.#bytes.set(receipt.keySetId, at + 16);
    this.#bytes.set(receipt.hmac, at + 32);
    this.#bytes.set(receipt.sha256, at + 64);
    this.#numbers.set(
      [offset / 4096, receipt.allocatedSize / 4096, receipt.storedSize, receipt.sourceSize, receipt.compression, 0],
      this.#count * numbersPerBlock,
    );
    return this.#count++;
  }

  use(storeIndex: number): void {
    const at = storeIndex * numbersPerBlock + 5;
    this.#numbers[at] = this.#number(storeIndex, 5) + 1;
  }

  offset = (storeIndex: number): number => this.#number(storeIndex, 0) * 4096;
  allocatedSize = (storeIndex: number): number => this.#number(storeIndex, 1) * 4096;
  storedSize = (storeIndex: number): number => this.#number(storeIndex, 2);
  sourceSize = (storeIndex: number): number => this.#number(storeIndex, 3);
  compression = (storeIndex: number): number => this.#number(storeIndex, 4);
  usage = (storeIndex: number): number => this.#number(storeIndex, 5);
  digest = (storeIndex: number): Uint8Array => this.#slice(storeIndex, 0, digestBytes);
  keySetId = (storeIndex: number): Uint8Array => this.#slice(storeIndex, 16, keySetIdBytes);
  hmac = (storeIndex: number): Uint8Array => this.#slice(storeIndex, 32, hashBytes);
  sha256 = (storeIndex: number): Uint8Array => this.#slice(storeIndex, 64, hashBytes);

  #number(storeIndex: number, column: number): number {
    assert(storeIndex >= 0 && storeIndex < this.#count, "the block was stored");
    return this.#numbers[storeIndex * numbersPerBlock + column] ?? 0;
  }

  #slice(storeIndex: number, at: number, length: number): Uint8Array {
    assert(storeIndex >= 0 && storeIndex < this.#count, "the block was stored");
    const start = storeIndex * receiptBytes + at;
    return this.#bytes.subarray(start, start + length);
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    const numbers = new Uint32Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#bytes = bytes;
    this.#numbers = numbers;
  }
}
