import { type Actor, romeDate, romeIsoDate, romeMidnight, romeMonthStart, romeNextMonth } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { listPrices, listTaxRates, priceAt } from "@casaforte/modules/catalogue";
import { hourMs, sumUnits } from "@casaforte/modules/metering";
import { listServices } from "@casaforte/modules/orders";
import type { TenantTx } from "@casaforte/platform/db";
import { type Rated, rateForTenant } from "./draft-invoice.ts";
import { billingLimits } from "./limits.ts";
import type { RatedUnit } from "./rate-usage.ts";
import type { BillingServices } from "./services.ts";
import { insertBudgetAlert, selectBudget, upsertBudget } from "./store-collection.ts";

/** The month that runs, for one tenant. */
export interface MonthCosts extends Rated {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Net of the whole month if nothing is ordered, changed or deleted until its end. */
  readonly forecastNetCents: bigint;
}

/** What started, summed where neither price nor rate changes, nor one of `cutsMs` lies between: no count of units is too many. */
async function summedUnits(
  tx: TenantTx,
  fromMs: number,
  untilMs: number,
  cutsMs: readonly number[] = [],
): Promise<RatedUnit[]> {
  const changes = [...(await listPrices(tx)), ...(await listTaxRates(tx))];
  const changesMs = changes.map(({ validFrom }) => validFrom.getTime());
  const sums = await sumUnits(tx, { fromMs, untilMs, cutsMs: [...changesMs, ...cutsMs] });
  return sums.map(({ from, to, ...sum }) => ({ id: "sum", ...sum, fromMs: from.getTime(), toMs: to.getTime() }));
}

/** What the running month has cost so far, rated as its invoice will be, and what it will cost (R44). */
export async function monthCosts(tx: TenantTx, nowMs: number): Promise<MonthCosts> {
  const [fromMs, untilMs] = [romeMonthStart(nowMs), romeNextMonth(nowMs)];
  const units = await summedUnits(tx, fromMs, untilMs);
  const rated = await rateForTenant(tx, units, nowMs);
  const ahead = await unitsAhead(tx, nowMs, untilMs);
  const whole = await rateForTenant(tx, [...units, ...ahead], nowMs);
  return { ...rated, fromMs, untilMs, forecastNetCents: whole.netCents };
}

/** Hours that what runs now will start until the month's end. Months have started already. */
async function unitsAhead(tx: TenantTx, nowMs: number, untilMs: number): Promise<RatedUnit[]> {
  const prices = await listPrices(tx);
  const ahead: RatedUnit[] = [];
  for (const service of await listServices(tx)) {
    if (service.state === "ended" || service.unit === "month" || service.product === "mail") continue;
    const startedMs = service.startedAt.getTime();
    const passed = Math.floor((nowMs - startedMs) / hourMs) + 1;
    for (let fromMs = startedMs + passed * hourMs; fromMs < untilMs; fromMs += hourMs)
      if (priceAt(prices, service.sku, service.unit, fromMs) !== null)
        ahead.push({
          id: "ahead",
          serviceId: service.id,
          sku: service.sku,
          unit: service.unit,
          fromMs,
          toMs: fromMs + hourMs,
          quantity: service.quantity,
        });
  }
  return ahead;
}

export interface CostDay {
  /** `YYYY-MM-DD` in Rome, by the start of the unit. */
  readonly day: string;
  readonly serviceId: string;
  readonly label: string;
  readonly quantity: bigint;
  readonly micros: bigint;
}

/** What started on each day, by service, unrounded; for the chart and the CSV (R44). */
export async function costDays(tx: TenantTx, fromMs: number, untilMs: number): Promise<CostDay[]> {
  const prices = await listPrices(tx);
  const services = await listServices(tx);
  const days = new Map<string, { day: string; serviceId: string; label: string; quantity: bigint; micros: bigint }>();
  for (const unit of await summedUnits(tx, fromMs, untilMs, romeDays(fromMs, untilMs))) {
    const day = romeIsoDate(unit.fromMs);
    const key = `${day} ${unit.serviceId}`;
    const price = priceAt(prices, unit.sku, unit.unit, unit.fromMs)?.priceMicros ?? 0n;
    const label = services.find((service) => service.id === unit.serviceId)?.label ?? unit.sku;
    const row = days.get(key) ?? { day, serviceId: unit.serviceId, label, quantity: 0n, micros: 0n };
    row.quantity += unit.quantity;
    row.micros += unit.quantity * price;
    days.set(key, row);
  }
  return [...days.values()];
}

/** When each civil day in Rome begins that lies in the range. */
function romeDays(fromMs: number, untilMs: number): number[] {
  const { day, ...month } = romeDate(fromMs);
  const days: number[] = [];
  for (let next = day + 1, atMs = fromMs; atMs < untilMs; next++) {
    days.push(atMs);
    atMs = romeMidnight({ ...month, day: next });
  }
  return days;
}

/** Sets or takes away the tenant's monthly budget, net. */
export async function setBudget(tx: TenantTx, actor: Actor, cents: bigint | null, nowMs: number): Promise<void> {
  await upsertBudget(tx, cents, new Date(nowMs));
  await recordAudit(tx, actor, {
    action: "billing.budget_set",
    object: { kind: "budget", id: tx.tenantId },
    details: { monthlyCents: cents === null ? null : String(cents) },
  });
}

/** Tells once a month and threshold that the budget is used to 50, 80 or 100 % (R44). Returns what was told. */
export async function alertBudget(tx: TenantTx, actor: Actor, services: BillingServices): Promise<number[]> {
  const nowMs = services.clock.nowMs();
  const budget = await selectBudget(tx);
  if (budget === null) return [];
  const { netCents, fromMs } = await monthCosts(tx, nowMs);
  const month = romeIsoDate(fromMs);
  const told: number[] = [];
  for (const percent of billingLimits.budgetPercents) {
    if (netCents * 100n < budget * BigInt(percent)) continue;
    if (!(await insertBudgetAlert(tx, month, percent, new Date(nowMs)))) continue;
    await recordAudit(tx, actor, {
      action: "billing.budget_reached",
      object: { kind: "budget", id: tx.tenantId },
      details: { percent, netCents: String(netCents), monthlyCents: String(budget) },
    });
    told.push(percent);
  }
  const highest = told.at(-1);
  if (highest !== undefined)
    await services.mailBilling(tx, {
      kind: "budget",
      values: { percent: String(highest), totalCents: String(netCents), budgetCents: String(budget) },
    });
  return told;
}
