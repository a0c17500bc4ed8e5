import fc from "fast-check";
import { expect, test } from "vitest";
import { findAnomalies } from "./find-anomaly.ts";
import { backupLimits } from "./limits.ts";
import { type ChainPoint, type ChainRules, planChain as plan } from "./plan-chain.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 0, 1, 2);
const none = { points: 0, days: 0, weeks: 0, months: 0, years: 0 };

const linksOf = (points: readonly ChainPoint[]) =>
  points.map(({ fileId, parentFileId }) => ({ fileId, parentFileId, isLive: true, revivedMs: null }));
/** Of a chain with nothing in the bin. */
const planChain = (points: readonly ChainPoint[], rules: Omit<ChainRules, "stored">) =>
  plan(points, { ...rules, stored: linksOf(points) });

/** Daily points: a full every `every`, each locked for so many days, which covers ancestors. */
function chainOf(days: number, every: number, lockDays: number): ChainPoint[] {
  const points: ChainPoint[] = [];
  for (let n = 0; n < days; n++) {
    const atMs = startMs + n * dayMs;
    const parentFileId = n % every === 0 ? null : `f${n - 1}`;
    points.push({ pointId: `p${n}`, fileId: `f${n}`, parentFileId, atMs, lockedUntilMs: 0, state: "good" });
    for (let at: number | null = n; at !== null; ) {
      const point: ChainPoint | undefined = points[at];
      if (!point) break;
      const lockedUntilMs = Math.max(point.lockedUntilMs, atMs + lockDays * dayMs);
      points[at] = { ...point, lockedUntilMs };
      at = point.parentFileId === null ? null : at - 1;
    }
  }
  return points;
}

/** Any forest of a full and increments in the order of commits, with any locks and damage. */
const chains = fc
  .array(
    fc.record({
      hour: fc.nat(24 * 400),
      full: fc.integer({ min: 0, max: 4 }),
      locked: fc.integer({ min: -400, max: 30 }),
      damaged: fc.integer({ min: 0, max: 9 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) =>
    [...rows]
      .sort((a, b) => a.hour - b.hour)
      .map(
        (row, n): ChainPoint => ({
          pointId: `p${n}`,
          fileId: `f${n}`,
          parentFileId: n === 0 || row.full === 0 ? null : `f${n - 1}`,
          atMs: startMs + row.hour * 3_600_000,
          lockedUntilMs: startMs + (400 + row.locked) * dayMs,
          state: row.damaged === 0 ? "damaged" : "good",
        }),
      ),
  );
const retentions = fc.record({
  points: fc.nat(10),
  days: fc.nat(20),
  weeks: fc.nat(8),
  months: fc.nat(12),
  years: fc.nat(3),
});
const nowMs = startMs + 400 * dayMs;

test("over random histories: nothing goes that is locked, kept, or needed by what stays; twice is once; a merge frees its line", () => {
  fc.assert(
    fc.property(chains, retentions, (points, retention) => {
      const rules = { retention, timeZone: "Europe/Rome", nowMs };
      const plan = planChain(points, rules);
      const gone = new Set(plan.expired);
      const stays = points.filter((point) => !gone.has(point));
      const files = new Set(stays.map((point) => point.fileId));
      for (const point of stays) if (point.parentFileId !== null) expect(files.has(point.parentFileId)).toBe(true);
      for (const point of gone) {
        expect(point.lockedUntilMs).toBeLessThanOrEqual(nowMs);
        expect(plan.kept.has(point.pointId)).toBe(false);
      }
      expect(gone.size).toBeLessThan(points.length);
      expect(planChain(stays, rules).expired).toEqual([]);
      if (plan.mergePointId === null) return;
      const merged = stays.map((point) =>
        point.pointId === plan.mergePointId ? { ...point, parentFileId: null } : point,
      );
      expect(planChain(merged, rules).expired.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

test("points of a clock that was ahead are no newer than what was made after them, by any rule", () => {
  const points = chainOf(30, 1, 0);
  // Two of the twentieth day, while the clock was ten years ahead.
  const ahead = points.map((point, n) =>
    n === 20 || n === 21 ? { ...point, atMs: point.atMs + 3650 * dayMs } : point,
  );
  for (const laterDays of [0, 1, 365 * 11]) {
    const rules = { timeZone: "UTC", nowMs: startMs + (29 + laterDays) * dayMs + 1 };
    const stay = (retention: Partial<typeof none>) => {
      const { expired } = planChain(ahead, { ...rules, retention: { ...none, ...retention } });
      return ahead.filter((point) => !expired.includes(point)).map(({ pointId }) => pointId);
    };
    expect(stay({ points: 2 })).toEqual(["p28", "p29"]);
    expect(stay({ days: 3 })).toEqual(["p27", "p28", "p29"]);
    expect(stay({ years: 1 })).toEqual(["p29"]);
    // While their time has not come, they count as of the day after.
    const tenDays = ["p18", "p19", ...points.slice(22).map(({ pointId }) => pointId)];
    if (laterDays < 365) expect(stay({ days: 10 })).toEqual(tenDays);
  }
});

test("over random clocks: the point made last stays, and so does the last good one", () => {
  const clocks = fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 60, maxLength: 60 });
  fc.assert(
    fc.property(chains, clocks, retentions, (points, hours, retention) => {
      const odd = points.map((point, n) => ({ ...point, atMs: point.atMs + (hours[n] ?? 0) * dayMs }));
      const { kept } = planChain(odd, { retention, timeZone: "Europe/Rome", nowMs });
      const good = odd.findLast(({ state }) => state === "good");
      expect(kept.has(odd.at(-1)?.pointId ?? "")).toBe(true);
      if (good) expect(kept.has(good.pointId)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("a good point is kept although newer ones that the rules would prefer are damaged", () => {
  const points = chainOf(3, 1, 0).map((point, n) => (n > 0 ? ({ ...point, state: "damaged" } as const) : point));
  const plan = planChain(points, { retention: { ...none, points: 1 }, timeZone: "UTC", nowMs });
  expect(plan.kept.has("p0")).toBe(true);
});

test("sixty daily points with a full each fortnight, seven days kept, fourteen locked: whole old segments go, no other", () => {
  const points = chainOf(60, 15, 14);
  const rules = { retention: { ...none, days: 7 }, timeZone: "UTC", nowMs: startMs + 59 * dayMs + 1 };
  const plan = planChain(points, rules);
  // The third segment holds points locked until day 58 by its own last day 44; the fourth is the newest.
  expect(plan.expired.map((point) => point.pointId)).toEqual(
    Array.from({ length: 45 }, (_, n) => `p${44 - n}`).filter((id) => plan.expired.some((p) => p.pointId === id)),
  );
  expect(plan.expired).toHaveLength(45);
});

test("forever forward: once enough ancestors are kept for one point alone, that one is to be merged", () => {
  const points = chainOf(20, 100, 0);
  const rules = { retention: { ...none, points: 20 - backupLimits.mergeAncestorsMin }, timeZone: "UTC", nowMs };
  const plan = planChain(points, rules);
  expect(plan.expired).toEqual([]);
  expect(plan.mergePointId).toBe(`p${backupLimits.mergeAncestorsMin}`);
  const more = planChain(points, { ...rules, retention: { ...none, points: 20 - backupLimits.mergeAncestorsMin + 1 } });
  expect(more.mergePointId).toBeNull();
});

test("no point is merged while what builds on it lies in the bin, or goes there now", () => {
  // A full, two increments, and a full that is newer; the first increment stays for its lock, the second has had its time.
  const points = chainOf(4, 3, 0).map((point, n) => (n === 1 ? { ...point, lockedUntilMs: nowMs + 1 } : point));
  const rules = { retention: { ...none, points: 1 }, timeZone: "UTC", nowMs };
  const first = planChain(points, rules);
  expect(first.expired.map(({ pointId }) => pointId)).toEqual(["p2"]);
  expect(first.mergePointId).toBeNull();
  const left = points.filter((point) => !first.expired.includes(point));
  const stored = linksOf(points).map((link) => ({ ...link, isLive: link.fileId !== "f2" }));
  expect(plan(left, { ...rules, stored }).mergePointId).toBeNull();
  expect(plan(left, { ...rules, stored: linksOf(left) }).mergePointId).toBe("p1");
});

test("half of the files gone, or twenty times the usual sent, raises an alarm; a slow change and a small folder do not", () => {
  const run = (n: number, filesTotal: number, bytesSent: number) => ({
    runId: `r${n}`,
    filesTotal: BigInt(filesTotal),
    bytesSent: BigInt(bytesSent),
  });
  const usual = Array.from({ length: 8 }, (_, n) => run(n + 1, 10_000 + n, 1e8));
  expect(findAnomalies([run(0, 4900, 1e8), ...usual])).toMatchObject([{ kind: "shrink", found: 4900n }]);
  expect(findAnomalies([run(0, 10_000, 3e9), ...usual])).toMatchObject([{ kind: "upheaval", runId: "r0" }]);
  expect(findAnomalies([run(0, 6000, 1.9e9), ...usual])).toEqual([]);
  expect(findAnomalies([run(0, 1, 0), ...usual.map((each) => ({ ...each, filesTotal: 20n }))])).toEqual([]);
  expect(findAnomalies([run(0, 1, 9e9), ...usual.slice(0, 4)])).toEqual([]);
});
