import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { buildSample, MemorySource, sampleBlock } from "./build.test-support.ts";
import { crc32c } from "./crc32c.ts";
import { blockBytes, pageBytes } from "./layout.ts";
import { openContainer } from "./open-container.ts";
import { createUnsealer, StorageKey } from "./seal/index.ts";

const storageKey = StorageKey.generate(new SeededRandom(1));
const options = { unsealer: createUnsealer(storageKey) };
const blocks = new Map([
  [0, sampleBlock("random", 1)],
  [1, sampleBlock("random", 2)],
]);
const { bytes } = buildSample({ blocks, imageBlocks: 2, storageKey });
const container = await openContainer(new MemorySource(bytes), options);
const [first, second] = [container.storedBlock(0), container.storedBlock(1)];
const tableAt = (file: Uint8Array): number =>
  Number(new DataView(file.buffer).getBigUint64(file.length - pageBytes + 0x68, true));

/** Somebody without keys can still put the CRCs right. */
function recrc(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer);
  for (const slot of [0x1000, 0x81000]) {
    for (let bank = 0; bank < view.getUint32(slot + 0x78, true); bank++) {
      const row = slot + 0x7c + bank * 16;
      const at = Number(view.getBigUint64(row + 4, true));
      view.setUint32(row, crc32c(file.subarray(at, at + view.getUint32(row + 12, true))), true);
    }
    view.setUint32(slot, crc32c(file.subarray(slot + 4, slot + 0x7c + 0x7f00 * 16)), true);
  }
  return file;
}

const open = (file: Uint8Array) => openContainer(new MemorySource(recrc(file)), options);

test("two blocks that change places are refused, with their table rows or without", async () => {
  expect(first.allocatedSize).toBe(second.allocatedSize);
  const swapped = bytes.slice();
  swapped.set(bytes.subarray(first.offset, first.offset + first.allocatedSize), second.offset);
  swapped.set(bytes.subarray(second.offset, second.offset + second.allocatedSize), first.offset);
  const opened = await open(swapped.slice());
  await expect(opened.readBlock(0)).rejects.toMatchObject({ kind: "corrupt", code: "vbk.block_authentication" });
  const rows = tableAt(bytes) + 3 * 64;
  swapped.copyWithin(rows + 32, rows + 96, rows + 128);
  await expect(open(swapped)).rejects.toMatchObject({ kind: "corrupt", code: "vbk.file_root" });
});

test("metadata of another file of the same chain is refused", async () => {
  const other = buildSample({ blocks, imageBlocks: 2, number: 2, storageKey });
  const view = new DataView(bytes.buffer);
  const mixed = bytes.slice();
  for (const slot of [0x1000, 0x81000]) {
    const at = Number(view.getBigUint64(slot + 0x80, true));
    mixed.set(other.bytes.subarray(at, at + 34 * pageBytes), at);
  }
  await expect(open(mixed)).rejects.toMatchObject({ kind: "corrupt", code: "vbk.bank_authentication" });
});

test("another parent, point, chain or key record is refused", async () => {
  const trailer = bytes.length - pageBytes;
  const cryptoBank = Number(new DataView(bytes.buffer).getBigUint64(0x1000 + 0x80 + 32, true));
  for (const at of [trailer + 0x14, trailer + 0x28, trailer + 0x38, trailer + 0x48, 0x1008]) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 2;
    if (at === 0x1008) changed[0x81008] = changed[at] ?? 0;
    await expect(open(changed)).rejects.toMatchObject({ kind: "corrupt", code: "vbk.file_root" });
  }
  const weakened = bytes.slice();
  const view = new DataView(weakened.buffer);
  for (const slot of [0x1000, 0x81000]) {
    const at = Number(view.getBigUint64(slot + 0x80 + 32, true)) + 2 * pageBytes + 0x50;
    weakened[at] = (weakened[at] ?? 0) ^ 1;
  }
  expect(cryptoBank).toBeGreaterThan(first.offset + blockBytes);
  await expect(open(weakened)).rejects.toMatchObject({ kind: "corrupt", code: "vbk.file_root" });
});

test("closing a container zeroes its keys: nothing can be read any more", async () => {
  const opened = await openContainer(new MemorySource(bytes), options);
  opened.close();
  await expect(opened.readBlock(0)).rejects.toThrow("still open");
});
