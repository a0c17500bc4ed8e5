import { expect, test } from "vitest";
import { depth } from "../../../tests/support/depth.test-support.ts";
import { buildSample, sampleBlock, sampleSummary } from "./build.test-support.ts";
import { blockBytes } from "./layout.ts";
import { packBlock } from "./pack-block.ts";
import { strictCheck } from "./strict-check.test-support.ts";
import { VbkBuilder } from "./vbk-builder.ts";

const styles = ["text", "random", "mixed", "zero"] as const;

test("a full passes the independent checker and holds the same image", () => {
  const blocks = new Map(styles.map((style, index) => [[0, 1, 1087, 2500][index] ?? 0, sampleBlock(style, index)]));
  const { bytes } = buildSample({ blocks, imageBlocks: 3000 });
  const result = strictCheck(bytes);
  expect(result).toMatchObject({
    kind: "full",
    names: ["host", "disk0", "summary.xml"],
    imageBytes: 3000 * blockBytes,
  });
  expect(result).toMatchObject({ summary: sampleSummary, storedBlocks: 5, dedupRecords: 4 });
  expect([...result.blocks.keys()]).toEqual([...blocks.keys()]);
  for (const [index, plain] of blocks) expect(result.blocks.get(index)?.equals(plain)).toBe(true);
});

test("an image of 1, 1088, 1089 and 2177 blocks passes: a run of one block is told from a full one", () => {
  for (const imageBlocks of [1, 2, 1088, 1089, 2177]) {
    const blocks = new Map([[imageBlocks - 1, sampleBlock("text", imageBlocks)]]);
    expect([...strictCheck(buildSample({ blocks, imageBlocks }).bytes).blocks.keys()]).toEqual([imageBlocks - 1]);
  }
});

test("an increment passes the independent checker, with holes", () => {
  const blocks = new Map([
    [7, sampleBlock("mixed", 1)],
    [3, null],
    [9, sampleBlock("text", 2)],
  ]);
  const parentRoot = new Uint8Array(32).fill(1);
  const { bytes } = buildSample({ kind: "increment", blocks, imageBlocks: 12, parentRoot });
  const result = strictCheck(bytes);
  expect(result).toMatchObject({ kind: "increment", imageBytes: 12 * blockBytes });
  expect([...result.blocks.keys()]).toEqual([3, 7, 9]);
  expect(result.blocks.get(3)).toBeNull();
});

test("a block shown twice is stored once and counted twice", () => {
  const builder = new VbkBuilder({
    kind: "full",
    position: { fileId: id(1), chainId: id(2), pointId: id(3), parentRoot: null },
  });
  const packed = packBlock(sampleBlock("text", 1));
  const placed = builder.placeBlock(0, packed);
  builder.reuseBlock(5, placed.storeIndex);
  const summary = packBlock(new TextEncoder().encode("<OibSummary/>"), { compress: false });
  const at = builder.placeSummary(summary);
  const finished = builder.finish({ imageName: "disk0", folderName: "host", imageBlocks: 6 });
  const bytes = new Uint8Array(finished.sizeBytes);
  bytes.set(packed.stored, placed.offset);
  bytes.set(summary.stored, at.offset);
  for (const piece of [...finished.metadata, { offset: 0, bytes: finished.head }]) bytes.set(piece.bytes, piece.offset);
  expect([...strictCheck(bytes).blocks.keys()]).toEqual([0, 5]);
});

test("names that other readers drop are refused", () => {
  for (const imageName of ["", "ü", "a\n", "x".repeat(129)]) {
    const builder = new VbkBuilder({
      kind: "full",
      position: { fileId: id(1), chainId: id(2), pointId: id(3), parentRoot: null },
    });
    builder.placeSummary(packBlock(new Uint8Array(10), { compress: false }));
    expect(() => builder.finish({ imageName, folderName: "host", imageBlocks: 1 })).toThrow("printable ASCII");
  }
});

test("the independent checker sees a byte that is changed, in every structure of a file", () => {
  const styles = ["text", "random", "mixed"] as const;
  const blocks = new Map(styles.map((style, index) => [index * 700, sampleBlock(style, index)]));
  const { bytes, finished } = buildSample({ blocks, imageBlocks: 1500 });
  expect(() => strictCheck(bytes)).not.toThrow();
  const data = finished.metadata.reduce((end, { offset }) => Math.min(end, offset), bytes.length);
  const pieces: (readonly [string, number, number])[] = [
    ["the header", 0, 0x1000],
    ["the first slot", 0x1000, 0x80000],
    ["the second slot", 0x81000, 0x80000],
    ["the blocks", 0x101000, data - 0x101000],
    ...finished.metadata.map(({ offset, bytes: { length } }, index) => [`metadata ${index}`, offset, length] as const),
  ];
  const missed: string[] = [];
  for (const [what, from, length] of pieces) {
    // The first bytes of a structure say most: each of them, then some of all the rest.
    const [first, more] = depth([24, 5], [64, 12]);
    const places = [...Array(first).keys(), ...Array.from({ length: more }, (_, n) => Math.floor((n * length) / more))];
    for (const place of new Set(places.filter((at) => at < length))) {
      const changed = bytes.slice();
      changed[from + place] = (changed[from + place] ?? 0) ^ 0x10;
      try {
        strictCheck(changed);
        missed.push(`${what} +${place}`);
      } catch (error) {
        expect((error as Error).message).not.toBe("");
      }
    }
  }
  expect(missed).toEqual([]);
});

const id = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
