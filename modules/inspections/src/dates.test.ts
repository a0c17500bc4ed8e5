import { expect, test } from "vitest";
import { dayStart, earliestDay, nextYearDay } from "./index.ts";

const at = (text: string) => Date.parse(text);

test("R68: thirty calendar days are counted in Rome, over daylight saving, the year's end and a leap day", () => {
  // In Rome it is the next day already.
  expect(earliestDay(at("2026-03-09T23:30:00Z"))).toBe("2026-04-09");
  expect(earliestDay(at("2026-03-09T22:30:00Z"))).toBe("2026-04-08");
  expect(earliestDay(at("2026-10-10T12:00:00Z"))).toBe("2026-11-09");
  expect(earliestDay(at("2026-12-15T12:00:00Z"))).toBe("2027-01-14");
  expect(earliestDay(at("2028-01-31T12:00:00Z"))).toBe("2028-03-01");
  expect(earliestDay(at("2027-01-31T12:00:00Z"))).toBe("2027-03-02");
});

test("R68: the room opens at the first midnight in Rome and closes at the one after the last day", () => {
  const hours = (from: string, until: string) => (dayStart(until, 1) - dayStart(from)) / 3_600_000;
  expect(new Date(dayStart("2026-07-01")).toISOString()).toBe("2026-06-30T22:00:00.000Z");
  expect([hours("2026-03-29", "2026-03-29"), hours("2026-10-25", "2026-10-25")]).toEqual([23, 25]);
  expect(() => dayStart("2027-02-29")).toThrow(expect.objectContaining({ code: "inspections.date" }));
});

test("R71: a year later is the same date, and a leap day's is the first of March", () => {
  expect([nextYearDay("2026-05-04"), nextYearDay("2028-02-29")]).toEqual(["2027-05-04", "2029-03-01"]);
});
