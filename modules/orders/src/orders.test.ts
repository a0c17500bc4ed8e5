import type { SpaceId, TenantId } from "@casaforte/kernel";
import { closeTenantUsage, hourMs, listUnits } from "@casaforte/modules/metering";
import type { TenantTx } from "@casaforte/platform/db";
import { describe, expect, test } from "vitest";
import {
  type ChangeService,
  changeService,
  endMailService,
  invariants,
  mailPlan,
  placeOrder,
  withAlternatives,
} from "./index.ts";
import {
  allAccepted,
  clock,
  database,
  findings,
  gigabyte,
  host,
  milano,
  newTenant,
  order,
  remove,
  services,
  state,
  system,
  toldOfMail,
  torino,
} from "./orders.test-support.ts";

describe("an order", () => {
  test("R6, R34: without every acceptance in force is refused and leaves nothing; with them it makes the space and starts its meter", async () => {
    const tenantId = await newTenant();
    const accepted = await allAccepted();
    for (const missing of accepted) {
      const rest = accepted.filter((each) => each !== missing);
      await expect(order(tenantId, { accepted: rest })).rejects.toMatchObject({
        kind: "invalid",
        code: "catalogue.acceptance_missing",
        details: { document: missing.documentId },
      });
    }
    expect(await state(tenantId)).toEqual({ services: [], spaces: [], addresses: [] });
    const service = await order(tenantId, { quantity: 5n });
    const made = await state(tenantId);
    expect(made.spaces).toMatchObject([{ id: service.subjectId, quotaBytes: 500n * gigabyte, siteId: milano }]);
    expect(made.services).toMatchObject([{ sku: "milano-100", skuVersion: 1, state: "active" }]);
    await closeTenantUsage(database.db, tenantId, clock.nowMs());
    const units = await database.db.tenant(tenantId, (tx) => listUnits(tx, { fromMs: 0, untilMs: 1e14 }));
    expect(units).toMatchObject([{ subjectId: service.subjectId, quantity: 5n, unit: "hour" }]);
  });

  test("R31: for a space without a site, or at a site where it is not sold, is refused", async () => {
    const tenantId = await newTenant();
    await expect(order(tenantId, { siteId: null })).rejects.toMatchObject({
      kind: "invalid",
      code: "orders.site_missing",
    });
    await expect(order(tenantId, { siteId: torino })).rejects.toMatchObject({ code: "orders.site_mismatch" });
  });

  test("check 38, 39: sent sixteen times at once under one key is carried out once; the key of another order is refused", async () => {
    const tenantId = await newTenant();
    const same = { key: "the-same-key", label: "Once" };
    const answers = await Promise.all(Array.from({ length: 16 }, () => order(tenantId, same)));
    expect(new Set(answers.map((service) => service.id)).size).toBe(1);
    expect((await state(tenantId)).spaces).toHaveLength(1);
    await expect(order(tenantId, { ...same, quantity: 2n })).rejects.toMatchObject({ code: "orders.key_reused" });
  });

  test("R43: at a price, version or quantity other than those in force is refused", async () => {
    const tenantId = await newTenant();
    await expect(order(tenantId, { priceMicros: 999n })).rejects.toMatchObject({ code: "orders.price_changed" });
    await expect(order(tenantId, { skuVersion: 2 })).rejects.toMatchObject({ code: "catalogue.offer_changed" });
    await expect(order(tenantId, { quantity: 21n })).rejects.toMatchObject({ code: "orders.quantity" });
  });

  test("R33: of mail is placed where the provider's rule says, is there once, and tells metering", async () => {
    const tenantId = await newTenant();
    const mail = { sku: "mail", siteId: null, unit: "month", priceMicros: 500_000n, label: "Posta" } as const;
    // A site that the customer names is not his to choose.
    const service = await order(tenantId, { ...mail, siteId: torino });
    expect(service).toMatchObject({ product: "mail", siteId: milano });
    expect((await state(tenantId)).services).toMatchObject([{ id: service.id, siteId: milano }]);
    expect(toldOfMail.at(-1)).toMatchObject({ serviceId: service.id, quantity: 1n, unit: "month" });
    await expect(order(tenantId, mail)).rejects.toMatchObject({ code: "orders.has_mail" });
    const end = (confirmation: string) =>
      database.db.tenant(tenantId, (tx) =>
        endMailService(tx, system, { serviceId: service.id, confirmation }, services),
      );
    await expect(end("posta")).rejects.toMatchObject({ code: "orders.confirmation" });
    await end("Posta");
    expect(await database.db.tenant(tenantId, (tx) => mailPlan(tx))).toBeNull();
  });
});

describe("R36, R37, R38: changing and ending", () => {
  let changes = 0;
  const change = async (tenantId: TenantId, input: Partial<ChangeService> & Pick<ChangeService, "serviceId">) => {
    const whole: ChangeService = {
      key: `change-${++changes}-abc`,
      sku: "torino-100",
      skuVersion: 1,
      quantity: 1n,
      unit: "hour",
      priceMicros: input.unit === "month" ? 500_000n : 1_000n,
      accepted: [],
      ...input,
    };
    return withAlternatives(services, tenantId, whole, (tx) => changeService(tx, system, whole, services));
  };
  const owed = async (tenantId: TenantId, hours: number) => {
    const nowMs = clock.nowMs() + hours * hourMs;
    await closeTenantUsage(database.db, tenantId, nowMs);
    const units = await database.db.tenant(tenantId, (tx) => listUnits(tx, { fromMs: 0, untilMs: 1e14 }));
    return units.reduce((sum, unit) => sum + unit.quantity, 0n);
  };

  test("growing is billed from the running hour on, also when one shrinks again in it; the host follows", async () => {
    const tenantId = await newTenant();
    await host(torino, "to-1", 500n * gigabyte);
    const service = await order(tenantId, { sku: "torino-100", siteId: torino });
    clock.advance(60_000);
    await change(tenantId, { serviceId: service.id, quantity: 4n });
    clock.advance(60_000);
    await change(tenantId, { serviceId: service.id, quantity: 2n });
    expect((await state(tenantId)).spaces[0]?.quotaBytes).toBe(200n * gigabyte);
    expect(await owed(tenantId, 0.5)).toBe(4n);
    expect(await owed(tenantId, 1)).toBe(6n);
    await expect(change(tenantId, { serviceId: service.id, quantity: 6n })).rejects.toMatchObject({
      code: "orders.no_capacity",
    });
    expect((await state(tenantId)).services[0]?.quantity).toBe(2n);
    expect(await database.db.tenant(tenantId, async (tx) => invariants[0]?.check(tx))).toEqual([]);
    expect(await findings()).toEqual([]);
  });

  test("a mail account that starts while the plan changes, is ordered or ends waits, and reads the plan after", async () => {
    const tenantId = await newTenant();
    /** The plan that an account reads which starts when the act is done and not yet committed. */
    const readDuring = async (act: (tx: TenantTx) => Promise<unknown>) => {
      let read: ReturnType<typeof mailPlan> | undefined;
      await database.db.tenant(tenantId, async (tx) => {
        await act(tx);
        let isSettled = false;
        read = database.db.tenant(tenantId, mailPlan).finally(() => {
          isSettled = true;
        });
        for (let waits = false; !waits && !isSettled; ) {
          const [row] = await tx.sql<{ waits: boolean }[]>`
            select exists (select 1 from pg_locks where locktype = 'advisory' and not granted
              and database = (select oid from pg_database where datname = current_database())) as waits`;
          waits = row?.waits === true;
        }
      });
      return read;
    };
    const mail = { sku: "mail", skuVersion: 1, unit: "month", priceMicros: 500_000n } as const;
    const accepted = await allAccepted();
    const placed = { ...mail, key: "mail-placed-abc", quantity: 1n, siteId: null, label: "Posta", accepted };
    expect(await readDuring((tx) => placeOrder(tx, system, placed, services))).toMatchObject({ rank: 500_000n });
    const [service] = (await state(tenantId)).services;
    if (!service) throw new Error("no mail");
    const grown = { ...mail, key: "mail-grown-abcd", quantity: 2n, serviceId: service.id, accepted };
    expect(await readDuring((tx) => changeService(tx, system, grown, services))).toMatchObject({ rank: 1_000_000n });
    const ended = { serviceId: service.id, confirmation: service.label };
    expect(await readDuring((tx) => endMailService(tx, system, ended, services))).toBeNull();
  });

  test("R32: a space never changes its site, and another billing mode does not come with more room", async () => {
    const tenantId = await newTenant();
    const service = await order(tenantId, { quantity: 2n });
    const { id: serviceId } = service;
    const here = { serviceId, sku: "milano-100" };
    await expect(change(tenantId, { serviceId })).rejects.toMatchObject({ code: "orders.site_fixed" });
    await expect(change(tenantId, { ...here, unit: "month", quantity: 3n })).rejects.toMatchObject({
      code: "orders.mode_grows",
    });
    expect(await change(tenantId, { ...here, unit: "month", quantity: 2n })).toMatchObject({ unit: "month" });
  });

  test("created and deleted after a minute, one started hour is owed and no more ever", async () => {
    const tenantId = await newTenant();
    const service = await order(tenantId);
    clock.advance(60_000);
    await remove(tenantId, service.subjectId as SpaceId);
    expect(await owed(tenantId, 0)).toBe(1n);
    expect(await owed(tenantId, 48)).toBe(1n);
    expect((await state(tenantId)).services).toMatchObject([{ state: "ended" }]);
  });
});

test("R7: the customers' role cannot read a host", async () => {
  const tenantId = await newTenant();
  await expect(database.db.tenant(tenantId, (tx) => tx.sql`select * from placement_hosts`)).rejects.toMatchObject({
    code: "42501",
  });
});
