import { romeIsoDate, romeMidnight } from "@casaforte/kernel";
import { type Price, priceAt } from "@casaforte/modules/catalogue";
import type { LedgerUnit, UsageMoment } from "@casaforte/modules/metering";

/** From one instant up to but without another; null: it goes on. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number | null;
}

/** A mail account that had a licence in the month. */
export interface LicenceAccount {
  readonly accountId: string;
  /** When it was there. */
  readonly lived: readonly Span[];
  /** What was requested, and so is paid for: started units (R38). */
  readonly paid: readonly Span[];
  /** Net, of the units that started in the month, unrounded. */
  readonly micros: bigint;
}

export interface LicenceDay {
  /** `YYYY-MM-DD` in Rome. */
  readonly day: string;
  /** Accounts whose paid unit covers the day's end: one deleted within its month still counts. */
  readonly requested: number;
  /** Accounts that are there at the day's end; today: now. */
  readonly used: number;
  /** Net since the month began, unrounded. */
  readonly microsSoFar: bigint;
}

export interface LicenceMonth {
  readonly days: readonly LicenceDay[];
  readonly accounts: readonly LicenceAccount[];
}

interface Facts {
  readonly units: readonly LedgerUnit[];
  /** Each account's history, whole, in order of time. */
  readonly histories: ReadonlyMap<string, readonly UsageMoment[]>;
  readonly prices: readonly Price[];
  readonly fromMs: number;
  readonly untilMs: number;
  readonly nowMs: number;
}

/** Licences of a month by day (R14): what was requested, what was used, what it has cost, and whose they are. Pure. */
export function licenceMonth({ units, histories, prices, fromMs, untilMs, nowMs }: Facts): LicenceMonth {
  const endMs = Math.min(untilMs, nowMs);
  const paid = Map.groupBy(soldUnits(units), ({ subjectId }) => subjectId);
  const micros = (unit: LedgerUnit): bigint =>
    unit.quantity * (priceAt(prices, unit.sku, unit.unit, unit.unitFrom.getTime())?.priceMicros ?? 0n);
  const costs = units.map((unit) => ({ fromMs: unit.unitFrom.getTime(), micros: micros(unit) }));
  const ids = new Set([...paid.keys(), ...histories.keys()]);
  const accounts = [...ids].flatMap((accountId): LicenceAccount[] => {
    const lived = livedOf(histories.get(accountId) ?? []).filter(
      (span) => span.fromMs < endMs && (span.untilMs ?? Number.POSITIVE_INFINITY) > fromMs,
    );
    const own = paid.get(accountId) ?? [];
    if (lived.length === 0 && own.length === 0) return [];
    return [
      {
        accountId,
        lived,
        paid: own.map((unit) => ({ fromMs: unit.unitFrom.getTime(), untilMs: unit.unitTo.getTime() })),
        micros: own.reduce((sum, unit) => sum + micros(unit), 0n),
      },
    ];
  });
  const days: LicenceDay[] = [];
  for (let dayMs = fromMs; dayMs < endMs; dayMs = nextDay(dayMs)) {
    const atMs = Math.min(nextDay(dayMs), endMs) - 1;
    days.push({
      day: romeIsoDate(dayMs),
      requested: accounts.filter((account) => account.paid.some((span) => covers(span, atMs))).length,
      used: accounts.filter((account) => account.lived.some((span) => covers(span, atMs))).length,
      microsSoFar: costs.reduce((sum, cost) => (cost.fromMs <= atMs ? sum + cost.micros : sum), 0n),
    });
  }
  return { days, accounts };
}

export const covers = ({ fromMs, untilMs }: Span, atMs: number): boolean =>
  fromMs <= atMs && (untilMs === null || atMs < untilMs);

/** The rows of a unit that corrections took back cancel out. */
function soldUnits(units: readonly LedgerUnit[]): LedgerUnit[] {
  const sums = new Map<string, LedgerUnit>();
  for (const unit of units) {
    const key = `${unit.subjectId} ${unit.unitFrom.getTime()} ${unit.unitTo.getTime()} ${unit.sku} ${unit.skuVersion}`;
    const before = sums.get(key);
    sums.set(key, before ? { ...before, quantity: before.quantity + unit.quantity } : unit);
  }
  return [...sums.values()].filter(({ quantity }) => quantity !== 0n);
}

function livedOf(history: readonly UsageMoment[]): Span[] {
  const spans: Span[] = [];
  let fromMs: number | null = null;
  for (const moment of history) {
    if (moment.kind === "started") fromMs ??= moment.atMs;
    if (moment.kind !== "ended" || fromMs === null) continue;
    if (moment.atMs > fromMs) spans.push({ fromMs, untilMs: moment.atMs });
    fromMs = null;
  }
  return fromMs === null ? spans : [...spans, { fromMs, untilMs: null }];
}

function nextDay(dayMs: number): number {
  const [year = 0, month = 1, day = 1] = romeIsoDate(dayMs).split("-").map(Number);
  return romeMidnight({ year, month, day: day + 1 });
}
