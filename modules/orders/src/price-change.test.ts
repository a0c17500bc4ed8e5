import { type Actor, newId, type PrincipalId } from "@casaforte/kernel";
import { listPrices, type Price, priceApproval } from "@casaforte/modules/catalogue";
import { memoryBus } from "@casaforte/platform/bus";
import { openJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countPriceTold, jobHandlers, type PriceChangeServices, promisePriceChange } from "./index.ts";
import { clock, database, newTenant, order, remove, state, torino } from "./orders.test-support.ts";

const dayMs = 86_400_000;
const random = new SeededRandom(43);
const bus = memoryBus(new MemoryLogger());
const jobs = openJobs({ clock, random, bus });
const sent: (Parameters<PriceChangeServices["send"]>[1] & { tenantId: string })[] = [];
let failsOnce = true;
let worker: Worker;
const billing: Extract<Actor, { kind: "operator" }> = {
  ...{ kind: "operator", principalId: newId<PrincipalId>(clock, random), roles: ["billing"], ip: "192.0.2.1" },
};
const kind = priceApproval((tx, price) => promisePriceChange(tx, jobs, price));
const approve = (sku: string, priceMicros: number, inDays: number) =>
  database.db.operator((tx) =>
    kind.execute(
      tx,
      billing,
      { sku, unit: "hour", priceMicros, validFrom: new Date(clock.nowMs() + inDays * dayMs).toISOString() },
      { approvalId: newId(clock, random), nowMs: clock.nowMs() },
    ),
  );

beforeAll(() => {
  const road: PriceChangeServices = {
    ...{ db: database.db, clock, consoleUrl: "https://console.test" },
    administrators: async () => [
      { login: "owner@cliente.test", language: "it" },
      { login: "admin@cliente.test", language: "en" },
    ],
    async send(tx, mail) {
      sent.push({ ...mail, tenantId: tx.tenantId });
      if (!failsOnce) return;
      failsOnce = false;
      throw new Error("the process ended here");
    },
  };
  worker = startWorker(
    { db: database.db, bus, clock, random, logger: new MemoryLogger(), handlers: jobHandlers(road) },
    false,
  );
});
afterAll(() => worker?.stop());

test("R43: a change of price is told to exactly the customers that it concerns, each once, before it holds, with the right to leave", async () => {
  const [here, elsewhere, monthly, left] = await Promise.all([newTenant(), newTenant(), newTenant(), newTenant()]);
  const label = "Ufficio";
  await order(here, { sku: "torino-100", siteId: torino, quantity: 3n, label });
  await order(elsewhere);
  await order(monthly, { sku: "torino-100", siteId: torino, unit: "month", priceMicros: 500_000n });
  await order(left, { sku: "torino-100", siteId: torino });
  const [space] = (await state(left)).spaces;
  if (space) await remove(left, space.id);

  await expect(approve("torino-100", 1_250, 29)).rejects.toMatchObject({ code: "catalogue.notice_too_short" });
  await approve("torino-100", 1_250, 31);
  await worker.drain();
  // The first try was cut off after its first mail: nothing of it stays, and it is done again.
  expect(await database.db.operator((tx) => countPriceTold(tx))).toEqual([]);
  sent.length = 0;
  await clock.advance(dayMs);
  await worker.drain();
  await worker.drain();

  expect(sent.map(({ tenantId, to }) => [tenantId, to])).toEqual([
    [here, "owner@cliente.test"],
    [here, "admin@cliente.test"],
  ]);
  const [italian, english] = sent;
  expect(italian?.text).toContain("I vostri servizi: Ufficio × 3");
  expect(italian?.text).toContain("Prezzo fino ad allora: 0,001 € all’ora, senza IVA");
  expect(italian?.text).toContain("0,00125 € all’ora, senza IVA");
  expect(italian?.text).toContain("chiudere il servizio senza alcun costo");
  expect(english?.text).toContain("closing it costs nothing");
  expect(await database.db.operator((tx) => countPriceTold(tx))).toMatchObject([{ sku: "torino-100", customers: 1 }]);
});

test("R43: the database refuses a change of price without its notice, whoever writes it", async () => {
  const write = (validFromMs: number) =>
    database.db.operator(
      (tx) => tx.sql`
        insert into catalogue_prices (sku_id, unit, valid_from, price_micros, announced_at)
        values ('verona-100', 'hour', ${new Date(validFromMs)}, 1, ${new Date(clock.nowMs())})`,
    );
  await expect(write(clock.nowMs() + 30 * dayMs - 1)).rejects.toMatchObject({ code: "23514" });
  // Nor may it be written before the prices that hold, as if it had been there all along.
  await expect(write(0)).rejects.toMatchObject({ code: "23514" });
  const ofVerona = (prices: readonly Price[]) =>
    prices.filter(({ sku, unit }) => sku === "verona-100" && unit === "hour");
  expect(ofVerona(await database.db.lookup((tx) => listPrices(tx)))).toHaveLength(1);
});
