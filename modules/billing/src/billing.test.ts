import { readXml, textAt, validateInvoice, xmlLimits } from "@casaforte/fatturapa";
import {
  type Actor,
  type InvoiceId,
  newId,
  providerTenantId,
  romeMonthStart,
  romeNextMonth,
  type ServiceId,
  type SiteId,
  type TenantId,
  utf8,
} from "@casaforte/kernel";
import { migrations as approvals } from "@casaforte/modules/approvals";
import { migrations as audit } from "@casaforte/modules/audit";
import { migrations as catalogue, publishSku, setPrice, setTaxRate } from "@casaforte/modules/catalogue";
import { migrations as measures } from "@casaforte/modules/measures";
import { appendUsage, closeTenantUsage, hourMs, migrations as metering } from "@casaforte/modules/metering";
import { type OrderingServices, migrations as orders, placeOrder, type Service } from "@casaforte/modules/orders";
import { migrations as placement } from "@casaforte/modules/placement";
import { migrations as spaces, syncSites } from "@casaforte/modules/spaces";
import { createTenant, migrations as tenancy, updateTenant } from "@casaforte/modules/tenancy";
import { migrations as base, openPool, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  alertBudget,
  type BillingMessage,
  type BillingServices,
  creditInvoice,
  estimate,
  exchangeState,
  importReceipt,
  invariants,
  issueInvoice,
  listDues,
  listInvoices,
  listLineUnits,
  migrations,
  monthCosts,
  readDocument,
  readSeller,
  recordPayment,
  refreshDraft,
  refreshVatCheck,
  remindDebts,
  runInvoices,
  sendAgain,
  serviceStandings,
  setBudget,
  type VatAnswer,
} from "./index.ts";

// Just before a month ends; nothing here hangs on today.
const start = Date.parse("2026-11-29T09:30:00Z");
const clock = new FakeClock(start);
const random = new SeededRandom(31);
const system: Actor = { kind: "system", name: "test" };
const mails: BillingMessage[] = [];
let vies: VatAnswer = { outcome: "unavailable", evidence: {} };
let database: TestDatabase;
let services: BillingServices;
let ordering: OrderingServices;
const company = { country: "IT", address: "Via Po 2", postalCode: "10121", city: "Torino", province: "TO" };

beforeAll(async () => {
  database = await startTestDatabase([
    base,
    tenancy,
    audit,
    measures,
    metering,
    approvals,
    catalogue,
    spaces,
    placement,
    orders,
    migrations,
  ]);
  const { db } = database;
  services = {
    db,
    clock,
    random,
    logger: new MemoryLogger(),
    askVat: async () => vies,
    mailBilling: async (_tx, message) => void mails.push(message),
  };
  ordering = {
    db,
    clock,
    random,
    logger: services.logger,
    mailSite: "mi" as SiteId,
    mailPlanChanged: async () => {},
    countMailAccounts: async () => 0,
  };
  await db.operator(async (tx) => {
    await syncSites(tx, [{ id: "mi", name: "mi", country: "IT", jurisdiction: { it: "L", en: "L" } }], start);
    for (const [sku, product] of [
      ["space", "backup"],
      ["mail", "mail"],
    ] as const) {
      await publishSku(tx, system, {
        sku,
        product,
        name: { it: product === "mail" ? "Posta" : "Spazio 100 GB", en: product === "mail" ? "Mail" : "Space 100 GB" },
        description: { it: "d", en: "d" },
        siteId: product === "mail" ? null : "mi",
        capacityBytes: product === "mail" ? null : 10n ** 11n,
        bandwidthBytesPerSecond: null,
        replicaPlan: "none",
        hostUse: "shared",
        ipAddresses: 0,
        quantityMax: 100n,
        units: product === "mail" ? ["month"] : ["hour", "month"],
        validFrom: new Date(start),
        nowMs: start,
      });
      for (const [unit, priceMicros] of [
        ["hour", 2_740n],
        ["month", 1_990_000n],
      ] as const)
        await setPrice(tx, system, { sku, unit, priceMicros, validFromMs: start, approvalId: null, nowMs: start });
    }
    await setTaxRate(tx, system, { country: "IT", basisPoints: 2200n, validFromMs: 0, approvalId: null });
    await updateTenant(tx, system, {
      ...company,
      tenantId: providerTenantId,
      name: "Provider S.r.l.",
      vatNumber: "12345678903",
      nowMs: start,
    });
  });
});
afterAll(() => database?.close());

async function newTenant(changes: object = {}): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) =>
    createTenant(tx, system, {
      tenantId,
      name: "Rossi & Figli S.r.l.",
      ...company,
      vatNumber: "98765432103",
      invoiceRecipientCode: "ABC1234",
      ...changes,
      nowMs: start,
    }),
  );
  return tenantId;
}
let counter = 0;
const order = (tenantId: TenantId, sku: "space" | "mail", quantity = 1n, label = "Ufficio"): Promise<Service> =>
  database.db.tenant(tenantId, (tx) =>
    placeOrder(
      tx,
      system,
      {
        key: `order-${++counter}-abcdef`,
        sku,
        skuVersion: 1,
        quantity,
        unit: sku === "mail" ? "month" : "hour",
        priceMicros: sku === "mail" ? 1_990_000n : 2_740n,
        siteId: sku === "mail" ? null : ("mi" as SiteId),
        label,
        accepted: [],
      },
      ordering,
    ),
  );
/** One mail account of a mail service, from now on. */
const mailbox = (tenantId: TenantId, service: Service, nowMs: number) =>
  database.db.tenant(tenantId, (tx) =>
    appendUsage(tx, {
      meter: "mail_account",
      source: "mailbox",
      eventId: `${++counter}`,
      subjectId: newId(clock, random),
      kind: "started",
      plan: { serviceId: service.id, sku: "mail", skuVersion: 1, quantity: 1n, unit: "month", rank: 1n },
      atMs: nowMs,
      nowMs,
    }),
  );
const seller = () => database.db.operator((tx) => readSeller(tx));
async function issue(tenantId: TenantId, untilMs: number) {
  await closeTenantUsage(database.db, tenantId, clock.nowMs());
  const from = await seller();
  return database.db.tenant(tenantId, (tx) => issueInvoice(tx, system, { untilMs, seller: from }, services));
}
/** An issued invoice of one space (and one mailbox) over two hours. */
async function invoiced(withMail = false) {
  const tenantId = await newTenant();
  const space = await order(tenantId, "space", 10n);
  const mail = withMail ? await order(tenantId, "mail", 1n, "Posta") : null;
  if (mail) await mailbox(tenantId, mail, clock.nowMs());
  await clock.advance(90 * 60_000);
  const invoice = await issue(tenantId, clock.nowMs());
  if (invoice === null) throw new Error("nothing was issued");
  return { tenantId, invoice, space, mail };
}
const findings = (tenantId: TenantId) =>
  database.db.tenant(tenantId, async (tx) => (await Promise.all(invariants.map((each) => each.check(tx)))).flat());

test("R42, R45, R46: a golden invoice: every figure, and an e-invoice that SdI has no reason to reject", async () => {
  const { tenantId, invoice } = await invoiced(true);
  expect(
    invoice.lines.map((line) => [line.descriptionIt, line.quantity, line.priceMicros, line.netCents]).toSorted(),
  ).toEqual([
    ["Posta «Posta», mesi iniziati", 1n, 1_990_000n, 199n],
    ["Spazio 100 GB «Ufficio», ore iniziate", 20n, 2_740n, 5n],
  ]);
  expect([invoice.netCents, invoice.vatCents, invoice.totalCents]).toEqual([204n, 45n, 249n]);
  expect(invoice).toMatchObject({
    state: "issued",
    series: "CF",
    year: 2026,
    issuedOn: "2026-11-29",
    dueOn: "2026-12-29",
  });
  const [xml, italian, english] = await database.db.tenant(tenantId, (tx) =>
    Promise.all((["xml", "pdf_it", "pdf_en"] as const).map((kind) => readDocument(tx, invoice.id, kind))),
  );
  if (!xml || !italian || !english) throw new Error("a document is missing");
  expect(validateInvoice(xml.bytes)).toEqual([]);
  const root = readXml(xml.bytes, xmlLimits.invoiceBytesMax);
  const general = ["FatturaElettronicaBody", "DatiGenerali", "DatiGeneraliDocumento"];
  expect(textAt(root, ...general, "Numero")).toBe(`CF-2026-${invoice.number}`);
  expect(textAt(root, ...general, "ImportoTotaleDocumento")).toBe("2.49");
  for (const pdf of [italian, english]) expect(pdf.bytes.subarray(0, 5).toString()).toBe("%PDF-");
  expect(xml.keepUntil).toBe("2036-11-30");
  expect(mails.at(-1)).toMatchObject({ kind: "invoice_issued", values: { totalCents: "249" } });
  expect(await findings(tenantId)).toEqual([]);
});

test("R41: each line leads to the ledger rows that it is the sum of", async () => {
  const { tenantId, invoice, space } = await invoiced();
  const [line] = invoice.lines;
  const units = await database.db.tenant(tenantId, (tx) => listLineUnits(tx, invoice.id, line?.line ?? 0, 100));
  expect(units).toHaveLength(2);
  expect(units.reduce((sum, unit) => sum + unit.quantity, 0n)).toBe(line?.quantity);
  expect(units.every((unit) => unit.subjectId === space.subjectId)).toBe(true);
});

test("R15: the estimate is the invoice for the same usage, to the cent", async () => {
  const { tenantId, invoice } = await invoiced(true);
  const items = [
    { sku: "space", unit: "hour", quantity: 10n, count: 2 },
    { sku: "mail", unit: "month", quantity: 1n, count: 1 },
  ] as const;
  const rated = await database.db.tenant(tenantId, (tx) => estimate(tx, items, clock.nowMs()));
  expect([rated.netCents, rated.vatCents, rated.totalCents]).toEqual([
    invoice.netCents,
    invoice.vatCents,
    invoice.totalCents,
  ]);
});

test("R45: numbers have no gap under eight workers whose transactions roll back at random", async () => {
  const before = (await invoiced()).invoice.number ?? 0n;
  const tenants = await Promise.all(Array.from({ length: 24 }, () => newTenant()));
  for (const tenantId of tenants) await order(tenantId, "space", 10n);
  await clock.advance(hourMs);
  const until = clock.nowMs();
  for (const tenantId of tenants) await closeTenantUsage(database.db, tenantId, until);
  const from = await seller();
  const queue = [...tenants];
  let rollbacks = 0;
  const worker = async () => {
    for (let tenantId = queue.pop(); tenantId !== undefined; tenantId = queue.pop()) {
      const own = tenantId;
      const fails = (random.bytes(1)[0] ?? 0) < 80;
      await database.db
        .tenant(own, async (tx) => {
          await issueInvoice(tx, system, { untilMs: until, seller: from }, services);
          if (fails) throw new Error("rolled back");
        })
        .catch((error: unknown) => {
          if (!fails) throw error;
          rollbacks++;
          queue.push(own);
        });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const rows = await database.db.operator(
    (tx) => tx.sql<{ number: bigint }[]>`
      select number from billing_invoices where number > ${before} order by number`,
  );
  expect(rollbacks).toBeGreaterThan(3);
  expect(rows.map((row) => row.number)).toEqual(Array.from({ length: 24 }, (_, n) => before + BigInt(n) + 1n));
}, 120_000);

describe("R45: what is issued", () => {
  test("is refused any change by the database, for every role that could try", async () => {
    const { tenantId, invoice } = await invoiced();
    const refused = { constraint_name: "billing_issued" };
    const inTenant = (run: (sql: Parameters<Parameters<typeof database.db.tenant>[1]>[0]["sql"]) => Promise<unknown>) =>
      database.db.tenant(tenantId, (tx) => run(tx.sql));
    const { id } = invoice;
    await expect(
      inTenant((sql) => sql`update billing_invoices set total_cents = 1 where id = ${id}`),
    ).rejects.toMatchObject(refused);
    await expect(inTenant((sql) => sql`delete from billing_invoices where id = ${id}`)).rejects.toMatchObject(refused);
    for (const table of ["billing_lines", "billing_vat", "billing_line_units"]) {
      await expect(
        inTenant((sql) => sql`update ${sql(table)} set tenant_id = tenant_id where invoice_id = ${id}`),
      ).rejects.toMatchObject(refused);
      await expect(inTenant((sql) => sql`delete from ${sql(table)} where invoice_id = ${id}`)).rejects.toMatchObject(
        refused,
      );
    }
    await expect(
      inTenant(
        (sql) =>
          sql`insert into billing_vat select tenant_id, invoice_id, 1, 'x', 1, 1 from billing_vat where invoice_id = ${id}`,
      ),
    ).rejects.toMatchObject(refused);
  });

  test("is taken back by one credit note of the same amount, which settles what was open", async () => {
    const { tenantId, invoice } = await invoiced();
    const from = await seller();
    const credit = () =>
      database.db.tenant(tenantId, (tx) =>
        creditInvoice(tx, system, { id: invoice.id, reason: "wrong", seller: from }, services),
      );
    const tries = await Promise.allSettled([credit(), credit()]);
    expect(tries.filter((each) => each.status === "fulfilled")).toHaveLength(1);
    await expect(credit()).rejects.toMatchObject({ code: "billing.credited" });
    const [note] = await database.db.tenant(tenantId, async (tx) =>
      (await listInvoices(tx, 10)).filter((each) => each.kind === "credit_note"),
    );
    expect(note).toMatchObject({ totalCents: invoice.totalCents, credits: invoice.id });
    const xml = await database.db.tenant(tenantId, (tx) => readDocument(tx, note?.id as InvoiceId, "xml"));
    if (!xml) throw new Error("no e-invoice");
    expect(validateInvoice(xml.bytes)).toEqual([]);
    const dues = await database.db.tenant(tenantId, (tx) => listDues(tx, invoice.id));
    expect(dues.every((due) => due.openCents === 0n)).toBe(true);
    expect(await findings(tenantId)).toEqual([]);
  });
});

test("R41: what the ledger learns after the invoice comes as a correction on the next one", async () => {
  const { tenantId, space } = await invoiced();
  await clock.advance(3 * hourMs);
  const late = { subjectId: space.subjectId, atMs: space.startedAt.getTime() + 60_000, nowMs: clock.nowMs() };
  await database.db.tenant(tenantId, (tx) =>
    appendUsage(tx, { ...late, meter: "space", source: "orders", eventId: "late end", kind: "ended" }),
  );
  await closeTenantUsage(database.db, tenantId, clock.nowMs());
  const draft = await database.db.tenant(tenantId, (tx) => refreshDraft(tx, { untilMs: clock.nowMs() }, services));
  expect(draft?.lines.map((line) => [line.isCorrection, line.quantity])).toEqual([[true, -10n]]);
  expect(await issue(tenantId, clock.nowMs())).toBeNull();
  const mail = await order(tenantId, "mail", 1n, "Posta");
  await mailbox(tenantId, mail, clock.nowMs());
  await clock.advance(1_000);
  const next = await issue(tenantId, clock.nowMs());
  expect(next?.netCents).toBe(199n - 3n);
  expect(await findings(tenantId)).toEqual([]);
});

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
    vies = { outcome: "unavailable", evidence: { error: "MS_UNAVAILABLE" } };
    await ask(tenantId);
    await expect(issue(tenantId, clock.nowMs())).rejects.toMatchObject({ code: "billing.vat_pending" });
    vies = { outcome: "valid", evidence: { requestIdentifier: "WAPIAAAAX" } };
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
  const pay = (
    tenantId: TenantId,
    invoiceId: InvoiceId,
    cents: bigint,
    serviceId: ServiceId | null,
    key = `${++counter}`,
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
    const standings = await database.db.tenant(tenantId, (tx) => serviceStandings(tx, clock.nowMs()));
    expect(standings).toEqual([{ serviceId: space.id, overdueCents: due(space), step: 2 }]);
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

test("R49: a kept document that is not what it was is found", async () => {
  const { tenantId, invoice } = await invoiced();
  expect(await findings(tenantId)).toEqual([]);
  const owner = openPool(database.cluster.ownerUrl, 1);
  await owner`alter table billing_documents no force row level security`;
  await owner`update billing_documents set bytes = bytes || '\\x00'::bytea where invoice_id = ${invoice.id} and kind = 'xml'`;
  await owner`alter table billing_documents force row level security`;
  await owner.end();
  expect(await findings(tenantId)).toEqual([expect.stringContaining(".xml is not what was kept")]);
});
