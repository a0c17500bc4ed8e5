import type { ChunkRef } from "@casaforte/arena";

/** Id (32), address (8), length (4). */
const recordBytes = 44;
/** Records in one piece: what a line of the journal holds. */
const pieceRecords = 8192;

/**
 * Chunks stored since the last part, packed as the journal keeps them: a part of very small files has some hundred
 * thousand, and as objects they took ten times the room. A full piece goes where it is kept at once.
 */
export class ChunkRecords {
  readonly #piece = Buffer.allocUnsafe(pieceRecords * recordBytes);
  readonly #keep: (piece: Uint8Array) => void;
  #filled = 0;

  /** A piece's bytes are good as long as `keep` runs. */
  constructor(keep: (piece: Uint8Array) => void) {
    this.#keep = keep;
  }

  add({ id, address, lengthBytes }: ChunkRef): void {
    const at = this.#filled;
    this.#piece.set(id, at);
    this.#piece.writeUInt32LE(address % 2 ** 32, at + 32);
    this.#piece.writeUInt32LE(Math.floor(address / 2 ** 32), at + 36);
    this.#piece.writeUInt32LE(lengthBytes, at + 40);
    this.#filled += recordBytes;
    if (this.#filled === this.#piece.length) this.flush();
  }

  /** The rest, too: none are left. */
  flush(): void {
    const piece = this.#piece.subarray(0, this.#filled);
    this.#filled = 0;
    if (piece.length > 0) this.#keep(piece);
  }
}

/** What `keep` makes of each piece of them. */
export function packChunks<T>(chunks: readonly ChunkRef[], keep: (piece: Uint8Array) => T): readonly T[] {
  const kept: T[] = [];
  const records = new ChunkRecords((piece) => kept.push(keep(piece)));
  for (const chunk of chunks) records.add(chunk);
  records.flush();
  return kept;
}

export function* unpackChunks(bytes: Buffer): Generator<ChunkRef> {
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    const id = new Uint8Array(bytes.subarray(at, at + 32));
    yield { id, address: Number(bytes.readBigUInt64LE(at + 32)), lengthBytes: bytes.readUInt32LE(at + 40) };
  }
}
