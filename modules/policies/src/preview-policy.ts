import type { PolicyPreview, PolicyRetention, PolicySchedule } from "@casaforte/contract/policies";
import { policiesLimits } from "./limits.ts";
import { type DatedPoint, keepsEverything, planRetention } from "./retention-plan.ts";
import { nextRuns, runsUntil } from "./schedule.ts";

const dayMs = 86_400_000;

/** What a device holds in one full state, and what one run brings anew, in bytes. */
export interface Figures {
  readonly fullBytes: number;
  readonly changedBytes: number;
}

interface Pattern {
  readonly offsetsMs: readonly number[];
  readonly spanMs: number;
}

/** The runs of a schedule as a pattern that repeats: offsets inside a span. A manual one counts as daily. */
function patternOf(schedule: PolicySchedule, nowMs: number): Pattern {
  if (schedule.kind === "manual") return { offsetsMs: [0], spanMs: dayMs };
  const { previewRunsMax, previewAheadMs } = policiesLimits;
  const runs: number[] = [];
  for (const run of runsUntil(schedule, nowMs, nowMs + previewAheadMs)) {
    runs.push(run - nowMs);
    if (runs.length === previewRunsMax) break;
  }
  const last = runs.at(-1);
  if (last === undefined) return { offsetsMs: [0], spanMs: previewAheadMs };
  // A year's runs repeat yearly; many runs repeat by whole weeks, or days.
  const days = runs.length < previewRunsMax ? 364 : Math.max(1, Math.floor(last / dayMs));
  const spanMs = dayMs * (days >= 7 ? days - (days % 7) : days);
  const offsetsMs = runs.filter((offset) => offset < spanMs);
  return offsetsMs.length > 0 ? { offsetsMs, spanMs } : { offsetsMs: [0], spanMs: previewAheadMs };
}

/** Past runs, newest first: every one while rules count single points, then the last one of each day. */
function pastRuns({ offsetsMs, spanMs }: Pattern, retention: PolicyRetention, nowMs: number): DatedPoint[] {
  const horizonMs =
    dayMs *
    Math.max(retention.days + 2, retention.weeks * 7 + 14, retention.months * 31 + 62, retention.years * 366 + 400);
  const runs: DatedPoint[] = [];
  let lastDay = Number.POSITIVE_INFINITY;
  for (let back = 1; ; back++)
    for (const offset of [...offsetsMs].reverse()) {
      const atMs = nowMs - back * spanMs + offset;
      const counted = runs.length < retention.points;
      if (!counted && nowMs - atMs > horizonMs) return runs;
      const day = Math.floor(atMs / dayMs);
      if (!counted && day === lastDay) continue;
      lastDay = day;
      runs.push({ id: String(runs.length), atMs });
    }
}

/**
 * What a policy comes to once it has run for long: pure. Bytes are one full state, and for each kept point what can have
 * changed until the next kept one, never more than a full state; the vault holds shared data once.
 */
export function previewPolicy(
  schedule: PolicySchedule,
  retention: PolicyRetention,
  nowMs: number,
  figures: Figures | null,
): Omit<PolicyPreview, "basis"> {
  const shown = nextRuns(schedule, nowMs, policiesLimits.previewRunsShown).map((run) => run.toISOString());
  if (keepsEverything(retention))
    return { nextRuns: shown, keptAgesDays: [], points: 0, reachDays: null, storedBytes: null };
  const timeZone = schedule.kind === "cron" ? schedule.timeZone : "UTC";
  const pattern = patternOf(schedule, nowMs);
  const runs = pastRuns(pattern, retention, nowMs);
  const plan = planRetention(runs, retention, timeZone);
  const kept = runs.filter((run) => plan.has(run.id));
  const ages = kept.map((run) => Math.round(((nowMs - run.atMs) / dayMs) * 100) / 100);
  return {
    nextRuns: shown,
    keptAgesDays: ages,
    points: kept.length,
    reachDays: ages.at(-1) ?? 0,
    storedBytes: figures && storedBytes(kept, figures, pattern),
  };
}

function storedBytes(
  kept: readonly DatedPoint[],
  { fullBytes, changedBytes }: Figures,
  { offsetsMs, spanMs }: Pattern,
): number {
  const everyMs = spanMs / offsetsMs.length;
  let sum = fullBytes;
  for (const [index, run] of kept.entries()) {
    const newer = kept[index - 1];
    if (newer) sum += Math.min(fullBytes, Math.max(1, Math.round((newer.atMs - run.atMs) / everyMs)) * changedBytes);
  }
  return Math.round(sum);
}
