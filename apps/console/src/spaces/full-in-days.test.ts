import { expect, test } from "vitest";
import type { UsageRow } from "../usage/usage-days.ts";
import { fullInDays } from "./full-in-days.ts";

const rows = (...stored: readonly number[]): UsageRow[] =>
  stored.map((storedBytes, index) => ({
    day: `2026-05-${String(index + 1).padStart(2, "0")}`,
    spaceId: "s",
    deviceId: "d",
    storedBytes,
    receivedBytes: 0,
    restoredBytes: 0,
    points: 0,
  }));

test("R10: a space that grows by ten a day and has a hundred left is full in ten days", () => {
  expect(fullInDays(rows(0, 0, 10, 20, 30, 40, 50, 60, 70), 170)).toBe(10);
});

test("no date is said for a space that shrinks, that is new, that is empty, or that fills in years", () => {
  expect(fullInDays(rows(70, 60, 50, 40, 30, 20, 10), 170)).toBeNull();
  expect(fullInDays(rows(0, 0, 0, 10, 20), 170)).toBeNull();
  expect(fullInDays(rows(0, 0, 0), 170)).toBeNull();
  expect(fullInDays([], 170)).toBeNull();
  expect(fullInDays(rows(1, 2, 3, 4, 5, 6, 7), 1_000_000)).toBeNull();
});

test("a full space is full today, however it grew", () => {
  expect(fullInDays(rows(200, 190), 170)).toBe(0);
});
