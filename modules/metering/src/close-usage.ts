import type { TenantTx } from "@casaforte/platform/db";
import { byteSecondsByHour } from "./byte-seconds.ts";
import { meteringLimits } from "./limits.ts";
import { hourMs, nextUnitAt, startedUnits } from "./started-units.ts";
import {
  insertHours,
  insertUnits,
  type SubjectRow,
  selectDeltas,
  selectHistory,
  selectHourSums,
  selectLevelBefore,
  selectUnitSums,
  settleSubject,
  takeSubjectsDue,
  type UnitRow,
} from "./store.ts";
import type { StartedUnit } from "./usage.ts";

export interface CloseResult {
  readonly subjects: number;
  readonly units: number;
  readonly hours: number;
}

/**
 * Writes down every unit that has started and every hour that is over, for a batch of what is due; call it until it
 * takes no subject. Run twice it writes nothing twice. A late or reordered event changes the sum by further rows, never
 * by an edit (R41).
 */
export async function closeUsage(tx: TenantTx, nowMs: number): Promise<CloseResult> {
  const subjects = await takeSubjectsDue(tx, new Date(nowMs), meteringLimits.subjectsPerClose);
  let units = 0;
  let hours = 0;
  for (const subject of subjects) {
    if (subject.meter === "stored") hours += await closeStored(tx, subject, nowMs);
    else units += await closeUnits(tx, subject, nowMs);
  }
  return { subjects: subjects.length, units, hours };
}

async function closeUnits(tx: TenantTx, subject: SubjectRow, nowMs: number): Promise<number> {
  const meter = subject.meter === "space" ? "space" : "mail_account";
  const history = await selectHistory(tx, meter, subject.subjectId);
  const paidMs = subject.closedUntil?.getTime() ?? Number.NEGATIVE_INFINITY;
  const isNew = subject.dirtyFrom === null;
  // Without news the units before stand as they are; with news all are worked out again and the difference is written.
  const expected = startedUnits(history, nowMs + 1, isNew ? paidMs : Number.NEGATIVE_INFINITY);
  const rows = expected.map((unit) => rowOf(meter, subject.subjectId, unit));
  const written = isNew ? rows : difference(rows, await selectUnitSums(tx, meter, subject.subjectId));
  await insertUnits(tx, written, new Date(nowMs));
  const lastMs = expected.at(-1)?.toMs;
  const untilMs = lastMs ?? (isNew ? paidMs : Number.NEGATIVE_INFINITY);
  const dueMs = nextUnitAt(history, untilMs);
  await settleSubject(tx, {
    meter,
    subjectId: subject.subjectId,
    closedUntil: Number.isFinite(untilMs) ? new Date(untilMs) : null,
    dueAt: dueMs === null ? null : new Date(dueMs),
  });
  return written.length;
}

const rowOf = (meter: UnitRow["meter"], subjectId: string, { fromMs, toMs, plan }: StartedUnit): UnitRow => ({
  meter,
  subjectId,
  serviceId: plan.serviceId,
  sku: plan.sku,
  skuVersion: plan.skuVersion,
  unit: plan.unit,
  unitFrom: new Date(fromMs),
  unitTo: new Date(toMs),
  quantity: plan.quantity,
});

const keyOf = (row: UnitRow): string =>
  [row.unitFrom.getTime(), row.unitTo.getTime(), row.serviceId, row.sku, row.skuVersion, row.unit].join("|");

/** The rows that turn what was written into what is owed. */
function difference(expected: readonly UnitRow[], written: readonly UnitRow[]): UnitRow[] {
  const missing = new Map(expected.map((row) => [keyOf(row), row]));
  for (const row of written) {
    const key = keyOf(row);
    const wanted = missing.get(key)?.quantity ?? 0n;
    if (wanted === row.quantity) missing.delete(key);
    else missing.set(key, { ...row, quantity: wanted - row.quantity });
  }
  return [...missing.values()].sort((a, b) => a.unitFrom.getTime() - b.unitFrom.getTime());
}

async function closeStored(tx: TenantTx, subject: SubjectRow, nowMs: number): Promise<number> {
  const untilMs = Math.floor(nowMs / hourMs) * hourMs;
  const floorHour = (date: Date) => Math.floor(date.getTime() / hourMs) * hourMs;
  const news = subject.dirtyFrom === null ? Number.POSITIVE_INFINITY : floorHour(subject.dirtyFrom);
  const fromMs = Math.min(news, subject.closedUntil?.getTime() ?? news);
  let written = 0;
  let level = 0n;
  if (Number.isFinite(fromMs) && fromMs < untilMs) {
    const from = new Date(fromMs);
    const levelBefore = await selectLevelBefore(tx, subject.subjectId, from);
    const deltas = await selectDeltas(tx, subject.subjectId, from, new Date(untilMs));
    level = deltas.reduce((sum, delta) => sum + delta.bytes, levelBefore);
    const known = await selectHourSums(tx, subject.subjectId, from);
    const rows = byteSecondsByHour(levelBefore, deltas, fromMs, untilMs)
      .map((hour) => ({ hour: new Date(hour.hourMs), byteSeconds: hour.byteSeconds - (known.get(hour.hourMs) ?? 0n) }))
      .filter((row) => row.byteSeconds !== 0n);
    await insertHours(tx, subject.subjectId, rows, new Date(nowMs));
    written = rows.length;
  }
  // An empty space needs no look until something is written to it.
  const hasRecent = subject.dirtyFrom !== null && subject.dirtyFrom.getTime() >= untilMs;
  await settleSubject(tx, {
    meter: "stored",
    subjectId: subject.subjectId,
    closedUntil: new Date(untilMs),
    dueAt: level !== 0n || hasRecent ? new Date(untilMs + hourMs) : null,
  });
  return written;
}
