import { expect, test } from "vitest";
import { FlagTable } from "./flag-table.ts";

test("a full table takes no combination more, and knows those that it has", () => {
  const table = new FlagTable(10_000);
  const of = (nth: number) => table.intern(1, [`${"L".repeat(90)}${nth}`]);
  let last = 0;
  expect(() => {
    for (let nth = 0; nth < 100; nth++) last = of(nth);
  }).toThrow(expect.objectContaining({ kind: "rate_limited", code: "imap.too_many_flag_sets" }));
  expect(table.bytes).toBeLessThanOrEqual(10_000 + 400);
  const { size } = table;
  expect(size).toBeGreaterThan(40);
  expect([of(0), of(size - 33), table.intern(31, [])]).toEqual([32, last, 31]);
  expect(table.size).toBe(size);
});

test("a table tells how much it holds: each combination once, however often it is asked for and spelled", () => {
  const table = new FlagTable();
  const long = "L".repeat(100);
  table.intern(3, []);
  expect([table.bytes, table.keywordPlaces, table.spelling(long)]).toEqual([0, 0, undefined]);
  const number = table.intern(1, [long, "b"]);
  const { bytes } = table;
  // Its key, its text and how it is spelled.
  expect(bytes).toBeGreaterThan(4 * long.length);
  expect(table.intern(1, ["B", long.toLowerCase()])).toBe(number);
  expect([table.bytes, table.keywordPlaces, table.spelling(long.toLowerCase())]).toEqual([bytes, 2, long]);
  table.intern(2, [long]);
  expect(table.bytes).toBeGreaterThan(bytes + 2 * long.length);
  expect(table.bytes).toBeLessThan(bytes + 10 * long.length);
  expect(table.keywordPlaces).toBe(3);
});
