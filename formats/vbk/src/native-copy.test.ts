import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { copyBytes } from "./native-copy.ts";

test.each([0, 1, 8191, 8192, 1_000_003])(
  "%d bytes come into shared and own memory, and nothing beside them is touched",
  (length) => {
    const from = new SeededRandom(3).bytes(length + 2).subarray(1, 1 + length);
    for (const memory of [new SharedArrayBuffer(length + 20), new ArrayBuffer(length + 20)]) {
      const into = new Uint8Array(memory).fill(7);
      copyBytes(from, into, 10);
      expect(Buffer.from(into.subarray(10, 10 + length)).equals(from)).toBe(true);
      expect([...into.subarray(0, 10), ...into.subarray(10 + length)]).toEqual(Array(20).fill(7));
    }
  },
);

test("memory that is too short is left as it is", () => {
  const into = new Uint8Array(10_000);
  expect(() => copyBytes(new Uint8Array(9_000).fill(1), into, 1_001)).toThrow(RangeError);
  expect(into.every((byte) => byte === 0)).toBe(true);
});
