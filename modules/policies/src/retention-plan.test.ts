import type { PolicyRetention } from "@casaforte/contract/policies";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DatedPoint, planRetention } from "./retention-plan.ts";

const dayMs = 86_400_000;
const none: PolicyRetention = { points: 0, days: 0, weeks: 0, months: 0, years: 0 };
const startMs = Date.UTC(2026, 0, 1, 2, 30);
const daily = (count: number): DatedPoint[] =>
  Array.from({ length: count }, (_, n) => ({ id: `p${n}`, atMs: startMs + n * dayMs }));
const keptDays = (points: readonly DatedPoint[], retention: PolicyRetention, timeZone = "UTC") => {
  const plan = planRetention(points, retention, timeZone);
  return points.filter((point) => plan.has(point.id)).map((point) => new Date(point.atMs).toISOString().slice(0, 10));
};

const histories = fc
  .array(fc.integer({ min: 0, max: 2000 * 24 }), { maxLength: 120 })
  .map((hours) => hours.map((hour, n): DatedPoint => ({ id: `p${n}`, atMs: startMs + hour * 3_600_000 })));
const retentions = fc.record({
  points: fc.nat(20),
  days: fc.nat(30),
  weeks: fc.nat(12),
  months: fc.nat(24),
  years: fc.nat(5),
});
const zones = fc.constantFrom("UTC", "Europe/Rome", "America/St_Johns", "Pacific/Kiritimati");

test("GFS keeps the newest of each day, ISO week, month and year", () => {
  const year = daily(365);
  expect(keptDays(year, { ...none, days: 3 })).toEqual(["2026-12-29", "2026-12-30", "2026-12-31"]);
  expect(keptDays(year, { ...none, weeks: 3 })).toEqual(["2026-12-20", "2026-12-27", "2026-12-31"]);
  expect(keptDays(year, { ...none, months: 3 })).toEqual(["2026-10-31", "2026-11-30", "2026-12-31"]);
  expect(keptDays(daily(800), { ...none, years: 2 })).toEqual(["2027-12-31", "2028-03-10"]);
});

test("a day is the policy's own: half past midnight in Rome is the new day there", () => {
  const points = [
    { id: "late", atMs: Date.UTC(2026, 5, 1, 21, 30) },
    { id: "next", atMs: Date.UTC(2026, 5, 1, 22, 30) },
  ];
  expect([...planRetention(points, { ...none, days: 2 }, "Europe/Rome").keys()].sort()).toEqual(["late", "next"]);
  expect([...planRetention(points, { ...none, days: 2 }, "UTC").keys()]).toEqual(["next"]);
});

test("no rule keeps everything, a pause empties nothing", () => {
  expect(planRetention(daily(50), none, "UTC").size).toBe(50);
  const old = daily(10);
  expect(planRetention(old, { ...none, days: 7 }, "UTC").size).toBe(7);
});

test("over random histories: each rule keeps as many buckets as there are, more rules keep no less, order is nothing", () => {
  fc.assert(
    fc.property(histories, retentions, zones, fc.integer(), (points, retention, timeZone, seed) => {
      const plan = planRetention(points, retention, timeZone);
      const shuffled = [...points].sort((a, b) => ((a.atMs * 31 + seed) % 97) - ((b.atMs * 31 + seed) % 97));
      expect([...planRetention(shuffled, retention, timeZone).keys()].sort()).toEqual([...plan.keys()].sort());
      if (points.length > 0) {
        const newest = Math.max(...points.map((point) => point.atMs));
        expect(points.some((point) => plan.has(point.id) && point.atMs === newest)).toBe(true);
      }
      for (const rule of ["points", "days", "weeks", "months", "years"] as const) {
        const alone = planRetention(points, { ...none, [rule]: retention[rule] }, timeZone);
        if (retention[rule] === 0) continue;
        for (const id of alone.keys()) expect(plan.has(id)).toBe(true);
        const more = planRetention(points, { ...retention, [rule]: retention[rule] + 1 }, timeZone);
        for (const id of plan.keys()) expect(more.has(id)).toBe(true);
        const kept = [...plan.values()].filter((reasons) => reasons.includes(rule)).length;
        expect(kept).toBeLessThanOrEqual(retention[rule]);
        if (rule === "points") expect(kept).toBe(Math.min(points.length, retention.points));
      }
    }),
  );
});

test("applying a plan again changes nothing, and a new point never displaces one that a longer rule holds", () => {
  fc.assert(
    fc.property(histories, retentions, zones, (points, retention, timeZone) => {
      const first = planRetention(points, retention, timeZone);
      const left = points.filter((point) => first.has(point.id));
      expect(planRetention(left, retention, timeZone).size).toBe(left.length);
    }),
  );
});
