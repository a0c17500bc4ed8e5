import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleBlock } from "../build.test-support.ts";
import { crc32c as nativeCrc } from "../crc32c.ts";
import { compressLz4 } from "../lz4-native.ts";
import { sha256 as nativeSha256 } from "../sha256.ts";
import { crc32c } from "./crc32c.ts";
import { decodeLz4 } from "./lz4-decode.ts";
import { sha256 } from "./sha256.ts";

/** Runs, copies near and far, and noise: what makes every kind of sequence. */
const pieces = fc.array(
  fc.oneof(
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 400 })),
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.constant(1)),
  ),
  { maxLength: 12 },
);
const build = (parts: readonly (readonly [Uint8Array, number])[]): Uint8Array =>
  Buffer.concat(parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => Buffer.from(bytes))));

test("what the native library packs comes out the same, byte for byte", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const plain = build(parts);
      fc.pre(plain.length > 0);
      const unpacked = decodeLz4(compressLz4(plain), plain.length);
      expect(unpacked !== null && Buffer.from(unpacked).equals(plain)).toBe(true);
    }),
    { numRuns: 300 },
  );
  for (const kind of ["random", "text", "zero"] as const) {
    const plain = sampleBlock(kind, 1);
    expect(Buffer.from(decodeLz4(compressLz4(plain), plain.length) ?? []).equals(plain)).toBe(true);
  }
});

test("a damaged stream gives null or other bytes of the announced length, never more and never an exception", () => {
  const plain = build([[Uint8Array.from({ length: 50 }, (_, index) => index), 30]]);
  const packed = compressLz4(plain).slice();
  fc.assert(
    fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(40), (at, flip, cut) => {
      const damaged = packed.slice(0, packed.length - cut);
      if (at < damaged.length) damaged[at] = (damaged[at] ?? 0) ^ flip;
      const unpacked = decodeLz4(damaged, plain.length);
      expect(unpacked === null || unpacked.length === plain.length).toBe(true);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(5000), (stream, length) => {
      const unpacked = decodeLz4(stream, length);
      expect(unpacked === null || unpacked.length === length).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("the checks without native code are those with it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
      expect(crc32c(bytes)).toBe(nativeCrc(bytes));
      expect(sha256([bytes, bytes])).toEqual(nativeSha256([bytes, bytes]));
    }),
    { numRuns: 200 },
  );
});
