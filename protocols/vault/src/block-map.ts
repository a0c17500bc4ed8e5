import { Failure } from "@casaforte/kernel";

/** One stored ciphertext block, in the clear: where it lies in the file and what it hashes to. */
export interface BlockMapEntry {
  readonly offset: number;
  readonly length: number;
  /** SHA-256 of the stored bytes, 32 bytes. */
  readonly sha256: Uint8Array;
}

/** Size of one record: u64 offset, u32 length, u32 zero, SHA-256; little-endian, as the containers are. */
export const blockMapEntryBytes = 48;

/** Encodes entries, which must ascend by offset and not overlap. */
export function encodeBlockMap(
  entries: Iterable<BlockMapEntry> & { readonly length: number },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(entries.length * blockMapEntryBytes);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { offset, length, sha256 } of entries) {
    view.setBigUint64(at, BigInt(offset), true);
    view.setUint32(at + 8, length, true);
    bytes.set(sha256, at + 16);
    at += blockMapEntryBytes;
  }
  return bytes;
}

/**
 * Walks a block map that arrives in pieces of any size, and tells each entry to `onEntry`.
 * @throws invalid `vault.invalid` when a record is torn, descends, overlaps or ends beyond 2^53.
 */
export class BlockMapReader {
  #rest = new Uint8Array(0);
  #end = 0;
  readonly #onEntry: (entry: BlockMapEntry) => void;

  constructor(onEntry: (entry: BlockMapEntry) => void = () => {}) {
    this.#onEntry = onEntry;
  }

  /** End of the last block so far; the file must be at least this long. */
  get end(): number {
    return this.#end;
  }

  push(piece: Uint8Array): void {
    const whole = new Uint8Array(this.#rest.length + piece.length);
    whole.set(this.#rest);
    whole.set(piece, this.#rest.length);
    const view = new DataView(whole.buffer);
    let at = 0;
    for (; at + blockMapEntryBytes <= whole.length; at += blockMapEntryBytes) {
      const offset = Number(view.getBigUint64(at, true));
      const length = view.getUint32(at + 8, true);
      if (
        offset < this.#end ||
        length === 0 ||
        view.getUint32(at + 12, true) !== 0 ||
        !Number.isSafeInteger(offset + length)
      )
        throw new Failure("invalid", "vault.invalid", "the block map does not ascend or overlaps");
      this.#end = offset + length;
      this.#onEntry({ offset, length, sha256: whole.slice(at + 16, at + blockMapEntryBytes) });
    }
    this.#rest = whole.slice(at);
  }

  finish(): void {
    if (this.#rest.length > 0)
      throw new Failure("invalid", "vault.invalid", "the block map ends in the middle of a record");
  }
}

/** Decodes a whole block map. @throws invalid `vault.invalid`. */
export function decodeBlockMap(bytes: Uint8Array): BlockMapEntry[] {
  const entries: BlockMapEntry[] = [];
  const reader = new BlockMapReader((entry) => entries.push(entry));
  reader.push(bytes);
  reader.finish();
  return entries;
}
