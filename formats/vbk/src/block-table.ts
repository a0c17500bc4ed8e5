import { assert } from "@casaforte/kernel";
import { digestBytes, hashBytes, keySetIdBytes } from "./layout.ts";
import { limits } from "./limits.ts";
import type { BlockReceipt } from "./types.ts";

/** Bytes of one receipt kept: digest, key set, authenticator, SHA-256. */
const receiptBytes = digestBytes + keySetIdBytes + hashBytes + hashBytes;
/** Numbers of one receipt: offset in pages, allocated pages, stored size, source size, compression, usage. */
const numbersPerBlock = 6;
/** Blocks in one piece of the columns. */
const pieceBlocks = 4096;

interface Piece {
  readonly bytes: Uint8Array;
  readonly numbers: Uint32Array;
}

/**
 * The stored blocks of a file under construction, in columns: a 4 TiB image has four million of them. In pieces, so that
 * nothing is copied as it grows and no more room is taken than is filled: 120 bytes a block.
 */
export class BlockTable {
  readonly #pieces: Piece[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(receipt: BlockReceipt, offset: number): number {
    assert(this.#count < limits.blocksMax, "a file holds at most 4 Mi blocks");
    const { bytes, numbers } = this.#pieceFor(this.#count);
    const row = this.#count % pieceBlocks;
    const at = row * receiptBytes;
    bytes.set(receipt.digest, at);
    bytes.set(receipt.keySetId, at + 16);
    bytes.set(receipt.hmac, at + 32);
    bytes.set(receipt.sha256, at + 64);
    numbers.set(
      [offset / 4096, receipt.allocatedSize / 4096, receipt.storedSize, receipt.sourceSize, receipt.compression, 0],
      row * numbersPerBlock,
    );
    return this.#count++;
  }

  use(storeIndex: number): void {
    const usage = this.#number(storeIndex, 5) + 1;
    this.#pieceFor(storeIndex).numbers[(storeIndex % pieceBlocks) * numbersPerBlock + 5] = usage;
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
    return this.#pieceFor(storeIndex).numbers[(storeIndex % pieceBlocks) * numbersPerBlock + column] ?? 0;
  }

  #slice(storeIndex: number, at: number, length: number): Uint8Array {
    assert(storeIndex >= 0 && storeIndex < this.#count, "the block was stored");
    const start = (storeIndex % pieceBlocks) * receiptBytes + at;
    return this.#pieceFor(storeIndex).bytes.subarray(start, start + length);
  }

  /** Makes the next piece when its first block comes. */
  #pieceFor(storeIndex: number): Piece {
    const index = Math.floor(storeIndex / pieceBlocks);
    let piece = this.#pieces[index];
    if (piece === undefined) {
      piece = {
        bytes: new Uint8Array(pieceBlocks * receiptBytes),
        numbers: new Uint32Array(pieceBlocks * numbersPerBlock),
      };
      this.#pieces.push(piece);
    }
    return piece;
  }
}
