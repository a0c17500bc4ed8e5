import fc from "fast-check";
import { expect, test } from "vitest";
import { decimalOfCents, decimalOfMicros, divideHalfUp, microsToCents, shareOfCents } from "./index.ts";

test("R42: money is rounded half up, and a credit mirrors its invoice", () => {
  expect([4_999n, 5_000n, 15_000n, -5_000n, -4_999n].map(microsToCents)).toEqual([0n, 1n, 2n, -1n, 0n]);
  expect(shareOfCents(1n, 2200n)).toBe(0n);
  expect(shareOfCents(250n, 2200n)).toBe(55n);
  expect(shareOfCents(25n, 2200n)).toBe(6n);
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 10n ** 12n }), (a, b) => {
      const rounded = divideHalfUp(a, b);
      expect(divideHalfUp(-a, b)).toBe(-rounded);
      const twice = 2n * (a - rounded * b);
      expect(twice <= b && twice >= -b).toBe(true);
    }),
  );
});

test("R42: amounts are written in decimals without passing a float", () => {
  expect([0n, 5n, -5n, 123_456_789_012_345_678n].map(decimalOfCents)).toEqual([
    "0.00",
    "0.05",
    "-0.05",
    "1234567890123456.78",
  ]);
  expect([2_740n, 12_000_000n, 500_000n, -1n].map(decimalOfMicros)).toEqual(["0.00274", "12.00", "0.50", "-0.000001"]);
});
