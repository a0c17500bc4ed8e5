import { type InvoiceId, romeMonthStart, romeNextMonth, type ServiceId, type TenantId, utf8 } from "@casaforte/kernel";
import { appendUsage, closeTenantUsage, hourMs } from "@casaforte/modules/metering";
import type { Service } from "@casaforte/modules/orders";
import { openPool } from "@casaforte/platform/db";
import { MemoryLogger } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import {
  clock,
  database,
  invoiced,
  issue,
  mailbox,
  mails,
  newTenant,
  order,
  seller,
  services,
  system,
  vies,
} from "./billing.test-support.ts";
import {
  alertBudget,
  costDays,
  creditInvoice,
  exchangeState,
  importReceipt,
  isOwed,
  jobHandlers,
  listDues,
  listInvoices,
  monthCosts,
  readDocument,
  recordPayment,
  refreshVatCheck,
  remindDebts,
  runInvoices,
  sendAgain,
  setBudget,
} from "./index.ts";

describe("R47: VAT abroad", () => {
  const abroad = {
    country: "DE",
    vatNumber: "123456789",
    taxCode: null,
    province: null,
    postalCode: "10115",
    city: "Berlin",
  };
  const ask = (tenantId: TenantId) => refreshVatCheck(services, tenantId, AbortSignal.timeout(1_000));

  test("while VIES is away nothing is issued; once it confirms, the charge is reversed and says so", async () => {
    const tenantId = await newTenant(abroad);
    await order(tenantId, "space", 100n);
    await clock.advance(hourMs);
    vies.answer = { outcome: "unavailable", evidence: { error: "MS_UNAVAILABLE" } };
    await ask(tenantId);
    await expect(issue(tenantId, clock.nowMs())).rejects.toMatchObject({ code: "billing.vat_pending" });
    vies.answer = { outcome: "valid", evidence: { requestIdentifier: "WAPIAAAAX" } };
    await ask(tenantId);
    const invoice = await issue(tenantId, clock.nowMs());
    expect(invoice).toMatchObject({ vatTreatment: "reverse_charge", vatCents: 0n });
    expect(invoice?.vat[0]).toMatchObject({ nature: "N2.1", legalIt: expect.stringContaining("Inversione contabile") });
    const checks = await database.db.tenant(
      tenantId,
      (tx) => tx.sql`select outcome, evidence from billing_vat_checks order by at, outcome`,
    );
    expect(checks).toHaveLength(2);
    expect(checks).toContainEqual({ outcome: "valid", evidence: { requestIdentifier: "WAPIAAAAX" } });
  });

  test("a customer without an address is told what is missing; others are billed all the same", async () => {
    const lacking = await newTenant({ address: null });
    await order(lacking, "space");
    const fine = await newTenant();
    await order(fine, "space", 10n);
    await clock.advance(romeNextMonth(clock.nowMs()) - clock.nowMs() + hourMs);
    const { held, issued } = await runInvoices(services, system, AbortSignal.timeout(60_000));
    expect(held).toContainEqual({ tenantId: lacking, code: "billing.customer_data" });
    expect(issued).toBeGreaterThan(0);
    const heads = await database.db.tenant(fine, (tx) => listInvoices(tx, 10));
    const invoice = heads.find((each) => each.state === "issued");
    expect(invoice?.until.getTime()).toBe(romeMonthStart(clock.nowMs()));
    expect((await runInvoices(services, system, AbortSignal.timeout(60_000))).issued).toBe(0);
  }, 120_000);
});

describe("R48: collection is by service", () => {
  let payments = 0;
  const pay = (
    tenantId: TenantId,
    invoiceId: InvoiceId,
    cents: bigint,
    serviceId: ServiceId | null,
    key = `payment ${++payments}`,
  ) =>
    database.db.tenant(tenantId, (tx) =>
      recordPayment(
        tx,
        system,
        { invoiceId, key, cents, serviceId, paidOn: "2026-11-30", method: "bank_transfer", reference: "r" },
        services,
      ),
    );

  test("a paid service is not reminded for another's debt; each step goes out once", async () => {
    const { tenantId, invoice, space, mail } = await invoiced(true);
    const dues = await database.db.tenant(tenantId, (tx) => listDues(tx, invoice.id));
    expect(dues.reduce((sum, due) => sum + due.cents, 0n)).toBe(invoice.totalCents);
    const due = (service: Service | null) => dues.find((each) => each.serviceId === service?.id)?.cents ?? 0n;
    await pay(tenantId, invoice.id, due(mail), mail?.id ?? null);
    const remind = () => database.db.tenant(tenantId, (tx) => remindDebts(tx, system, services));
    expect(await remind()).toBe(0);
    await clock.advance(34 * 24 * hourMs);
    expect([await remind(), await remind()]).toEqual([1, 0]);
    expect(mails.at(-1)).toMatchObject({ kind: "reminder", values: { step: "1", totalCents: String(due(space)) } });
    await clock.advance(12 * 24 * hourMs);
    expect(await remind()).toBe(1);
    expect(mails.at(-1)).toMatchObject({ kind: "reminder", values: { step: "2", totalCents: String(due(space)) } });
    const invoiceNumber = `CF-2026-${invoice.number}`;
    const owes = (service: Service | null) =>
      database.db.tenant(tenantId, (tx) => isOwed(tx, { serviceId: service?.id ?? ("" as ServiceId), invoiceNumber }));
    expect([await owes(space), await owes(mail)]).toEqual([true, false]);
    await pay(tenantId, invoice.id, due(space), space.id);
    expect(await owes(space)).toBe(false);
  });

  test("a credit note waits for a payment that is being noted, and settles only what it left open", async () => {
    const { tenantId, invoice } = await invoiced();
    const from = await seller();
    const paid = { invoiceId: invoice.id, key: "bank-78", cents: 1n, serviceId: null, paidOn: "2026-11-30" } as const;
    let credit: Promise<unknown> | undefined;
    await database.db.tenant(tenantId, async (tx) => {
      await recordPayment(tx, system, { ...paid, method: "card", reference: "r" }, services);
      let isSettled = false;
      const input = { id: invoice.id, reason: "wrong", seller: from };
      credit = database.db
        .tenant(tenantId, (other) => creditInvoice(other, system, input, services))
        .finally(() => {
          isSettled = true;
        });
      for (let waits = false; !waits && !isSettled; ) {
        const [row] = await tx.sql<{ waits: boolean }[]>`
          select exists (select 1 from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())) as waits`;
        waits = row?.waits === true;
      }
    });
    await credit;
    const [due] = await database.db.tenant(tenantId, (tx) => listDues(tx, invoice.id));
    expect(due?.openCents).toBe(0n);
  });

  test("what is given back for one service lessens what is owed for another: who pays the total owes nothing", async () => {
    const { tenantId, space } = await invoiced();
    await clock.advance(3 * hourMs);
    const late = { subjectId: space.subjectId, atMs: space.startedAt.getTime() + 60_000, nowMs: clock.nowMs() };
    await database.db.tenant(tenantId, (tx) =>
      appendUsage(tx, { ...late, meter: "space", source: "orders", eventId: "late end", kind: "ended" }),
    );
    await mailbox(tenantId, await order(tenantId, "mail", 1n, "Posta"), clock.nowMs());
    await clock.advance(1_000);
    const invoice = await issue(tenantId, clock.nowMs());
    if (invoice === null) throw new Error("nothing was issued");
    expect(invoice.lines.map((line) => line.netCents).toSorted()).toEqual([-3n, 199n]);
    await pay(tenantId, invoice.id, invoice.totalCents, null);
    const dues = await database.db.tenant(tenantId, (tx) => listDues(tx, invoice.id));
    expect(dues.map((due) => due.openCents)).toEqual([0n, 0n]);
  });

  test("a payment told twice counts once, and one that is too much is refused whole", async () => {
    const { tenantId, invoice } = await invoiced();
    await expect(pay(tenantId, invoice.id, invoice.totalCents + 1n, null)).rejects.toMatchObject({
      code: "billing.overpaid",
    });
    await Promise.all([1, 2, 3].map(() => pay(tenantId, invoice.id, invoice.totalCents, null, "bank-77")));
    const [due] = await database.db.tenant(tenantId, (tx) => listDues(tx, invoice.id));
    expect(due?.openCents).toBe(0n);
  });
});

test("R46: a rejection by SdI reopens the number: a new file, the same invoice; a receipt told twice counts once", async () => {
  const { tenantId, invoice } = await invoiced();
  const file = async () =>
    (await database.db.tenant(tenantId, (tx) => readDocument(tx, invoice.id, "xml")))?.fileName ?? "";
  const state = () => database.db.tenant(tenantId, (tx) => exchangeState(tx, invoice.id));
  const say = async (root: string, sdiId: string, name: string) =>
    importReceipt(
      system,
      utf8(`<${root}><IdentificativoSdI>${sdiId}</IdentificativoSdI><NomeFile>${name}</NomeFile></${root}>`),
      services,
    );
  const again = () => database.db.tenant(tenantId, (tx) => sendAgain(tx, system, invoice.id, services));
  expect(await state()).toBe("sent");
  await expect(again()).rejects.toMatchObject({ code: "billing.not_rejected" });
  const first = await file();
  await say("NotificaScarto", "111", first);
  await say("NotificaScarto", "111", first);
  expect(await state()).toBe("rejected");
  const second = await again();
  expect(second).not.toBe(first);
  expect(await state()).toBe("sent");
  await say("RicevutaConsegna", "112", second);
  expect(await state()).toBe("delivered");
  await expect(say("RicevutaConsegna", "113", "IT12345678903_ZZZZZ.xml")).rejects.toMatchObject({
    code: "billing.receipt_unknown",
  });
});

test("R44: each threshold of the budget is told once a month, and the forecast reaches the month's end", async () => {
  const tenantId = await newTenant();
  await order(tenantId, "space", 100n);
  await clock.advance(9.5 * hourMs);
  await closeTenantUsage(database.db, tenantId, clock.nowMs());
  const costs = await database.db.tenant(tenantId, (tx) => monthCosts(tx, clock.nowMs()));
  expect(costs.netCents).toBe(274n);
  const hoursLeft = Math.ceil((costs.untilMs - (clock.nowMs() + 0.5 * hourMs)) / hourMs);
  expect(costs.forecastNetCents).toBe(BigInt(Math.round((10 + hoursLeft) * 27.4)));
  const alert = () => database.db.tenant(tenantId, (tx) => alertBudget(tx, system, services));
  expect(await alert()).toEqual([]);
  await database.db.tenant(tenantId, (tx) => setBudget(tx, system, 330n, clock.nowMs()));
  const before = mails.length;
  expect([await alert(), await alert()]).toEqual([[50, 80], []]);
  expect(mails.length).toBe(before + 1);
});

test("R45: a customer whose rows are broken keeps no other from its draft, its reminders and its invoice", async () => {
  const [broken, fine] = (await Promise.all([newTenant(), newTenant()])).toSorted() as [TenantId, TenantId];
  for (const tenantId of [broken, fine]) await order(tenantId, "space", 10n);
  await clock.advance(hourMs);
  const owner = openPool(database.cluster.ownerUrl, 1);
  await owner.unsafe(`alter table billing_invoices add constraint broken check (tenant_id <> '${broken}') not valid`);
  const [costs] = jobHandlers(services);
  const signal = AbortSignal.timeout(60_000);
  const run = () => costs?.run({}, { tenantId: null, attempt: 1, signal, logger: new MemoryLogger() });
  await expect(run()).rejects.toMatchObject({ code: "sweep.incomplete", details: { failed: 1 } });
  const heads = () => database.db.tenant(fine, (tx) => listInvoices(tx, 10));
  expect(await heads()).toMatchObject([{ state: "draft" }]);
  await clock.advance(romeNextMonth(clock.nowMs()) - clock.nowMs() + hourMs);
  const { held } = await runInvoices(services, system, signal);
  expect(held).toContainEqual({ tenantId: broken, code: "internal" });
  expect((await heads()).map(({ state }) => state)).toContain("issued");
  await owner`alter table billing_invoices drop constraint broken`;
  await owner.end();
  await run();
}, 120_000);

test("R44: costs, budget and days count every unit of a month that has more than any page, the newest too", async () => {
  const tenantId = await newTenant();
  const service = await order(tenantId, "space");
  await clock.advance(romeNextMonth(clock.nowMs()) - clock.nowMs());
  const fromMs = clock.nowMs();
  // As many things as make a list too long, each for the hour after the month's first, and one thing a week later.
  const started = (count: number, atMs: number) =>
    database.db.tenant(
      tenantId,
      (tx) => tx.sql`
        insert into metering_units (tenant_id, meter, subject_id, service_id, sku_id, sku_version, unit, unit_from, unit_to,
          quantity, closed_at)
        select ${tenantId}, 'space', gen_random_uuid(), ${service.id}, 'space', 1, 'hour', ${new Date(atMs)},
          ${new Date(atMs + hourMs)}, 1, ${new Date(atMs)}
        from generate_series(1, ${count}::int)`,
    );
  await started(50_000, fromMs + hourMs);
  await started(1_000, fromMs + 7 * 24 * hourMs);
  await clock.advance(8 * 24 * hourMs);
  const costs = await database.db.tenant(tenantId, (tx) => monthCosts(tx, clock.nowMs()));
  expect(costs.lines.map((line) => line.quantity)).toEqual([51_000n]);
  expect(costs.netCents).toBe(13_974n);
  const days = await database.db.tenant(tenantId, (tx) => costDays(tx, costs.fromMs, costs.untilMs));
  expect(days.map(({ day, quantity, micros }) => [day.slice(8), quantity, micros])).toEqual([
    ["01", 50_000n, 137_000_000n],
    ["08", 1_000n, 2_740_000n],
  ]);
  await database.db.tenant(tenantId, (tx) => setBudget(tx, system, 13_974n, clock.nowMs()));
  expect(await database.db.tenant(tenantId, (tx) => alertBudget(tx, system, services))).toEqual([50, 80, 100]);
});
