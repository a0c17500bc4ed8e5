import { expect, test } from "vitest";
import { romeIsoDate, romeMidnight, romeMonthStart, romeNextMonth } from "./index.ts";

const at = (text: string) => Date.parse(text);

test("R38: a month begins at midnight in Rome, whatever daylight saving does in it", () => {
  expect(new Date(romeMonthStart(at("2026-03-31T22:30:00Z"))).toISOString()).toBe("2026-03-31T22:00:00.000Z");
  expect(new Date(romeNextMonth(at("2026-03-01T00:00:00+01:00"))).toISOString()).toBe("2026-03-31T22:00:00.000Z");
  expect(new Date(romeNextMonth(at("2026-10-25T12:00:00Z"))).toISOString()).toBe("2026-10-31T23:00:00.000Z");
  expect(new Date(romeNextMonth(at("2026-12-31T22:59:59Z"))).toISOString()).toBe("2026-12-31T23:00:00.000Z");
  expect(new Date(romeNextMonth(at("2028-02-29T12:00:00Z"))).toISOString()).toBe("2028-02-29T23:00:00.000Z");
});

test("R68: days of 23 and 25 hours are one civil day", () => {
  const length = (day: number, month: number) =>
    (romeMidnight({ year: 2026, month, day: day + 1 }) - romeMidnight({ year: 2026, month, day })) / 3_600_000;
  expect([length(29, 3), length(25, 10), length(1, 6)]).toEqual([23, 25, 24]);
  expect(romeIsoDate(at("2026-03-28T23:30:00Z"))).toBe("2026-03-29");
  expect(romeIsoDate(at("2026-06-30T21:59:59Z"))).toBe("2026-06-30");
});
