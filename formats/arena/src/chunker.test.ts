import { SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cutLength, newCutter } from "./chunker.ts";
import { chunkBytesMax, chunkBytesMin } from "./limits.ts";

function cuts(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    at += cutLength(bytes, at, bytes.length);
    found.push(at);
  }
  return found;
}

test("chunks stay within their limits and near their average", () => {
  const bytes = new SeededRandom(5).bytes(40_000_000);
  const ends = cuts(bytes);
  expect(ends.at(-1)).toBe(bytes.length);
  const lengths = ends.map((end, index) => end - (ends[index - 1] ?? 0));
  for (const length of lengths.slice(0, -1)) {
    expect(length).toBeGreaterThanOrEqual(chunkBytesMin);
    expect(length).toBeLessThanOrEqual(chunkBytesMax);
  }
  expect(ends.length).toBeGreaterThan(25);
  expect(ends.length).toBeLessThan(60);
});

test("after bytes are inserted the cuts fall where they fell", () => {
  const bytes = new SeededRandom(6).bytes(12_000_000);
  const inserted = new Uint8Array(bytes.length + 12_345);
  inserted.set(bytes, 12_345);
  const before = new Set(cuts(bytes).map((end) => end + 12_345));
  const after = cuts(inserted);
  const shared = after.filter((end) => before.has(end));
  expect(shared.length).toBeGreaterThan(after.length - 4);
});

test("WebAssembly cuts where plain TypeScript cuts, at any length", () => {
  const cutter = newCutter(9_000_000, false);
  const noise = new SeededRandom(7).bytes(9_000_000);
  fc.assert(
    fc.property(fc.nat(noise.length), fc.nat(noise.length), fc.nat(255), (one, other, fill) => {
      const [start, end] = one < other ? [one, other] : [other, one];
      cutter.buffer.set(noise);
      // A long run of one byte has no cut of its own: the largest chunk.
      cutter.buffer.fill(fill, start, start + (fill % 3) * 1_000_000);
      expect(cutter.cut(start, end)).toBe(cutLength(cutter.buffer, start, end));
    }),
    { numRuns: 40 },
  );
});
