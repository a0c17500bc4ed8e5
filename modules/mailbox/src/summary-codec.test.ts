import { FlagTable } from "@casaforte/imap";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSummary, encodeSummary } from "./summary-codec.ts";

const row = fc.record({
  step: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100_000_000 })),
  bits: fc.nat(31),
  keywords: fc.oneof(fc.constant([]), fc.subarray(["$Forwarded", "$Junk", "Label"])),
  modseq: fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.maxSafeNat().map((n) => Math.floor(n / 2)),
  ),
});

test("a summary gives back UIDs, flags and modseqs, and nothing of it can be missing", () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), fc.nat(1000), (rows, cut) => {
      const table = new FlagTable();
      let uid = 0;
      const columns = {
        uids: Uint32Array.from(rows, ({ step }) => (uid += step)),
        flagSets: Uint32Array.from(rows, ({ bits, keywords }) => table.intern(bits, keywords)),
        modseqs: Float64Array.from(rows, ({ modseq }) => modseq),
      };
      const summary = encodeSummary(columns, table);
      const other = new FlagTable();
      other.intern(3, ["Another"]);
      const read = decodeSummary({ ...summary, flagSets: JSON.parse(JSON.stringify(summary.flagSets)) }, other);
      expect([read.uids, read.modseqs]).toEqual([columns.uids, columns.modseqs]);
      expect(Array.from(read.flagSets, (number) => other.flags(number))).toEqual(
        Array.from(columns.flagSets, (number) => table.flags(number)),
      );
      const packed = summary.packed.subarray(0, cut % summary.packed.length);
      expect(() => decodeSummary({ ...summary, packed }, other)).toThrow();
    }),
  );
});

test("half a million messages as they come are a few dozen bytes", () => {
  const table = new FlagTable();
  const count = 500_000;
  const columns = {
    uids: Uint32Array.from({ length: count }, (_, index) => index + 1),
    flagSets: new Uint32Array(count).fill(1),
    modseqs: Float64Array.from({ length: count }, (_, index) => index + 2),
  };
  expect(encodeSummary(columns, table).packed.length).toBeLessThan(40);
});
