import { concatBytes, Failure } from "@casaforte/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleBlock } from "../build.test-support.ts";
import { compressZstd } from "../zstd-block.ts";
import { uncompressZstd } from "./zstd-block.ts";

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
const packed = (plain: Uint8Array): Uint8Array => {
  const { head, body } = compressZstd(plain);
  return concatBytes([head, body]);
};

test("a browser reads what the agent packs with the zstd profile, byte for byte", () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const plain = build(parts);
      fc.pre(plain.length > 0);
      expect(Buffer.from(uncompressZstd(packed(plain), plain.length)).equals(plain)).toBe(true);
    }),
    { numRuns: 200 },
  );
  for (const kind of ["random", "text", "zero"] as const) {
    const plain = sampleBlock(kind, 1);
    expect(Buffer.from(uncompressZstd(packed(plain), plain.length)).equals(plain)).toBe(true);
  }
});

test("a damaged or hostile stream is refused by name, and takes no more room than the block", () => {
  const plain = build([[Uint8Array.from({ length: 500 }, (_, index) => index * 7), 30]]);
  const sound = packed(plain);
  fc.assert(
    fc.property(fc.integer({ min: 12, max: sound.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bad = sound.slice();
      bad[at] = (bad[at] ?? 0) ^ flip;
      let read: Uint8Array | null = null;
      try {
        read = uncompressZstd(bad, plain.length);
      } catch (error) {
        expect(error instanceof Failure && /^vbk\.block_(zstd|crc)$/.test(error.code)).toBe(true);
      }
      // A bit that carries nothing may be flipped; then the bytes are the same.
      if (read !== null) expect(Buffer.from(read).equals(plain)).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(() => uncompressZstd(sound, 100)).toThrowError(expect.objectContaining({ kind: "corrupt" }));
  expect(() => uncompressZstd(sound.subarray(12), plain.length)).toThrowError(
    expect.objectContaining({ code: "vbk.zstd_browser" }),
  );
});
