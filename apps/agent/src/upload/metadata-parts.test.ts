import { concatBytes } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { partsOf } from "./metadata-parts.ts";

test("parts hold all bytes of the pieces, each at its place, and all but the last are full", () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 200; round++) {
    const start = random.next() % 1000;
    let offset = start;
    const pieces = Array.from({ length: random.next() % 6 }, () => {
      const piece = { offset, bytes: random.bytes(random.next() % 50) };
      offset += piece.bytes.length;
      return piece;
    });
    const lengthMax = 1 + (random.next() % 40);
    const parts = Array.from(partsOf(pieces, lengthMax), (part) => ({ ...part, bytes: part.bytes.slice() }));
    expect(concatBytes(parts.map(({ bytes }) => bytes))).toEqual(concatBytes(pieces.map(({ bytes }) => bytes)));
    for (const [at, part] of parts.entries()) {
      expect(part.offset).toBe(start + at * lengthMax);
      expect(part.bytes.length <= lengthMax && (at === parts.length - 1 || part.bytes.length === lengthMax)).toBe(true);
    }
  }
});
