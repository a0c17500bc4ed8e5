import { toHex } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { buildSample, MemorySource } from "./build.test-support.ts";
import { blockBytes, headBytes, pageBytes } from "./layout.ts";
import { openContainer } from "./open-container.ts";
import { createUnsealer, StorageKey } from "./seal/index.ts";
import { sha256 } from "./sha256.ts";

const block = new Uint8Array(blockBytes).fill(0x41);
const { bytes, finished } = buildSample({ blocks: new Map([[1, block]]), imageBlocks: 3 });
const view = new DataView(bytes.buffer);
const text = (at: number, length: number): string => Buffer.from(bytes).toString("latin1", at, at + length);

test("header fields stand at the offsets of FORMAT.md §2", () => {
  expect(view.getUint32(0x000, true)).toBe(13);
  expect(view.getUint32(0x004, true)).toBe(1);
  expect(view.getUint32(0x008, true)).toBe(3);
  expect(text(0x00c, 3)).toBe("md5");
  expect(view.getUint32(0x107, true)).toBe(9);
  expect(view.getUint32(0x10b, true)).toBe(0x100000);
  expect(view.getUint8(0x10f)).toBe(3);
});

test("slot fields stand at the offsets of FORMAT.md §3, alike in both slots but for the bank places", () => {
  for (const slot of [0x1000, 0x81000]) {
    expect(view.getUint32(slot + 0x04, true)).toBe(1);
    expect(view.getBigUint64(slot + 0x10, true)).toBe(BigInt(bytes.length));
    expect(view.getBigUint64(slot + 0x1c, true)).toBe(0n);
    expect(view.getBigUint64(slot + 0x24, true)).toBe(1n);
    expect(view.getBigUint64(slot + 0x2c, true)).toBe(1n);
    expect(view.getBigUint64(slot + 0x34, true)).toBe(2n);
    expect(view.getBigUint64(slot + 0x3c, true)).toBe(2n);
    expect(view.getBigUint64(slot + 0x44, true)).toBe(1n << 32n);
    expect(view.getBigInt64(slot + 0x5c, true)).toBe(-1n);
    expect(view.getUint32(slot + 0x74, true)).toBe(0x7f00);
    expect(view.getUint32(slot + 0x78, true)).toBe(2);
  }
  expect(bytes.subarray(0x1004, 0x107c)).toEqual(bytes.subarray(0x81004, 0x8107c));
});

/** MD5 and CRC were computed with Python, not with this code. */
test("the first block lies at 0x101000 with the LZ4 head, its MD5 and CRC-32C as in FORMAT.md §7", () => {
  expect(headBytes).toBe(0x101000);
  expect(view.getUint32(0x101000, true)).toBe(0xf800000f);
  expect(view.getUint32(0x101004, true)).toBe(0x6728a9ef);
  expect(view.getUint32(0x101008, true)).toBe(0x100000);
  const bank = Number(view.getBigUint64(0x1000 + 0x7c + 4, true));
  const storeTable = bank + 2 * 4096;
  const dataPage = Number(view.getBigUint64(storeTable + 8 + 8, true));
  const entry = bank + 4096 + dataPage * 4096;
  expect(view.getUint8(entry)).toBe(4);
  expect(view.getUint32(entry + 1, true)).toBe(1);
  expect(view.getBigUint64(entry + 5, true)).toBe(0x101000n);
  expect(toHex(bytes.subarray(entry + 18, entry + 34))).toBe("e6065c4aa2ab1603008fc18410f579d4");
  expect(view.getUint8(entry + 0x22)).toBe(7);
  expect(view.getUint32(entry + 0x28, true)).toBe(0x100000);
});

test("the same input gives the same file, bit for bit, plain and sealed", () => {
  expect(toHex(sha256([bytes]))).toBe("a6d1eb2a7f0560bff52c045dbf2d495f8ef443bd65047bc44dde9d4477d14ce1");
  expect(toHex(finished.root)).toBe(toHex(bytes.subarray(bytes.length - 32)));
  const storageKey = StorageKey.generate(new SeededRandom(1));
  const sealed = buildSample({ blocks: new Map([[1, block]]), imageBlocks: 3, storageKey });
  expect(toHex(sha256([sealed.bytes]))).toBe("e986109ed4f3d4bb29f38dabd88f3371c2d4b49ee9bc8e9a99b02ae8181b8c8f");
});

/** The sum of the test above is of a file that an agent made which knew no other way; it is what older readers can open. */
test("a sealed file is read with its free pages in the ciphertexts, and with them left out", async () => {
  const storageKey = StorageKey.generate(new SeededRandom(1));
  const input = { blocks: new Map([[1, block]]), imageBlocks: 3, storageKey };
  const short = buildSample({ ...input, leaveOutFreePages: true });
  expect(toHex(sha256([short.bytes]))).toBe("b362e111f08015f26080e548a00cbf1205916b2f6db3e32a503addcbe1fc3507");
  for (const { bytes } of [buildSample(input), short]) {
    const container = await openContainer(new MemorySource(bytes), { unsealer: createUnsealer(storageKey) });
    expect(container.warnings).toEqual([]);
    expect(await container.readBlock(1)).toEqual(block);
  }
});

test("what a sealed increment of one block has beside the block fits 256 KiB without its zeros", () => {
  const storageKey = StorageKey.generate(new SeededRandom(1));
  const parentRoot = new Uint8Array(32).fill(7);
  const sample = buildSample({
    kind: "increment",
    blocks: new Map([[1, block]]),
    imageBlocks: 3,
    storageKey,
    parentRoot,
    leaveOutFreePages: true,
  });
  let pages = 0;
  const isZero = (at: number): boolean => sample.bytes.subarray(at, at + pageBytes).every((byte) => byte === 0);
  for (let at = 0; at < sample.bytes.length; at += pageBytes) if (!isZero(at)) pages++;
  expect(pages * pageBytes).toBeLessThan(256 * 1024);
});
