import { equalBytes } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type BlockStyle, buildSample, MemorySource, sampleBlock, sampleSummary } from "./build.test-support.ts";
import { blockBytes, compression } from "./layout.ts";
import { openContainer } from "./open-container.ts";
import { createUnsealer, StorageKey } from "./seal/index.ts";
import { sha256 } from "./sha256.ts";
import { strictCheck } from "./strict-check.test-support.ts";
import { verifyContainer } from "./verify-container.ts";

const styles = fc.constantFrom<BlockStyle>("zero", "text", "random", "mixed");
/** Null is plain. */
const sealings = fc.constantFrom(null, compression.lz4, compression.zstd);
const images = fc.uniqueArray(fc.tuple(fc.nat(3000), styles), { maxLength: 6, selector: ([index]) => index });

test("what is written is read, sparse, zero, random or compressible, plain and sealed, LZ4 and zstd", async () => {
  await fc.assert(
    fc.asyncProperty(images, sealings, fc.nat(), async (cells, sealing, seed) => {
      const blocks = new Map(cells.map(([index, style]) => [index, sampleBlock(style, seed + index)]));
      const imageBlocks = Math.max(0, ...blocks.keys()) + 1;
      const isSealed = sealing !== null;
      const storageKey = StorageKey.generate(new SeededRandom(seed));
      const sealed = isSealed ? { storageKey, compression: sealing } : {};
      const { bytes, finished } = buildSample({ blocks, imageBlocks, ...sealed });
      if (!isSealed) expect(strictCheck(bytes).blocks.size).toBe(blocks.size);
      const options = isSealed ? { unsealer: createUnsealer(storageKey) } : {};
      const container = await openContainer(new MemorySource(bytes), options);
      expect(container.warnings).toEqual([]);
      expect(container.image).toEqual({
        name: "disk0",
        folder: "host",
        sizeBytes: imageBlocks * blockBytes,
        blocks: imageBlocks,
      });
      expect([...container.changedBlocks()]).toEqual([...blocks.keys()].sort((a, b) => a - b));
      expect(await container.readSummary()).toBe(sampleSummary);
      expect(container.root).toEqual(finished.root);
      for (const [index, plain] of blocks) {
        expect(equalBytes((await container.readBlock(index)) ?? new Uint8Array(0), plain)).toBe(true);
      }
      const free = Array.from({ length: imageBlocks }, (_, index) => index).find((index) => !blocks.has(index));
      if (free !== undefined) expect(await container.readBlock(free)).toEqual(new Uint8Array(blockBytes));
      expect((await verifyContainer(new MemorySource(bytes), options)).blocks).toBe(blocks.size + 1);
    }),
    { numRuns: 20 },
  );
});

test("the block map tiles the file and names each piece's SHA-256", () => {
  const blocks = new Map([
    [0, sampleBlock("text", 1)],
    [5, sampleBlock("random", 2)],
  ]);
  const storageKey = StorageKey.generate(new SeededRandom(3));
  const { bytes, finished } = buildSample({ blocks, imageBlocks: 8, storageKey });
  let end = 0;
  for (const entry of finished.blockMap) {
    expect(entry.offset).toBe(end);
    end += entry.length;
    expect(entry.sha256).toEqual(sha256([bytes.subarray(entry.offset, end)]));
  }
  expect(end).toBe(bytes.length);
});
