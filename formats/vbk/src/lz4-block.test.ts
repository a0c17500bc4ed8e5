import { equalBytes, Failure } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { compressSync, uncompressSync } from "lz4-napi";
import { expect, test } from "vitest";
import { blockBytes, storedBytesMax } from "./layout.ts";
import { compressBlock, lz4HeadBytes, uncompressBlock } from "./lz4-block.ts";

/** Bytes in which short and long runs, near and far repetitions and noise come after each other. */
function patchwork(seed: number, length: number): Uint8Array {
  const random = new SeededRandom(seed);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const [kind = 0, a = 0, b = 0, c = 0] = random.bytes(4);
    const size = Math.min(length - at, kind % 5 === 0 ? a * 200 + b : 1 + (a % 40));
    const back = 1 + (kind % 2 === 0 ? b % 12 : ((b << 8) | c) * 2);
    if (kind % 3 === 0 || back > at) bytes.set(random.bytes(size), at);
    else for (let index = 0; index < size; index++) bytes[at + index] = bytes[at + index - back] ?? 0;
    at += size;
  }
  return bytes;
}

/** The library has the plain length before the raw block, as the layout's head has. */
const prefixed = (head: Uint8Array, body: Uint8Array): Buffer => Buffer.concat([head.subarray(8), body]);

test("what we compress, we and another LZ4 open; what another compresses, we open", () => {
  fc.assert(
    fc.property(fc.nat(), fc.oneof(fc.nat(300), fc.nat(blockBytes - 1)), (seed, more) => {
      const plain = patchwork(seed, more + 1);
      const { head, body } = compressBlock(plain);
      expect(lz4HeadBytes + body.length).toBeLessThan(storedBytesMax);
      const stored = Buffer.concat([head, body]);
      expect(equalBytes(uncompressSync(prefixed(head, body)), plain)).toBe(true);
      expect(equalBytes(uncompressBlock(stored, plain.length), plain)).toBe(true);
      const theirs = Buffer.concat([head, compressSync(Buffer.from(plain)).subarray(4)]);
      expect(equalBytes(uncompressBlock(theirs, plain.length), plain)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("text, zeros and noise come out as small as they should", () => {
  const text = new Uint8Array(Buffer.from("2026-11-28 a line of a log, much like the one before\n".repeat(20_000)));
  const sizeOf = (plain: Uint8Array) => compressBlock(plain).body.length;
  expect(sizeOf(text.subarray(0, blockBytes))).toBeLessThan(blockBytes / 100);
  expect(sizeOf(new Uint8Array(blockBytes))).toBeLessThan(5_000);
  expect(sizeOf(new SeededRandom(3).bytes(blockBytes))).toBeLessThan(blockBytes + 5_000);
});

test("a damaged stream is refused, never more, whatever byte of it changed", () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(), fc.integer({ min: 1, max: 255 }), (seed, position, flip) => {
      const plain = patchwork(seed, 5_000);
      const { head, body } = compressBlock(plain);
      const stored = Buffer.concat([head, body]);
      const at = position % stored.length;
      stored[at] = (stored[at] ?? 0) ^ flip;
      try {
        expect(equalBytes(uncompressBlock(stored, plain.length), plain)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect(error).toMatchObject({ kind: "corrupt" });
      }
    }),
    { numRuns: 500 },
  );
});
