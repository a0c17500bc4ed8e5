import { expect, test } from "vitest";
import { BankSet } from "./bank-set.ts";
import { pageBytes } from "./layout.ts";
import { Metadata } from "./metadata.ts";
import { bankOf, getPageId, pageId, pageOf, viewOf } from "./page.ts";
import { slotOfDataPage, tablePagesFor, writeVector } from "./vector.ts";

const entryBytes = 60;
const perPage = Math.floor(pageBytes / entryBytes);

function write(count: number): { metadata: Metadata; root: number; banks: BankSet } {
  const banks = new BankSet();
  const root = writeVector(banks, { entryBytes, count, write: (index, view) => view.setUint32(0, index + 1, true) });
  const pages = Array.from({ length: banks.count }, (_, bank) => {
    const stored = banks.encode(bank);
    return stored.subarray(pageBytes, stored.length - pageBytes);
  });
  return { metadata: new Metadata(pages), root, banks };
}

test("table pages grow 1, 4, 16, 64, and new ones take the first slots of the first new one", () => {
  expect([0, 1, 510, 511, 2040, 2041, 8160, 8161].map(tablePagesFor)).toEqual([1, 1, 1, 4, 4, 16, 16, 64]);
  expect(slotOfDataPage(0)).toBe(1);
  expect(slotOfDataPage(509)).toBe(510);
  expect(slotOfDataPage(510)).toBe(511 + 3);
  expect(slotOfDataPage(2039)).toBe(4 * 511 - 1);
  expect(slotOfDataPage(2040)).toBe(4 * 511 + 12);
  expect(slotOfDataPage(8160)).toBe(16 * 511 + 48);
});

test("a vector of 150,000 entries (beyond 2,040 pages) is read back entry by entry", () => {
  for (const count of [0, 1, 510 * perPage, 510 * perPage + 1, 2040 * perPage + 1, 150_000, 8160 * perPage + 7]) {
    const { metadata, root } = write(count);
    const entries = viewOf(metadata.vector(root, entryBytes, count));
    for (let index = 0; index < count; index += 1 + (count >> 12)) {
      expect(entries.getUint32(index * entryBytes, true)).toBe(index + 1);
    }
    if (count > 0) expect(entries.getUint32((count - 1) * entryBytes, true)).toBe(count);
  }
});

test("a bank is stored as it was filled, in no second memory, and once", () => {
  const encryption = {
    keySetId: new Uint8Array(16),
    leaveOutFree: true,
    encrypt: (_: Uint8Array, length: number) => length,
  };
  for (const how of [undefined, encryption]) {
    const banks = new BankSet();
    const id = banks.allocate();
    const page = banks.page(id).fill(7);
    const stored = banks.encode(bankOf(id), how);
    expect(stored.buffer).toBe(page.buffer);
    expect(stored.subarray(pageBytes, 2 * pageBytes)).toEqual(new Uint8Array(pageBytes).fill(7));
    expect(() => banks.encode(bankOf(id), how)).toThrow("encoded once");
  }
});

test("page ids keep bank and page apart, and all ones is none", () => {
  const id = pageId(0x7eff, 0x3ff);
  expect([bankOf(id), pageOf(id)]).toEqual([0x7eff, 0x3ff]);
  expect(getPageId(viewOf(new Uint8Array(8).fill(0xff)), 0)).toBe(-1);
  const hostile = new Uint8Array(8).fill(0xfe);
  expect(() => new Metadata([]).page(getPageId(viewOf(hostile), 0))).toThrow("points nowhere");
});

test("a table chain that bites its own tail ends", () => {
  const { metadata, root, banks } = write(600 * perPage);
  viewOf(banks.page(root)).setUint32(0, root, true);
  expect(metadata.vector(root, entryBytes, 1)).toHaveLength(entryBytes);
});
