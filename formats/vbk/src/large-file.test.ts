import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { uuid } from "./build.test-support.ts";
import { blockBytes } from "./layout.ts";
import { openContainer } from "./open-container.ts";
import { packBlock } from "./pack-block.ts";
import type { FilePiece, RandomAccessSource } from "./types.ts";
import { VbkBuilder } from "./vbk-builder.ts";

/** A file of which only some pieces are there and the rest is empty; reading where none of it is is an error. */
class PieceSource implements RandomAccessSource {
  readonly size: number;
  readonly #pieces: readonly FilePiece[];

  constructor(size: number, pieces: readonly FilePiece[]) {
    this.size = size;
    this.#pieces = pieces;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const read = new Uint8Array(length);
    let found = 0;
    for (const piece of this.#pieces) {
      const from = Math.max(offset, piece.offset);
      const to = Math.min(offset + length, piece.offset + piece.bytes.length);
      if (from >= to) continue;
      read.set(piece.bytes.subarray(from - piece.offset, to - piece.offset), from - offset);
      found += to - from;
    }
    if (found === 0) throw new Error(`nothing at ${offset}`);
    return read;
  }
}

test("150,000 stored blocks, more than 2,040 pages of them, are bookkept and found again", async () => {
  const random = new SeededRandom(1);
  const position = { fileId: uuid(1), chainId: uuid(2), pointId: uuid(3), parentRoot: null };
  const builder = new VbkBuilder({ kind: "full", position });
  const receipt = packBlock(new Uint8Array(blockBytes).fill(1));
  for (let index = 0; index < 150_000; index++) {
    const digest = random.bytes(16);
    builder.placeBlock(index * 2, { ...receipt, digest });
  }
  builder.placeSummary(packBlock(new Uint8Array(9), { compress: false }));
  const finished = builder.finish({ imageName: "disk0", folderName: "host", imageBlocks: 300_000 });
  const source = new PieceSource(finished.sizeBytes, [{ offset: 0, bytes: finished.head }, ...finished.metadata]);
  const container = await openContainer(source);
  expect(container.storeCount).toBe(150_001);
  expect(container.image.blocks).toBe(300_000);
  for (const index of [0, 1, 2, 138_720 * 2, 149_999 * 2]) {
    const expected = index % 2 === 0 ? { state: "stored", storeIndex: index / 2 } : { state: "hole" };
    expect(container.imageBlock(index)).toEqual(expected);
  }
  expect(container.storedBlock(149_999).offset).toBe(0x101000 + 149_999 * receipt.allocatedSize);
});
