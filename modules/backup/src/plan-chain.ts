import type { PolicyRetention } from "@casaforte/contract/policies";
import { type KeepReason, planRetention } from "@casaforte/modules/policies";
import { type ChainLink, mayBecomeFull } from "./chain-lines.ts";
import { backupLimits } from "./limits.ts";

/** A live point of a chain as the plan needs it. Parents come before their children. */
export interface ChainPoint {
  readonly pointId: string;
  readonly fileId: string;
  readonly parentFileId: string | null;
  readonly atMs: number;
  readonly lockedUntilMs: number;
  readonly state: "good" | "damaged";
}

export interface ChainPlan {
  /** Children before their parents. */
  readonly expired: readonly ChainPoint[];
  readonly kept: ReadonlyMap<string, readonly KeepReason[]>;
  /** A point to be made a full, so that its ancestors, which are there for it alone, may go. */
  readonly mergePointId: string | null;
}

export interface ChainRules {
  readonly retention: PolicyRetention;
  readonly timeZone: string;
  readonly nowMs: number;
  /** All that is stored of the chain, what lies in the bin included. */
  readonly stored: readonly ChainLink[];
}

/**
 * What of a chain has had its time: pure. A point goes only when no rule keeps it, no lock holds it and no point that
 * stays is built upon it. Damaged points never take a good one's place: rules are applied to the good ones by themselves
 * as well as to all. Which point is newer the chain tells, and not the clock: one that was ahead for an hour would put its
 * points before all later ones, until their time had come.
 */
export function planChain(points: readonly ChainPoint[], rules: ChainRules): ChainPlan {
  const { retention, timeZone, nowMs } = rules;
  const times = timesOf(points, nowMs);
  const dated = (wanted: readonly ChainPoint[]) =>
    wanted.map((point) => ({ id: point.pointId, atMs: point.atMs, ...times.get(point) }));
  const kept = planRetention(dated(points), retention, timeZone);
  const good = points.filter((point) => point.state === "good");
  for (const [id, reasons] of planRetention(dated(good), retention, timeZone)) if (!kept.has(id)) kept.set(id, reasons);
  const isFree = (point: ChainPoint) => !kept.has(point.pointId) && point.lockedUntilMs <= nowMs;
  const needed = new Set<string>();
  const expired: ChainPoint[] = [];
  for (const point of [...points].reverse()) {
    if (isFree(point) && !needed.has(point.fileId)) expired.push(point);
    else if (point.parentFileId !== null) needed.add(point.parentFileId);
  }
  return { expired, kept, mergePointId: mergeCandidate(points, isFree, new Set(expired), rules) };
}

/** Places in the chain, and times: of a point that a clock put after now, the time of the next one. */
function timesOf(
  points: readonly ChainPoint[],
  nowMs: number,
): ReadonlyMap<ChainPoint, { readonly place: number; readonly atMs: number }> {
  const times = new Map<ChainPoint, { readonly place: number; readonly atMs: number }>();
  let nextMs = nowMs;
  for (const [place, point] of [...points.entries()].reverse()) {
    nextMs = point.atMs > nowMs ? nextMs : point.atMs;
    times.set(point, { place, atMs: nextMs });
  }
  return times;
}

/**
 * The oldest point that stays although all it is built upon had its time: enough of those, or nothing built upon it. Not
 * while what lies in the bin builds on it.
 */
function mergeCandidate(
  points: readonly ChainPoint[],
  isFree: (point: ChainPoint) => boolean,
  expired: ReadonlySet<ChainPoint>,
  { stored, nowMs }: ChainRules,
): string | null {
  const gone = new Set([...expired].map(({ fileId }) => fileId));
  const links = stored.map((link) => (gone.has(link.fileId) ? { ...link, isLive: false } : link));
  const byFile = new Map(points.map((point) => [point.fileId, point]));
  const parents = new Set(points.filter((point) => !expired.has(point)).map((point) => point.parentFileId));
  for (const point of points) {
    if (point.parentFileId === null || point.state !== "good" || isFree(point)) continue;
    let ancestors = 0;
    let at = byFile.get(point.parentFileId);
    for (; at !== undefined && isFree(at); at = at.parentFileId === null ? undefined : byFile.get(at.parentFileId))
      ancestors++;
    if (at !== undefined) continue;
    const isWorthIt = ancestors >= backupLimits.mergeAncestorsMin || !parents.has(point.fileId);
    if (isWorthIt && mayBecomeFull(links, point.fileId, nowMs)) return point.pointId;
  }
  return null;
}
