import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { utf8 } from "./bytes.ts";
import { crcPolynomials, createCrc32 } from "./crc.ts";

test("both checks give the catalogue's value for 123456789", () => {
  expect(createCrc32(crcPolynomials.ieee)(utf8("123456789"))).toBe(0xcbf43926);
  expect(createCrc32(crcPolynomials.castagnoli)(utf8("123456789"))).toBe(0xe3069283);
});

test("a check of pieces is the check of the whole, whatever their lengths", () => {
  const check = createCrc32(crcPolynomials.ieee);
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7919) >> 3);
  for (const cut of [0, 1, 7, 8, 9, 511, 999, 1000]) {
    expect(check(bytes.subarray(cut), check(bytes.subarray(0, cut)))).toBe(crc32(bytes));
  }
});
