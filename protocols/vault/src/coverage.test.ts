import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockMapReader, decodeBlockMap, encodeBlockMap, firstUncovered } from "./index.ts";

const lengths = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 });
function laidOut(sizes: readonly number[]) {
  let offset = 0;
  const extents = sizes.map((length) => {
    const extent = { offset, length };
    offset += length;
    return extent;
  });
  return { extents, size: offset };
}

test("extents laid end to end cover their file, and losing, doubling or growing one is found", () => {
  fc.assert(
    fc.property(lengths, fc.nat(), (sizes, at) => {
      const { extents, size } = laidOut(sizes);
      expect(firstUncovered(extents, size)).toBeNull();
      const index = at % extents.length;
      const victim = extents[index] ?? { offset: 0, length: 0 };
      expect(firstUncovered(extents.toSpliced(index, 1), size)).toBe(victim.offset);
      expect(firstUncovered(extents.toSpliced(index, 0, victim), size)).toBe(victim.offset);
      expect(firstUncovered(extents, size + 1)).toBe(size);
      expect(firstUncovered(extents, size - 1)).toBe(size - 1);
    }),
  );
});

test("a block map survives any split of its bytes", () => {
  fc.assert(
    fc.property(lengths, fc.array(fc.nat({ max: 400 }), { maxLength: 20 }), (sizes, splits) => {
      const entries = laidOut(sizes).extents.map((extent, n) => ({ ...extent, sha256: new Uint8Array(32).fill(n) }));
      const bytes = encodeBlockMap(entries);
      const seen: unknown[] = [];
      const reader = new BlockMapReader((entry) => seen.push(entry));
      let at = 0;
      for (const step of splits) {
        reader.push(bytes.subarray(at, at + step));
        at = Math.min(bytes.length, at + step);
      }
      reader.push(bytes.subarray(at));
      reader.finish();
      expect(seen).toEqual(entries);
      expect(decodeBlockMap(bytes)).toEqual(entries);
    }),
  );
});

test("a block map that descends, overlaps or is torn is refused", () => {
  const sha256 = new Uint8Array(32);
  for (const bad of [
    encodeBlockMap([
      { offset: 10, length: 5, sha256 },
      { offset: 14, length: 5, sha256 },
    ]),
    encodeBlockMap([{ offset: 0, length: 0, sha256 }]),
    encodeBlockMap([{ offset: 0, length: 5, sha256 }]).subarray(1),
  ])
    expect(() => decodeBlockMap(bad)).toThrowError(expect.objectContaining({ code: "vault.invalid" }));
});
