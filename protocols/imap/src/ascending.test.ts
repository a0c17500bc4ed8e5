import fc from "fast-check";
import { expect, test } from "vitest";
import { includes, withMore, without } from "./ascending.ts";

const ascending = fc.uniqueArray(fc.nat(60)).map((numbers) => Uint32Array.from(numbers).sort());

test("ascending numbers gain and lose others as sets do", () => {
  fc.assert(
    fc.property(ascending, ascending, (numbers, others) => {
      const [known, more] = [
        others.filter((one) => numbers.includes(one)),
        others.filter((one) => !numbers.includes(one)),
      ];
      expect(others.filter((one) => includes(numbers, one))).toEqual(known);
      expect(without(numbers, known)).toEqual(numbers.filter((one) => !others.includes(one)));
      expect(withMore(numbers, more)).toEqual(Uint32Array.from([...numbers, ...more]).sort());
    }),
  );
});
