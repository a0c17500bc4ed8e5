import { expect, test } from "vitest";
import { FlagTable } from "./flag-table.ts";

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
