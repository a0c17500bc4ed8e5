import { SeededRandom } from "@casaforte/testkit";
import { createKeyring, createUnsealer } from "@casaforte/vbk/seal";
import { expect, test } from "vitest";
import { buildSample, MemorySource, sampleBlock, uuid } from "./build.test-support.ts";
import { fetchAhead } from "./fetch-ahead.ts";
import { openContainer } from "./open-container.ts";

class CountedSource extends MemorySource {
  reads = 0;

  override read(offset: number, length: number): Promise<Uint8Array> {
    this.reads++;
    return super.read(offset, length);
  }
}

async function sealedFile(style: "text" | "random", imageBlocks: number) {
  const { storageKey } = await createKeyring(
    { chainId: uuid(1000), password: "pass" },
    { random: new SeededRandom(6), nowMs: 0 },
  );
  const blocks = new Map(Array.from({ length: imageBlocks }, (_, block) => [block, sampleBlock(style, block)]));
  const { bytes } = buildSample({ kind: "full", blocks, imageBlocks, number: 1, parentRoot: null, storageKey });
  return { source: new CountedSource(bytes), unsealer: createUnsealer(storageKey), blocks };
}

test("a file of few blocks is opened and read out of three reads that were made without its key", async () => {
  const { source, unsealer, blocks } = await sealedFile("text", 1);
  const ahead = await fetchAhead(source);
  expect(source.reads).toBe(3);
  const container = await openContainer(ahead, { unsealer });
  for (const [index, plain] of blocks)
    expect(Buffer.from((await container.readBlock(index)) ?? []).equals(plain)).toBe(true);
  expect(source.reads).toBe(3);
});

test("blocks of a larger file are read when they are asked for", async () => {
  const { source, unsealer, blocks } = await sealedFile("random", 2);
  const container = await openContainer(await fetchAhead(source), { unsealer });
  expect(source.reads).toBe(3);
  for (const [index, plain] of blocks)
    expect(Buffer.from((await container.readBlock(index)) ?? []).equals(plain)).toBe(true);
  expect(source.reads).toBe(3 + blocks.size);
});

test("what was fetched damaged is fetched again before anything is said of the file", async () => {
  const { source, unsealer } = await sealedFile("text", 1);
  const { length } = source.bytes;
  const trailer = source.bytes.slice(length - 4096);
  source.bytes.fill(0xff, length - 100);
  const ahead = await fetchAhead(source);
  source.bytes.set(trailer, length - 4096);
  const container = await openContainer(ahead, { unsealer });
  expect(container.warnings).toEqual([]);
  expect(source.reads).toBeGreaterThan(3);
});
