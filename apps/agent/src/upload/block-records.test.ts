import { SeededRandom } from "@casaforte/testkit";
import { compression } from "@casaforte/vbk";
import { expect, test } from "vitest";
import { BlockRecords, BlockRecordWriter, type JournalBlock } from "./block-records.ts";

const random = new SeededRandom(11);
const keySetId = random.bytes(16);

function blockOf(imageBlock: number): JournalBlock {
  const storedSize = 1 + (random.next() % 0x10_0000);
  const allocatedSize = Math.ceil(storedSize / 4096) * 4096;
  const hmac = random.bytes(32);
  const [kind, digest, sha256] = [compression.zstd, hmac.slice(0, 16), random.bytes(32)];
  const receipt = {
    storedSize,
    allocatedSize,
    sourceSize: 0x10_0000,
    compression: kind,
    digest,
    hmac,
    sha256,
    keySetId,
  };
  return { imageBlock, receipt };
}

const listOf = (records: BlockRecords): readonly JournalBlock[] =>
  Array.from({ length: records.count }, (_, index) => ({
    imageBlock: records.imageBlock(index),
    receipt: records.receipt(index),
  }));

test("blocks come out of their records as they went in, the summary and very large images among them", () => {
  const blocks = [-1, 0, 1, 138_720, 2 ** 22 - 1].map(blockOf);
  const records = BlockRecords.of(blocks, keySetId);
  expect(records.bytes).toHaveLength(100 * blocks.length);
  expect(listOf(records)).toEqual(blocks);
  expect([...records.imageBlocks()]).toEqual(blocks.map(({ imageBlock }) => imageBlock));
});

test("records are read wherever they lie, and half of one is none", () => {
  const blocks = [3, 4].map(blockOf);
  const { bytes } = BlockRecords.of(blocks, keySetId);
  const around = new Uint8Array(bytes.length + 120).fill(0xff);
  around.set(bytes, 7);
  const torn = new BlockRecords(around.subarray(7, 7 + bytes.length + 99), keySetId);
  expect(listOf(torn)).toEqual(blocks);
});

test("a writer goes on with the next part after one of more blocks than it began with", () => {
  const writer = new BlockRecordWriter();
  for (const count of [300, 0, 2]) {
    const blocks = Array.from({ length: count }, (_, index) => blockOf(index));
    for (const { imageBlock, receipt } of blocks) writer.add(imageBlock, receipt);
    const taken = new BlockRecords(writer.take(), keySetId);
    // The same bytes are written over by the next part.
    writer.add(9, blockOf(9).receipt);
    writer.take();
    expect(listOf(taken)).toEqual(blocks);
  }
});
