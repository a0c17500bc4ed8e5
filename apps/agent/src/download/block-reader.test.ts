import { SeededRandom } from "@casaforte/testkit";
import { openContainer } from "@casaforte/vbk";
import { createKeyring, createUnsealer } from "@casaforte/vbk/seal";
import { expect, test } from "vitest";
import { buildSample, MemorySource, sampleBlock, uuid } from "../../../../formats/vbk/src/build.test-support.ts";
import { BlockReader } from "./block-reader.ts";
import { UnsealPool } from "./unseal-pool.ts";

const imageBlocks = 700;

const styles = [1, 2, 3].map((seed) => sampleBlock("text", seed));
const plain = (block: number): Uint8Array => styles[block % styles.length] ?? new Uint8Array(0);

/** A sealed file of so many blocks: sealed once, and only read. */
async function sealFile() {
  const random = new SeededRandom(5);
  const { storageKey } = await createKeyring({ chainId: uuid(1000), password: "pass" }, { random, nowMs: 0 });
  const blocks = new Map(Array.from({ length: imageBlocks }, (_, block) => [block, plain(block)]));
  const { bytes } = buildSample({ kind: "full", blocks, imageBlocks, number: 1, parentRoot: null, storageKey });
  return { bytes, storageKey };
}
let sealed: ReturnType<typeof sealFile> | null = null;

/** A reader of it whose requests are counted. */
async function openReader(pool: UnsealPool) {
  sealed ??= sealFile();
  const { bytes, storageKey } = await sealed;
  const container = await openContainer(new MemorySource(bytes), { unsealer: createUnsealer(storageKey) });
  const fetched = { requests: 0, bytes: 0 };
  const reader = new BlockReader({
    pool,
    imageBlocks,
    vault: {
      async readInto(_fileId, offset, into) {
        fetched.requests++;
        fetched.bytes += into.length;
        into.set(bytes.subarray(offset, offset + into.length));
      },
    },
    locate(block) {
      const found = container.imageBlock(block);
      if (found.state !== "stored") return null;
      return { container, fileId: uuid(1), block: container.storedBlock(found.storeIndex) };
    },
  });
  return { reader, fetched, blockBytes: bytes.length / imageBlocks };
}

/** Notes the most memory that one job has a copy of on its way to a thread. */
class ToldPool extends UnsealPool {
  toldBytesMax = 0;

  override open(job: Parameters<UnsealPool["open"]>[0]): Promise<void> {
    const { block, keys } = structuredClone(job);
    const memory = new Set([block.hmac, keys.keySetId, keys.key, keys.iv, keys.macKey].map(({ buffer }) => buffer));
    const toldBytes = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.toldBytesMax = Math.max(this.toldBytesMax, toldBytes);
    return super.open(job);
  }
}

test("what a thread is told of a block is this block's alone, however many the file has", async () => {
  using pool = new ToldPool(2);
  const { reader } = await openReader(pool);
  for (let block = 0; block < 20; block++)
    expect(Buffer.from(await reader.read(block)).equals(plain(block))).toBe(true);
  expect(pool.toldBytesMax).toBeGreaterThan(0);
  expect(pool.toldBytesMax).toBeLessThan(1024);
});

test("whoever reads one part of an image after the other is read ahead for in each, whatever was fetched in vain before", async () => {
  using pool = new UnsealPool(2);
  const { reader, fetched } = await openReader(pool);
  const counts: number[] = [];
  for (const start of [0, 100, 200, 300, 400, 500, 600]) {
    const before = fetched.requests;
    for (let block = start; block < start + 41; block++) {
      expect(Buffer.from(await reader.read(block)).equals(plain(block))).toBe(true);
    }
    counts.push(fetched.requests - before);
  }
  const [first = 0, ...others] = counts;
  expect(first).toBeLessThan(20);
  for (const count of others) expect(count).toBeLessThanOrEqual(2 * first + 4);
});

test("whoever reads several parts of an image in turn is read ahead for in each, and nothing is fetched twice", async () => {
  using pool = new UnsealPool(2);
  const { reader, fetched, blockBytes } = await openReader(pool);
  const starts = [0, 200, 400];
  for (let step = 0; step < 80; step++)
    for (const start of starts) {
      const block = start + step;
      expect(Buffer.from(await reader.read(block)).equals(plain(block))).toBe(true);
    }
  expect(fetched.requests).toBeLessThan(110);
  expect(fetched.bytes).toBeLessThan((starts.length * (80 + 14) + 2) * blockBytes);
});
