import type { ChunkRef } from "@casaforte/arena";

/** Id (32), address (8), length (4). */
const recordBytes = 44;
/** Records in one piece: what a line of the journal holds. */
const pieceRecords = 8192;

/**
 * Chunks stored since the last part, packed as the journal keeps them: a part of very small files has some hundred
 * thousand, and as objects they took ten times the room.
 */
export class ChunkRecords {
  #full: Buffer[] = [];
  #piece = Buffer.allocUnsafe(pieceRecords * recordBytes);
  #filled = 0;

  add({ id, address, lengthBytes }: ChunkRef): void {
    if (this.#filled === this.#piece.length) {
      this.#full.push(this.#piece);
      this.#piece = Buffer.allocUnsafe(pieceRecords * recordBytes);
      this.#filled = 0;
    }
    const at = this.#filled;
    this.#piece.set(id, at);
    this.#piece.writeUInt32LE(address % 2 ** 32, at + 32);
    this.#piece.writeUInt32LE(Math.floor(address / 2 ** 32), at + 36);
    this.#piece.writeUInt32LE(lengthBytes, at + 40);
    this.#filled += recordBytes;
  }

  /** All of them, and none are left. The bytes are good until the next `add`. */
  take(): readonly Uint8Array[] {
    const pieces = [...this.#full, this.#piece.subarray(0, this.#filled)].filter(({ length }) => length > 0);
    this.#full = [];
    this.#filled = 0;
    return pieces;
  }
}

export function packChunks(chunks: readonly ChunkRef[]): readonly Uint8Array[] {
  const records = new ChunkRecords();
  for (const chunk of chunks) records.add(chunk);
  return records.take();
}

export function* unpackChunks(bytes: Buffer): Generator<ChunkRef> {
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    const id = new Uint8Array(bytes.subarray(at, at + 32));
    yield { id, address: Number(bytes.readBigUInt64LE(at + 32)), lengthBytes: bytes.readUInt32LE(at + 40) };
  }
}
