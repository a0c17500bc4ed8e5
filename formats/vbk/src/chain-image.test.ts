import { equalBytes } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type BlockStyle, buildSample, MemorySource, type Sample, sampleBlock } from "./build.test-support.ts";
import { ChainImage } from "./chain-image.ts";
import { blockBytes } from "./layout.ts";
import { openContainer } from "./open-container.ts";
import { createUnsealer, StorageKey } from "./seal/index.ts";

const change = fc.record({
  index: fc.nat(11),
  style: fc.constantFrom<BlockStyle | "hole">("zero", "text", "mixed", "hole"),
});
const point = fc.record({ grow: fc.nat(3), changes: fc.array(change, { maxLength: 4 }) });

test("a full and its increments give the image of each point, plain and sealed, grown and holed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(point, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.nat(),
      async (points, isSealed, seed) => {
        const storageKey = StorageKey.generate(new SeededRandom(seed));
        const key = isSealed ? { storageKey } : {};
        const options = isSealed ? { unsealer: createUnsealer(storageKey) } : {};
        const model: Uint8Array[] = Array.from({ length: 12 }, () => new Uint8Array(blockBytes));
        const containers = [];
        let parent: Sample | null = null;
        for (const [number, { grow, changes }] of points.entries()) {
          for (let added = 0; added < grow; added++) model.push(new Uint8Array(blockBytes));
          const blocks = new Map<number, Uint8Array | null>();
          for (const { index, style } of changes) {
            blocks.set(index, style === "hole" ? null : sampleBlock(style, seed + number * 16 + index));
          }
          for (const [index, plain] of blocks) model[index] = plain ?? new Uint8Array(blockBytes);
          const kind = parent === null ? "full" : "increment";
          parent = buildSample({
            kind,
            blocks,
            imageBlocks: model.length,
            number: number + 1,
            parentRoot: parent?.finished.root ?? null,
            ...key,
          });
          containers.push(await openContainer(new MemorySource(parent.bytes), options));
          const chain = new ChainImage(containers);
          expect(chain.blocks).toBe(model.length);
          for (const [index, expected] of model.entries()) {
            expect(equalBytes(await chain.readBlock(index), expected), `point ${number}, block ${index}`).toBe(true);
          }
        }
      },
    ),
    { numRuns: 15 },
  );
});

test("bytes are read across block borders", async () => {
  const blocks = new Map([
    [0, sampleBlock("text", 1)],
    [1, sampleBlock("text", 2)],
  ]);
  const { bytes } = buildSample({ blocks, imageBlocks: 3 });
  const chain = new ChainImage([await openContainer(new MemorySource(bytes))]);
  const read = await chain.read(blockBytes - 10, blockBytes + 20);
  const expected = new Uint8Array(blockBytes + 20);
  expected.set(blocks.get(0)?.subarray(blockBytes - 10) ?? []);
  expected.set(blocks.get(1) ?? [], 10);
  expect(equalBytes(read, expected)).toBe(true);
  await expect(chain.read(3 * blockBytes - 1, 2)).rejects.toMatchObject({ code: "vbk.range" });
});

test("a missing, foreign or rolled-back file breaks the chain instead of the image", async () => {
  const first = buildSample({ blocks: new Map(), imageBlocks: 2, number: 1 });
  const second = buildSample({
    kind: "increment",
    blocks: new Map(),
    imageBlocks: 2,
    number: 2,
    parentRoot: first.finished.root,
  });
  const third = buildSample({
    kind: "increment",
    blocks: new Map(),
    imageBlocks: 2,
    number: 3,
    parentRoot: second.finished.root,
  });
  const [a, b, c] = await Promise.all(
    [first, second, third].map(({ bytes }) => openContainer(new MemorySource(bytes))),
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error("three files were built");
  expect(new ChainImage([a, b, c]).blocks).toBe(2);
  expect(() => new ChainImage([a, c])).toThrow("does not follow");
  expect(() => new ChainImage([a, c, b])).toThrow("does not follow");
  expect(() => new ChainImage([b, c])).toThrow("begins with a full");
});
