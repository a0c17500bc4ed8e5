import type { PolicyRetention } from "@casaforte/contract/policies";

/** Which rule keeps a point. `newest`: the last good state is never given up; `everything`: no rule is set. */
export type KeepReason = "everything" | "newest" | "points" | "days" | "weeks" | "months" | "years";

export interface DatedPoint {
  readonly id: string;
  readonly atMs: number;
  /** In the order in which points were made, whatever a clock said; without it their times tell the order. */
  readonly place?: number;
}

const dayMs = 86_400_000;

/** True when no rule is set: nothing is ever given up. */
export const keepsEverything = (retention: PolicyRetention): boolean =>
  retention.points + retention.days + retention.weeks + retention.months + retention.years === 0;

/** The local calendar day of an instant as days since 1970-01-01. */
export function localDays(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (atMs) => Math.round(Date.parse(`${format.format(atMs)}T00:00:00Z`) / dayMs);
}

/** What a rule counts by, of a local day. 1970-01-01 was a Thursday; ISO weeks begin on Monday. */
const bucketOf = {
  days: (day: number) => day,
  weeks: (day: number) => Math.floor((day + 3) / 7),
  months: (day: number) => {
    const date = new Date(day * dayMs);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  },
  years: (day: number) => new Date(day * dayMs).getUTCFullYear(),
} as const;

/**
 * Which points a policy keeps and why: pure, by calendar days of the policy's time zone. `days: 7` keeps the newest point
 * of each of the last seven days that have one, and so on for weeks, months and years; a pause in the backups therefore
 * never empties a chain. Points that only others need, or that are locked, are not its business.
 */
export function planRetention(
  points: readonly DatedPoint[],
  retention: PolicyRetention,
  timeZone: string,
): Map<string, KeepReason[]> {
  const newestFirst = [...points].sort(
    (a, b) => (b.place ?? 0) - (a.place ?? 0) || b.atMs - a.atMs || (a.id < b.id ? 1 : -1),
  );
  const kept = new Map<string, KeepReason[]>();
  const keep = (point: DatedPoint, reason: KeepReason) => {
    const reasons = kept.get(point.id);
    if (reasons) reasons.push(reason);
    else kept.set(point.id, [reason]);
  };
  if (keepsEverything(retention)) {
    for (const point of points) keep(point, "everything");
    return kept;
  }
  const [newest] = newestFirst;
  if (newest) keep(newest, "newest");
  for (const point of newestFirst.slice(0, retention.points)) keep(point, "points");
  const dayOf = localDays(timeZone);
  const dated = newestFirst.map((point) => ({ point, day: dayOf(point.atMs) }));
  for (const rule of ["days", "weeks", "months", "years"] as const) {
    let left = retention[rule];
    const seen = new Set<number>();
    for (const { point, day } of dated) {
      if (left === 0) break;
      const bucket = bucketOf[rule](day);
      if (seen.has(bucket)) continue;
      seen.add(bucket);
      left--;
      keep(point, rule);
    }
  }
  return kept;
}
