import { Failure, type InvoiceId } from "@casaforte/kernel";
import { listPrices } from "@casaforte/modules/catalogue";
import { listMoments, startedUnits, type UsageMoment } from "@casaforte/modules/metering";
import type { TenantTx } from "@casaforte/platform/db";
import type { StoredLine } from "./invoice.ts";
import { requireInvoice } from "./issue-invoice.ts";
import { billingLimits } from "./limits.ts";
import { rateUsage } from "./rate-usage.ts";
import { type LineUnit, selectLineUnits } from "./store-invoices.ts";

/** Time between two started units of one thing that no unit of this line covers. */
export interface LineGap {
  readonly subjectId: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** By what happened, nothing that belongs on this line started in between. */
  readonly isExplained: boolean;
}

export interface LineCheck {
  readonly line: StoredLine;
  readonly units: readonly LineUnit[];
  readonly moments: readonly { readonly subjectId: string; readonly moment: UsageMoment }[];
  /** Of lines that are rated again; corrections are parts of earlier lines, so time between their units says nothing. */
  readonly gaps: readonly LineGap[];
  readonly recount: {
    readonly quantity: bigint;
    readonly priceMicros: bigint | null;
    readonly netCents: bigint;
    readonly isSame: boolean;
  } | null;
}

/**
 * The way from what happened to an invoice's line, and the line rated anew from its units by the prices of their time
 * (O11, R41, R42). A dry run: nothing is written. @throws not_found `billing.not_found`.
 */
export async function checkLine(tx: TenantTx, id: InvoiceId, number: number): Promise<LineCheck> {
  const invoice = await requireInvoice(tx, id);
  const line = invoice.lines.find((each) => each.line === number);
  if (line === undefined) throw new Failure("not_found", "billing.not_found", "there is no such line");
  const units = await selectLineUnits(tx, id, number, billingLimits.lineUnitsChecked + 1);
  const moments = await listMoments(tx, {
    subjectIds: [...new Set(units.map((unit) => unit.subjectId))],
    untilMs: line.until.getTime(),
    countMax: billingLimits.lineMomentsChecked + 1,
  });
  const isWhole = units.length <= billingLimits.lineUnitsChecked && moments.length <= billingLimits.lineMomentsChecked;
  return {
    line,
    units,
    moments,
    gaps: isWhole && !line.isCorrection ? gapsOf(line, units, moments) : [],
    recount: isWhole ? await rateAgain(tx, line, units) : null,
  };
}

async function rateAgain(
  tx: TenantTx,
  line: StoredLine,
  units: readonly LineUnit[],
): Promise<NonNullable<LineCheck["recount"]>> {
  // What was charged once has no units: its price is its amount.
  const { unit, quantity, priceMicros, netCents, basisPoints, nature } = line;
  if (unit === "once") return { quantity, priceMicros, netCents, isSame: true };
  if (units.length === 0) return { quantity: 0n, priceMicros, netCents: 0n, isSame: false };
  const rated = rateUsage({
    units: units.map((each) => ({
      ...{ id: each.id, serviceId: each.serviceId, sku: each.sku, unit: each.unit, quantity: each.quantity },
      fromMs: each.from.getTime(),
      toMs: each.to.getTime(),
    })),
    prices: await listPrices(tx),
    taxAt: () => ({ basisPoints, nature }),
    correctionsBeforeMs: Number.NEGATIVE_INFINITY,
  });
  const [only] = rated.lines;
  const price = rated.lines.length === 1 && only ? only.priceMicros : null;
  const sum = rated.lines.reduce((all, each) => all + each.quantity, 0n);
  const isOfLine = units.every((each) => isOn(line, each));
  const isSame = isOfLine && price === priceMicros && sum === quantity && rated.netCents === netCents;
  return { quantity: sum, priceMicros: price, netCents: rated.netCents, isSame };
}

type OnLine = Pick<StoredLine, "serviceId" | "sku" | "unit">;

const isOn = (line: OnLine, of: OnLine): boolean =>
  of.serviceId === line.serviceId && of.sku === line.sku && of.unit === line.unit;

/**
 * Rows of one unit that cancel out cover nothing. Whether something is missing between two units is told by the ledger's own
 * rule: what starts after the first by the thing's whole history.
 */
export function gapsOf(
  line: OnLine,
  units: readonly Pick<LineUnit, "subjectId" | "from" | "to" | "quantity">[],
  moments: LineCheck["moments"],
): readonly LineGap[] {
  const covered = new Map<string, { subjectId: string; fromMs: number; toMs: number; quantity: bigint }>();
  for (const { subjectId, from, to, quantity } of units) {
    const key = `${subjectId} ${from.getTime()}`;
    const before = covered.get(key)?.quantity ?? 0n;
    covered.set(key, { subjectId, fromMs: from.getTime(), toMs: to.getTime(), quantity: before + quantity });
  }
  const histories = Map.groupBy(moments, ({ subjectId }) => subjectId);
  const gaps: LineGap[] = [];
  const last = new Map<string, { fromMs: number; toMs: number }>();
  const inOrder = [...covered.values()].filter((each) => each.quantity !== 0n).sort((a, b) => a.fromMs - b.fromMs);
  for (const each of inOrder) {
    const before = last.get(each.subjectId);
    if (before !== undefined && each.fromMs > before.toMs) {
      const history = (histories.get(each.subjectId) ?? []).map(({ moment }) => moment);
      const isExplained = !startedUnits(history, each.fromMs, before.toMs).some(({ plan }) => isOn(line, plan));
      gaps.push({ subjectId: each.subjectId, fromMs: before.toMs, untilMs: each.fromMs, isExplained });
    }
    last.set(each.subjectId, { fromMs: each.fromMs, toMs: Math.max(each.toMs, before?.toMs ?? 0) });
  }
  return gaps;
}
