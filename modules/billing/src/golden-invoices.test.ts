import type { TenantId } from "@casaforte/kernel";
import { catalogueLimits, setPrice, setTaxRate } from "@casaforte/modules/catalogue";
import { hourMs } from "@casaforte/modules/metering";
import { expect, test } from "vitest";
import {
  clock,
  database,
  findings,
  invoiced,
  issue,
  newTenant,
  order,
  seller,
  services,
  system,
  vies,
} from "./billing.test-support.ts";
import { creditInvoice, type Invoice, readDocument, refreshVatCheck } from "./index.ts";
import { pdfWords } from "./pdf-words.test-support.ts";
import { selectSettings, updateSettings } from "./store-invoices.ts";

const abroad = { country: "DE", taxCode: null, province: null, postalCode: "10115", city: "Berlin" };

async function printed(tenantId: TenantId, { id }: Invoice): Promise<{ it: string[]; en: string[]; isSent: boolean }> {
  const [xml, it, en] = await database.db.tenant(tenantId, (tx) =>
    Promise.all((["xml", "pdf_it", "pdf_en"] as const).map((kind) => readDocument(tx, id, kind))),
  );
  if (!it || !en) throw new Error("a document is missing");
  return { it: pdfWords(it.bytes), en: pdfWords(en.bytes), isSent: Boolean(xml) };
}

/** 100 spaces over two started hours, at 0.00274 euros each: 0.548 euros. */
async function twoHours(tenantId: TenantId): Promise<Invoice> {
  await order(tenantId, "space", 100n);
  await clock.advance(90 * 60_000);
  const invoice = await issue(tenantId, clock.nowMs());
  if (invoice === null) throw new Error("nothing was issued");
  expect(await findings(tenantId)).toEqual([]);
  return invoice;
}

const figures = ({ netCents, vatCents, totalCents, vatTreatment }: Invoice) => [
  vatTreatment,
  netCents,
  vatCents,
  totalCents,
];

test("R42, R47: a golden invoice at home, printed in both languages as it was reckoned", async () => {
  const tenantId = await newTenant();
  const invoice = await twoHours(tenantId);
  expect(figures(invoice)).toEqual(["domestic", 55n, 12n, 67n]);
  const { it, en, isSent } = await printed(tenantId, invoice);
  const number = `CF-2026-${invoice.number}`;
  expect(it).toEqual(expect.arrayContaining([`Fattura ${number}`, "Cliente", "Rossi & Figli S.r.l.", "Imponibile"]));
  expect(it).toEqual(expect.arrayContaining(["200", "0,00274", "0,55 €", "IVA 22,00 %", "0,12 €", "Totale", "0,67 €"]));
  expect(en).toEqual(
    expect.arrayContaining([`Invoice ${number}`, "Customer", "0.00274", "€0.55", "VAT 22.00 %", "€0.12", "€0.67"]),
  );
  expect(isSent).toBe(true);
  expect(it.some((line) => line.startsWith("Copia di cortesia"))).toBe(true);
});

test("R47: a golden invoice to a business elsewhere in the Union bears no tax and says by which law", async () => {
  const tenantId = await newTenant({ ...abroad, vatNumber: "123456789" });
  vies.answer = { outcome: "valid", evidence: { requestIdentifier: "WAPIAAAAX" } };
  await refreshVatCheck(services, tenantId, AbortSignal.timeout(1_000));
  const invoice = await twoHours(tenantId);
  expect(figures(invoice)).toEqual(["reverse_charge", 55n, 0n, 55n]);
  const { it, en, isSent } = await printed(tenantId, invoice);
  expect(it).toEqual(
    expect.arrayContaining(["IVA 0,00 % (N2.1)", "0,00 €", "Inversione contabile, art. 7-ter D.P.R. 633/1972"]),
  );
  expect(en).toEqual(
    expect.arrayContaining(["Reverse charge, art. 7-ter D.P.R. 633/1972 (art. 196 dir. 2006/112/EC)"]),
  );
  expect(isSent).toBe(true);
});

test("R47: a golden invoice to a consumer elsewhere in the Union bears his country's tax and goes to no exchange system", async () => {
  await database.db.operator(async (tx) => {
    await updateSettings(tx, { ...(await selectSettings(tx)), usesOss: true }, new Date(clock.nowMs()));
    await setTaxRate(tx, system, { country: "DE", basisPoints: 1_900n, validFromMs: 0, approvalId: null });
  });
  const tenantId = await newTenant({ ...abroad, vatNumber: null });
  const invoice = await twoHours(tenantId);
  // 19 % of 0.55 are 0.1045.
  expect(figures(invoice)).toEqual(["oss", 55n, 10n, 65n]);
  const { it, en, isSent } = await printed(tenantId, invoice);
  expect(it).toEqual(expect.arrayContaining(["IVA 19,00 %", "0,10 €", "0,65 €"]));
  expect(en).toEqual(expect.arrayContaining(["VAT 19.00 %", "€0.10", "€0.65"]));
  expect(isSent).toBe(false);
  expect(it.some((line) => line.startsWith("Copia di cortesia"))).toBe(false);
});

test("R42: a golden credit note names what it takes back, with the same figures", async () => {
  const { tenantId, invoice } = await invoiced(true);
  const from = await seller();
  const note = await database.db.tenant(tenantId, (tx) =>
    creditInvoice(tx, system, { id: invoice.id, reason: "wrong", seller: from }, services),
  );
  expect([note.netCents, note.vatCents, note.totalCents]).toEqual([204n, 45n, 249n]);
  const { it, en } = await printed(tenantId, note);
  expect(it).toEqual(
    expect.arrayContaining([
      `Nota di credito CF-2026-${note.number}`,
      `Storna la fattura CF-2026-${invoice.number}`,
      "2,49 €",
    ]),
  );
  expect(en).toEqual(
    expect.arrayContaining([
      `Credit note CF-2026-${note.number}`,
      `Credits invoice CF-2026-${invoice.number}`,
      "€2.49",
    ]),
  );
});

test("R43: a golden invoice over a change of price bills each started hour at the price of its start", async () => {
  const tenantId = await newTenant();
  const changesAtMs = clock.nowMs() + catalogueLimits.priceNoticeMs + hourMs;
  await database.db.operator((tx) =>
    setPrice(tx, system, {
      sku: "space",
      unit: "hour",
      priceMicros: 5_480n,
      validFromMs: changesAtMs,
      approvalId: null,
      nowMs: clock.nowMs(),
    }),
  );
  await clock.advance(catalogueLimits.priceNoticeMs);
  const invoice = await twoHours(tenantId);
  // The second hour starts at the very moment of the change.
  expect(invoice.lines.map(({ quantity, priceMicros, netCents }) => [quantity, priceMicros, netCents])).toEqual([
    [100n, 2_740n, 27n],
    [100n, 5_480n, 55n],
  ]);
  expect(figures(invoice)).toEqual(["domestic", 82n, 18n, 100n]);
});
