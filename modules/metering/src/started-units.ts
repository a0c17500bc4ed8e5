import { romeNextMonth } from "@casaforte/kernel";
import type { BillingUnit, StartedUnit, UsageMoment, UsagePlan } from "./usage.ts";

export const hourMs = 3_600_000;

/** Where a unit that starts at an instant ends: an elapsed hour, or the end of the calendar month in Rome (R38). */
export const unitEnd = (unit: BillingUnit, fromMs: number): number =>
  unit === "hour" ? fromMs + hourMs : romeNextMonth(fromMs);

interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly plan: UsagePlan | null;
}

/**
 * Every unit started before `untilMs`, oldest first, of one metered thing whose history is given in order of time (R38).
 *
 * The first unit starts at activation; the next when the one before is over, if the thing is still there then. So a thing
 * that lived 59:59 or 60:00 owes one hour, 60:01 two; and no instant is in two units, whatever was changed, ended and
 * started again: a plan of another billing mode begins when the paid unit is over. Inside a unit the highest plan counts.
 * `paidUntilMs` continues after units known before.
 */
export function startedUnits(
  history: readonly UsageMoment[],
  untilMs: number,
  paidUntilMs = Number.NEGATIVE_INFINITY,
): StartedUnit[] {
  const stretches = stretchesOf(history);
  const units: StartedUnit[] = [];
  let paidMs = paidUntilMs;
  for (const [index, stretch] of stretches.entries()) {
    if (stretch.plan === null) continue;
    let fromMs = Math.max(stretch.fromMs, paidMs);
    while (fromMs < stretch.untilMs && fromMs < untilMs) {
      const toMs = unitEnd(stretch.plan.unit, fromMs);
      units.push({ fromMs, toMs, plan: highestPlan(stretches, index, toMs) ?? stretch.plan });
      fromMs = toMs;
      paidMs = toMs;
    }
  }
  return units;
}

/** When the thing's next unit starts by itself; null when it has ended or owes nothing. */
export function nextUnitAt(history: readonly UsageMoment[], paidUntilMs: number): number | null {
  for (const { plan, fromMs, untilMs } of stretchesOf(history)) {
    const nextMs = Math.max(fromMs, paidUntilMs);
    if (plan !== null && nextMs < untilMs) return nextMs;
  }
  return null;
}

function stretchesOf(history: readonly UsageMoment[]): Stretch[] {
  const stretches: Stretch[] = [];
  const moments = withoutIdleChanges(history);
  for (const [index, moment] of moments.entries()) {
    if (moment.kind === "ended") continue;
    const untilMs = moments[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    if (untilMs > moment.atMs) stretches.push({ fromMs: moment.atMs, untilMs, plan: moment.plan });
  }
  return stretches;
}

/** Only a start starts: a change that was noted while the thing was being deleted does not bring it back. */
function withoutIdleChanges(history: readonly UsageMoment[]): UsageMoment[] {
  let isThere = false;
  return history.filter(({ kind }) => {
    if (kind === "changed") return isThere;
    isThere = kind === "started";
    return true;
  });
}

/** The highest plan of the same mode in effect before the unit's end. */
function highestPlan(stretches: readonly Stretch[], from: number, toMs: number): UsagePlan | null {
  let highest = stretches[from]?.plan ?? null;
  for (let index = from + 1; index < stretches.length; index++) {
    const { fromMs, plan } = stretches[index] ?? { fromMs: toMs, plan: null };
    if (fromMs >= toMs) break;
    if (plan !== null && highest !== null && plan.unit === highest.unit && plan.rank > highest.rank) highest = plan;
  }
  return highest;
}
