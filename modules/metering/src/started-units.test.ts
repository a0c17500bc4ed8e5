import type { ServiceId } from "@casaforte/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hourMs, nextUnitAt, startedUnits } from "./started-units.ts";
import type { BillingUnit, UsageMoment, UsagePlan } from "./usage.ts";

const plan = (unit: BillingUnit, rank = 1n): UsagePlan => ({
  serviceId: "s" as ServiceId,
  sku: `sku-${rank}`,
  skuVersion: 1,
  quantity: rank,
  unit,
  rank,
});
const at = (text: string) => Date.parse(text);
const forever = at("2100-01-01T00:00:00Z");
const lived = (unit: BillingUnit, from: string, to: string) =>
  startedUnits(
    [
      { kind: "started", atMs: at(from), plan: plan(unit) },
      { kind: "ended", atMs: at(to) },
    ],
    forever,
  ).length;

describe("R38: every started hour, elapsed from activation", () => {
  test.each([
    ["10:00:00", "10:00:01", 1],
    ["10:20:00", "11:19:59", 1],
    ["10:20:00", "11:20:00", 1],
    ["10:20:00", "11:20:01", 2],
    ["10:00:00", "10:00:00", 0],
  ])("from %s to %s it owes %i", (from, to, hours) => {
    expect(lived("hour", `2026-11-02T${from}Z`, `2026-11-02T${to}Z`)).toBe(hours);
  });

  test("R37: created and deleted after 60 seconds, exactly one unit is owed in either mode", () => {
    for (const unit of ["hour", "month"] as const)
      expect(lived(unit, "2026-11-02T10:00:00Z", "2026-11-02T10:01:00Z")).toBe(1);
  });

  test("a civil day of 23, 24 and 25 hours owes as many", () => {
    expect(lived("hour", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")).toBe(23);
    expect(lived("hour", "2026-06-01T00:00:00+02:00", "2026-06-02T00:00:00+02:00")).toBe(24);
    expect(lived("hour", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")).toBe(25);
  });
});

describe("R38: every started month, of the calendar in Rome", () => {
  test.each([
    ["2026-01-31T23:59:59+01:00", "2026-02-01T00:00:00+01:00", 1],
    ["2026-01-31T23:59:59+01:00", "2026-02-01T00:00:01+01:00", 2],
    ["2028-02-29T12:00:00+01:00", "2028-02-29T12:00:01+01:00", 1],
    ["2028-02-01T00:00:00+01:00", "2028-03-01T00:00:00+01:00", 1],
    ["2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00", 1],
    ["2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00", 1],
    ["2026-03-31T22:30:00Z", "2026-03-31T23:30:00Z", 1],
    ["2026-01-15T00:00:00Z", "2027-01-15T00:00:00Z", 13],
  ])("from %s to %s it owes %i", (from, to, months) => {
    expect(lived("month", from, to)).toBe(months);
  });

  test("R40: a mail account deleted and called back in the same month owes that month once", () => {
    const history: UsageMoment[] = [
      { kind: "started", atMs: at("2026-05-02T10:00:00Z"), plan: plan("month") },
      { kind: "ended", atMs: at("2026-05-03T10:00:00Z") },
      { kind: "started", atMs: at("2026-05-20T10:00:00Z"), plan: plan("month") },
      { kind: "ended", atMs: at("2026-06-02T10:00:00Z") },
    ];
    expect(startedUnits(history, forever).map((unit) => new Date(unit.toMs).toISOString())).toEqual([
      "2026-05-31T22:00:00.000Z",
      "2026-06-30T22:00:00.000Z",
    ]);
  });
});

test("R38: inside a started unit the highest plan is billed, whether it came first or last", () => {
  const start = at("2026-11-02T10:00:00Z");
  const change = (minutes: number, rank: bigint): UsageMoment => ({
    kind: minutes === 0 ? "started" : "changed",
    atMs: start + minutes * 60_000,
    plan: plan("hour", rank),
  });
  const ranks = (...history: UsageMoment[]) =>
    startedUnits(history, start + 3 * hourMs).map((unit) => Number(unit.plan.rank));
  expect(ranks(change(0, 1n), change(20, 5n), change(40, 2n))).toEqual([5, 2, 2]);
  expect(ranks(change(0, 5n), change(20, 1n))).toEqual([5, 1, 1]);
  expect(ranks(change(0, 1n), change(60, 5n))).toEqual([1, 5, 5]);
});

const histories = fc
  .array(
    fc.record({
      gapMinutes: fc.integer({ min: 0, max: 60 * 24 * 20 }),
      kind: fc.constantFrom("started", "changed", "ended"),
      unit: fc.constantFrom<BillingUnit>("hour", "month"),
      rank: fc.bigInt({ min: 1n, max: 9n }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((steps) => {
    let nowMs = at("2026-03-01T09:30:00Z");
    return steps.map(({ gapMinutes, kind, unit, rank }, index): UsageMoment => {
      nowMs += gapMinutes * 60_000;
      if (kind === "ended" && index > 0) return { kind: "ended", atMs: nowMs };
      const begins = index === 0 || kind === "started";
      return { kind: begins ? "started" : "changed", atMs: nowMs, plan: plan(unit, rank) };
    });
  });
const window = fc.integer({ min: 0, max: 120 }).map((days) => at("2026-03-01T09:30:00Z") + days * 24 * hourMs);

const isActiveAt = (history: readonly UsageMoment[], atMs: number) => {
  return history.findLast((moment) => moment.atMs <= atMs && moment.kind !== "changed")?.kind === "started";
};

test("R38: no instant is billed twice and no active one goes unbilled, whatever was switched, ended or started again", () => {
  fc.assert(
    fc.property(histories, window, (history, untilMs) => {
      const units = startedUnits(history, untilMs);
      for (const [index, unit] of units.entries()) {
        expect(unit.fromMs).toBeLessThan(unit.toMs);
        expect(unit.fromMs).toBeGreaterThanOrEqual(units[index - 1]?.toMs ?? 0);
        expect(isActiveAt(history, unit.fromMs)).toBe(true);
      }
      const start = history[0]?.atMs ?? 0;
      for (let probeMs = start; probeMs < untilMs; probeMs += 53 * hourMs + 7_000)
        if (isActiveAt(history, probeMs))
          expect(units.filter((unit) => unit.fromMs <= probeMs && probeMs < unit.toMs)).toHaveLength(1);
    }),
    { numRuns: 100 },
  );
});

test("R38: what is owed grows with time, and closing in two steps gives the same units as in one", () => {
  fc.assert(
    fc.property(histories, window, window, (history, one, other) => {
      const [early, late] = [Math.min(one, other), Math.max(one, other)];
      const [before, after] = [startedUnits(history, early), startedUnits(history, late)];
      expect(after.slice(0, before.length)).toEqual(before);
      const paidMs = before.at(-1)?.toMs ?? Number.NEGATIVE_INFINITY;
      expect([...before, ...startedUnits(history, late, paidMs)]).toEqual(after);
    }),
    { numRuns: 100 },
  );
});

test("a change noted after the end starts nothing, and a start after it is the only one that counts", () => {
  const [start, end] = [at("2026-05-02T10:00:00Z"), at("2026-05-03T10:00:00Z")];
  const gone: UsageMoment[] = [
    { kind: "started", atMs: start, plan: plan("month") },
    { kind: "ended", atMs: end },
    { kind: "changed", atMs: end + 1, plan: plan("month", 5n) },
  ];
  expect(startedUnits(gone, at("2026-12-01T00:00:00Z")).map((unit) => unit.plan.rank)).toEqual([1n]);
  expect(nextUnitAt(gone, at("2026-05-31T22:00:00Z"))).toBeNull();
  const back: UsageMoment[] = [
    ...gone,
    { kind: "started", atMs: at("2026-07-10T10:00:00Z"), plan: plan("month", 2n) },
    { kind: "ended", atMs: at("2026-07-11T10:00:00Z") },
  ];
  expect(startedUnits(back, forever).map((unit) => [unit.fromMs, unit.plan.rank])).toEqual([
    [start, 1n],
    [at("2026-07-10T10:00:00Z"), 2n],
  ]);
});

test("the next unit of something that lives on starts where the last paid one ends", () => {
  const start = at("2026-11-02T10:00:00Z");
  const alive: UsageMoment[] = [{ kind: "started", atMs: start, plan: plan("hour") }];
  expect(nextUnitAt(alive, start + hourMs)).toBe(start + hourMs);
  expect(nextUnitAt([...alive, { kind: "ended", atMs: start + 1 }], start + hourMs)).toBeNull();
  expect(nextUnitAt([{ kind: "started", atMs: start, plan: null }], Number.NEGATIVE_INFINITY)).toBeNull();
});
