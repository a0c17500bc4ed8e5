import { concatBytes, fromUtf8 } from "@casaforte/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LineBuffer } from "./line-buffer.ts";

test("numbers and texts come out as written, across any number of pieces", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.maxSafeNat(), fc.nat(20), fc.constantFrom(0, 9, 10, 2 ** 31 - 1, 2 ** 31, 2 ** 32)), {
        maxLength: 200,
      }),
      (numbers) => {
        const pieces: Uint8Array[] = [];
        const line = new LineBuffer((bytes) => pieces.push(bytes));
        const filler = Buffer.alloc(1000, "x");
        let expected = "";
        for (const number of numbers) {
          line.ascii("n ");
          line.number(number);
          line.raw(filler);
          expected += `n ${number}${"x".repeat(1000)}`;
        }
        line.flush();
        expect(fromUtf8(concatBytes(pieces))).toBe(expected);
      },
    ),
  );
});
