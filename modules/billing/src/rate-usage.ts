import { Failure, microsToCents, type ServiceId, shareOfCents } from "@casaforte/kernel";
import { type BillingUnit, type Price, priceAt } from "@casaforte/modules/catalogue";

/** A row of the usage ledger as rating sees it. Corrections have negative quantities. */
export interface RatedUnit {
  readonly id: string;
  readonly serviceId: ServiceId;
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly fromMs: number;
  readonly toMs: number;
  readonly quantity: bigint;
}

/** Why and how a line is taxed. */
export interface LineTax {
  readonly basisPoints: bigint;
  /** Natura of an e-invoice where the rate is zero: `N2.1`. */
  readonly nature: string | null;
}

export interface RatedLine extends LineTax {
  readonly serviceId: ServiceId;
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Units times quantity. */
  readonly quantity: bigint;
  readonly priceMicros: bigint;
  /** Rounded once. */
  readonly netCents: bigint;
  readonly isCorrection: boolean;
  /** The ledger rows it bills: the sum of their quantities is the line's (R41). */
  readonly unitIds: readonly string[];
}

export interface VatLine extends LineTax {
  readonly netCents: bigint;
  readonly vatCents: bigint;
}

export interface RatedInvoice {
  readonly lines: readonly RatedLine[];
  readonly vat: readonly VatLine[];
  readonly netCents: bigint;
  readonly vatCents: bigint;
  readonly totalCents: bigint;
}

export interface RateInput {
  readonly units: readonly RatedUnit[];
  readonly prices: readonly Price[];
  /** How a unit that starts at this instant is taxed. */
  taxAt(atMs: number): LineTax;
  /** Units that start before were due on an earlier invoice: they come as corrections. */
  readonly correctionsBeforeMs: number;
}

interface Group extends LineTax {
  serviceId: ServiceId;
  sku: string;
  unit: BillingUnit;
  fromMs: number;
  untilMs: number;
  quantity: bigint;
  priceMicros: bigint;
  isCorrection: boolean;
  unitIds: string[];
}

/**
 * Usage to lines and VAT; pure, whole numbers only (R42). A line holds one service's units at one price and rate, so an
 * invoice over a change of either has two (R43). A line is rounded once; VAT once per rate, of the sum of its lines;
 * Σ lines = net and net + VAT = total by construction. Rows that cancel out make no line.
 * @throws precondition `billing.no_price` for usage of what never had a price.
 */
export function rateUsage(input: RateInput): RatedInvoice {
  const groups = new Map<string, Group>();
  for (const unit of input.units) {
    const price = priceAt(input.prices, unit.sku, unit.unit, unit.fromMs);
    if (price === null) throw new Failure("precondition", "billing.no_price", `no price of ${unit.sku} is known`);
    const tax = input.taxAt(unit.fromMs);
    const isCorrection = unit.fromMs < input.correctionsBeforeMs;
    const key = [
      unit.serviceId,
      unit.sku,
      unit.unit,
      price.validFrom.getTime(),
      tax.basisPoints,
      tax.nature,
      isCorrection,
    ];
    const group = groups.get(key.join("|"));
    if (group === undefined)
      groups.set(key.join("|"), {
        ...tax,
        serviceId: unit.serviceId,
        sku: unit.sku,
        unit: unit.unit,
        fromMs: unit.fromMs,
        untilMs: unit.toMs,
        quantity: unit.quantity,
        priceMicros: price.priceMicros,
        isCorrection,
        unitIds: [unit.id],
      });
    else {
      group.fromMs = Math.min(group.fromMs, unit.fromMs);
      group.untilMs = Math.max(group.untilMs, unit.toMs);
      group.quantity += unit.quantity;
      group.unitIds.push(unit.id);
    }
  }
  const lines = [...groups.values()]
    .filter((group) => group.quantity !== 0n)
    .map((group): RatedLine => ({ ...group, netCents: microsToCents(group.quantity * group.priceMicros) }))
    .sort((a, b) => (a.serviceId < b.serviceId ? -1 : a.serviceId > b.serviceId ? 1 : a.fromMs - b.fromMs));
  return sumUp(lines);
}

/** Net, VAT by rate, total, of lines of any kind. */
export function sumUp<Line extends LineTax & { readonly netCents: bigint }>(lines: readonly Line[]) {
  const byRate = new Map<string, { basisPoints: bigint; nature: string | null; netCents: bigint }>();
  for (const { basisPoints, nature, netCents } of lines) {
    const key = `${basisPoints}|${nature}`;
    const before = byRate.get(key)?.netCents ?? 0n;
    byRate.set(key, { basisPoints, nature, netCents: before + netCents });
  }
  const vat: VatLine[] = [...byRate.values()].map((rate) => ({
    ...rate,
    vatCents: shareOfCents(rate.netCents, rate.basisPoints),
  }));
  const netCents = lines.reduce((sum, line) => sum + line.netCents, 0n);
  const vatCents = vat.reduce((sum, rate) => sum + rate.vatCents, 0n);
  return { lines, vat, netCents, vatCents, totalCents: netCents + vatCents };
}

/**
 * An amount in parts that add up to it, by weight; the largest remainders get the odd cents, the first of equals first.
 * For the share of each service in an invoice's total (R48).
 */
export function splitCents(totalCents: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n);
  if (sum === 0n) return weights.map((_, index) => (index === 0 ? totalCents : 0n));
  const parts = weights.map((weight) => (totalCents * weight) / sum);
  let left = totalCents - parts.reduce((all, part) => all + part, 0n);
  const step = left < 0n ? -1n : 1n;
  const magnitude = (value: bigint) => (value < 0n ? -value : value);
  const order = weights
    .map((weight, index) => ({ index, rest: magnitude((totalCents * weight) % sum) }))
    .sort((a, b) => (a.rest > b.rest ? -1 : a.rest < b.rest ? 1 : a.index - b.index));
  for (const { index } of order) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + step;
    left -= step;
  }
  return parts;
}
