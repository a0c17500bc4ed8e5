import { Failure, romeIsoDate, type TenantId } from "@casaforte/kernel";
import {
  type BillingUnit,
  listPrices,
  listVersions,
  type Price,
  priceAt,
  type SkuVersion,
} from "@casaforte/modules/catalogue";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { JobHandler, Jobs } from "@casaforte/platform/jobs";
import { priceChangeMail } from "./price-change-mail.ts";
import type { Service } from "./service.ts";
import type { OrderingServices } from "./services.ts";
import { insertPriceTold, selectServices } from "./store.ts";

const tellTask = "orders.tell_price_change";

/** A price by what names it; `validFrom` in milliseconds. */
export interface PriceRef {
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly validFromMs: number;
}

export interface PriceChangeServices extends Pick<OrderingServices, "db" | "clock"> {
  /** Of the customer console, without a slash at the end. */
  readonly consoleUrl: string;
  /** Active owners and administrators of the tenant of the transaction. */
  administrators(tx: TenantTx): Promise<readonly { readonly login: string; readonly language: "it" | "en" }[]>;
  /** Promised in the caller's transaction. */
  send(
    tx: TenantTx,
    mail: { readonly to: string; readonly subject: string; readonly text: string; readonly language: "it" | "en" },
  ): Promise<unknown>;
}

/** Promises, in the transaction that sets the price, that whoever runs what it is of is told (R43). */
export async function promisePriceChange(tx: OperatorTx, jobs: Jobs, price: PriceRef): Promise<void> {
  const { sku, unit, validFromMs } = price;
  await jobs.enqueue(tx, tellTask, { sku, unit, validFromMs }, { key: `${sku}/${unit}/${validFromMs}` });
}

interface Change {
  readonly price: Price;
  readonly before: Price;
  readonly versions: readonly SkuVersion[];
}

/** Null for the first price of a unit: nobody runs anything at another. */
async function readChange(tx: OperatorTx, payload: Readonly<Record<string, unknown>>): Promise<Change | null> {
  const prices = await listPrices(tx);
  const price = prices.find(
    ({ sku, unit, validFrom }) =>
      sku === payload["sku"] && unit === payload["unit"] && validFrom.getTime() === payload["validFromMs"],
  );
  if (price === undefined) throw new Failure("invalid", "orders.no_price_change", "the job names no price");
  const before = priceAt(prices, price.sku, price.unit, price.validFrom.getTime() - 1);
  return before === null ? null : { price, before, versions: await listVersions(tx) };
}

async function tellTenant(tx: TenantTx, change: Change, services: PriceChangeServices): Promise<void> {
  const { price, before, versions } = change;
  const concerns = (each: Service) => each.state === "active" && each.sku === price.sku && each.unit === price.unit;
  const running = (await selectServices(tx)).filter(concerns);
  if (running.length === 0) return;
  const people = await services.administrators(tx);
  const at = new Date(services.clock.nowMs());
  if (!(await insertPriceTold(tx, price, { services: running.length, recipients: people.length, at }))) return;
  const nameOf = (language: "it" | "en") =>
    versions.findLast(({ sku, version }) => sku === price.sku && version === running[0]?.skuVersion)?.name[language] ??
    price.sku;
  for (const { login, language } of people)
    await services.send(tx, {
      to: login,
      language,
      ...priceChangeMail({
        language,
        plan: nameOf(language),
        labels: running.map(({ label, quantity }) => (quantity > 1n ? `${label} × ${quantity}` : label)),
        unit: price.unit,
        isPerMailbox: running[0]?.product === "mail",
        beforeMicros: before.priceMicros,
        afterMicros: price.priceMicros,
        day: romeIsoDate(price.validFrom.getTime()),
        consoleUrl: services.consoleUrl,
      }),
    });
}

/** Writes to exactly the customers that run it, each once (R43); whoever orders later reads the coming price at the order. */
export function jobHandlers(services: PriceChangeServices): readonly JobHandler[] {
  const { db } = services;
  return [
    {
      task: tellTask,
      async run(payload, context) {
        const change = await db.operator((tx) => readChange(tx, payload), { readOnly: true });
        if (change === null) return;
        await sweepTenants(db, context, async ({ tenantId, state }: { tenantId: TenantId; state: string }) => {
          if (state === "departed") return;
          await db.tenant(tenantId, (tx) => tellTenant(tx, change, services));
        });
      },
    },
  ];
}
