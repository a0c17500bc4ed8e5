import type { BlockReceipt } from "@casaforte/vbk";

/** A block as it was placed: `imageBlock` -1 is the summary. */
export interface JournalBlock {
  readonly imageBlock: number;
  readonly receipt: BlockReceipt;
}

/** Image block (4), stored, allocated and plain bytes (4 each), compression (4), digest (16), HMAC (32), SHA-256 (32). */
const recordBytes = 100;

/**
 * The blocks of a part, packed as threads hand them over and as the journal keeps them: 100 bytes each. As objects they
 * took ten times the room, and what the last parts left lay about until somebody collected it. All blocks of a file are
 * sealed under its one session key, so its id is not repeated.
 */
export class BlockRecords {
  readonly bytes: Uint8Array;
  readonly #keySetId: Uint8Array;
  readonly #view: DataView;

  /** What is behind the last whole record is left out. */
  constructor(bytes: Uint8Array, keySetId: Uint8Array) {
    this.bytes = bytes.subarray(0, bytes.length - (bytes.length % recordBytes));
    this.#keySetId = keySetId;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  static of(blocks: readonly JournalBlock[], keySetId: Uint8Array): BlockRecords {
    const writer = new BlockRecordWriter();
    for (const { imageBlock, receipt } of blocks) writer.add(imageBlock, receipt);
    return new BlockRecords(writer.take(), keySetId);
  }

  get count(): number {
    return this.bytes.length / recordBytes;
  }

  imageBlock(index: number): number {
    return this.#view.getInt32(index * recordBytes, true);
  }

  /** Hash, tag and digest lie in `bytes`. */
  receipt(index: number): BlockReceipt {
    const at = index * recordBytes;
    const number = (from: number) => this.#view.getUint32(at + from, true);
    const piece = (from: number, length: number) => this.bytes.subarray(at + from, at + from + length);
    return {
      storedSize: number(4),
      allocatedSize: number(8),
      sourceSize: number(12),
      compression: number(16) as BlockReceipt["compression"],
      digest: piece(20, 16),
      hmac: piece(36, 32),
      sha256: piece(68, 32),
      keySetId: this.#keySetId,
    };
  }

  /** Each image block's number, in the order of the part. */
  *imageBlocks(): Generator<number> {
    for (let index = 0; index < this.count; index++) yield this.imageBlock(index);
  }
}

/** Packs blocks one by one, over the same bytes again after each `take`. */
export class BlockRecordWriter {
  #bytes = new Uint8Array(64 * recordBytes);
  #view = new DataView(this.#bytes.buffer);
  #filled = 0;

  add(imageBlock: number, receipt: BlockReceipt): void {
    if (this.#filled === this.#bytes.length) this.#grow();
    const at = this.#filled;
    this.#view.setInt32(at, imageBlock, true);
    this.#view.setUint32(at + 4, receipt.storedSize, true);
    this.#view.setUint32(at + 8, receipt.allocatedSize, true);
    this.#view.setUint32(at + 12, receipt.sourceSize, true);
    this.#view.setUint32(at + 16, receipt.compression, true);
    this.#bytes.set(receipt.digest, at + 20);
    this.#bytes.set(receipt.hmac, at + 36);
    this.#bytes.set(receipt.sha256, at + 68);
    this.#filled += recordBytes;
  }

  /** A copy of what was packed since the last one. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(0, this.#filled);
    this.#filled = 0;
    return bytes;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
