import type { PolicySchedule } from "@casaforte/contract/policies";
import fc from "fast-check";
import { expect, test } from "vitest";
import { previewPolicy } from "./preview-policy.ts";
import { assertSchedule, nextRuns } from "./schedule.ts";

const none = { points: 0, days: 0, weeks: 0, months: 0, years: 0 };
const nowMs = Date.UTC(2026, 10, 28, 12);
const cron = (expression: string): PolicySchedule => ({
  kind: "cron",
  expression,
  timeZone: "Europe/Rome",
  spreadMinutes: 0,
  catchUp: true,
});
const schedules = fc.constantFrom(
  cron("30 2 * * *"),
  cron("0 * * * *"),
  cron("0 9,18 * * MON-FRI"),
  cron("0 3 1 * *"),
  cron("*/5 * * * *"),
  { kind: "manual" } as const,
);
const retentions = fc.record({
  points: fc.nat(60),
  days: fc.nat(60),
  weeks: fc.nat(20),
  months: fc.nat(24),
  years: fc.nat(10),
});

test("a month of days and a year of months at night: 7 + 4 + 12 overlap as they should", () => {
  const preview = previewPolicy(cron("30 2 * * *"), { ...none, days: 7, weeks: 4, months: 12 }, nowMs, {
    fullBytes: 1000,
    changedBytes: 10,
  });
  expect(preview.nextRuns[0]).toBe("2026-11-29T01:30:00.000Z");
  expect(preview.points).toBe(20);
  expect(preview.reachDays).toBeGreaterThan(300);
  expect(preview.reachDays).toBeLessThan(366);
  // One full; ten bytes for each day between kept points.
  expect(preview.storedBytes).toBeGreaterThan(1000 + 20 * 10);
  expect(preview.storedBytes).toBeLessThanOrEqual(1000 + 366 * 10);
});

test("over random policies: figures agree with each other, and more retention or more change never cost less", () => {
  fc.assert(
    fc.property(schedules, retentions, fc.nat(1e6), fc.nat(1e6), (schedule, retention, fullBytes, changedBytes) => {
      const preview = previewPolicy(schedule, retention, nowMs, { fullBytes, changedBytes });
      expect(preview.keptAgesDays).toHaveLength(preview.points);
      expect([...preview.keptAgesDays].sort((a, b) => a - b)).toEqual(preview.keptAgesDays);
      if (Object.values(retention).every((count) => count === 0)) {
        expect(preview.reachDays).toBeNull();
        return;
      }
      expect(preview.points).toBeGreaterThanOrEqual(Math.max(1, retention.points));
      const bytes = preview.storedBytes ?? -1;
      expect(bytes).toBeGreaterThanOrEqual(fullBytes);
      expect(bytes).toBeLessThanOrEqual(fullBytes * preview.points);
      const more = previewPolicy(schedule, { ...retention, points: retention.points + 1 }, nowMs, {
        fullBytes,
        changedBytes: changedBytes + 1,
      });
      expect(more.points).toBeGreaterThanOrEqual(preview.points);
      expect(more.storedBytes ?? -1).toBeGreaterThanOrEqual(Math.min(bytes, fullBytes));
    }),
    { numRuns: 25 },
  );
});

test("a cron line that is none, never comes due or names no time zone is refused", () => {
  for (const bad of [cron("61 * * * *"), cron("0 0 31 2 *"), { ...cron("0 0 * * *"), timeZone: "Europe/Atlantis" }])
    expect(() => assertSchedule(bad)).toThrowError(expect.objectContaining({ code: "policies.schedule" }));
});

test("runs follow the wall clock over the end of summer time", () => {
  const runs = nextRuns(cron("30 3 * * *"), Date.UTC(2026, 9, 24, 0), 3).map((run) => run.toISOString());
  expect(runs).toEqual(["2026-10-24T01:30:00.000Z", "2026-10-25T02:30:00.000Z", "2026-10-26T02:30:00.000Z"]);
});
