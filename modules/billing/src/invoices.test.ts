import { readXml, textAt, validateInvoice, xmlLimits } from "@casaforte/fatturapa";
import { schemaFindings } from "@casaforte/fatturapa/schema-check";
import { type InvoiceId, newId, romeIsoDate, type ServiceId } from "@casaforte/kernel";
import { appendUsage, closeTenantUsage, hourMs } from "@casaforte/modules/metering";
import { openPool } from "@casaforte/platform/db";
import { describe, expect, test } from "vitest";
import { transferCode, transferFor, transferSquares } from "./bank-transfer.ts";
import {
  clock,
  database,
  findings,
  invoiced,
  issue,
  mailbox,
  mails,
  newTenant,
  order,
  random,
  seller,
  services,
  system,
} from "./billing.test-support.ts";
import {
  checkLine,
  creditInvoice,
  estimate,
  gapsOf,
  issueInvoice,
  listDues,
  listInvoices,
  listLineUnits,
  readDocument,
  refreshDraft,
} from "./index.ts";
import { renderPdf } from "./render-pdf.ts";

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
  expect(await schemaFindings([xml.bytes])).toEqual([[]]);
  const root = readXml(xml.bytes, xmlLimits.invoiceBytesMax);
  const general = ["FatturaElettronicaBody", "DatiGenerali", "DatiGeneraliDocumento"];
  expect(textAt(root, ...general, "Numero")).toBe(`CF-2026-${invoice.number}`);
  expect(textAt(root, ...general, "ImportoTotaleDocumento")).toBe("2.49");
  for (const pdf of [italian, english]) expect(pdf.bytes.subarray(0, 5).toString()).toBe("%PDF-");
  expect(xml.keepUntil).toBe("2036-11-30");
  // The code that banks' programs read, character by character; what is paid has none, and its squares say what it says.
  if (!invoice.seller) throw new Error("no seller");
  const sold = { ...invoice, seller: { ...invoice.seller, name: "Città Srl", iban: "IT60X0542811101000000123456" } };
  const transfer = transferFor(sold, 249n);
  if (transfer === null) throw new Error("no transfer");
  const code = transferCode(transfer);
  const number = `CF-2026-${invoice.number}`;
  expect(code).toBe(`BCD\n002\n1\nSCT\n\nCittà Srl\nIT60X0542811101000000123456\nEUR2.49\n\n\n${number}`);
  const unpaid = [
    transferFor(sold, 0n),
    transferFor({ ...sold, kind: "credit_note" }, 249n),
    transferFor(invoice, 249n),
  ];
  expect(unpaid).toEqual([null, null, null]);
  const squares = await transferSquares(code);
  expect(squares.length).toBe(squares[0]?.length);
  expect([squares.length % 4, squares[0]?.slice(0, 8)]).toEqual([1, [...Array(7).fill(true), false]]);
  const [plain, payable] = await Promise.all([invoice, sold].map((each) => renderPdf(each, null, "it")));
  expect(payable?.length).toBeGreaterThan(plain?.length ?? 0);
  expect(await renderPdf(sold, null, "it")).toEqual(payable);
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

test("R41: a line is rated again from its ledger without writing, and one that was tampered with is found out", async () => {
  const { tenantId, invoice, space } = await invoiced();
  const [line] = invoice.lines;
  const check = () =>
    database.db.tenant(tenantId, (tx) => checkLine(tx, invoice.id, line?.line ?? 0), { readOnly: true });
  const { recount, moments, gaps } = await check();
  expect(recount).toEqual({
    ...{ quantity: line?.quantity, priceMicros: line?.priceMicros, netCents: line?.netCents },
    isSame: true,
  });
  expect(moments.map((each) => [each.subjectId, each.moment.kind])).toContainEqual([space.subjectId, "started"]);
  expect(gaps).toEqual([]);
  const owner = openPool(database.cluster.ownerUrl, 1);
  await owner`alter table metering_units no force row level security`;
  await owner`update metering_units set quantity = quantity + 1 where tenant_id = ${tenantId} and subject_id = ${space.subjectId}`;
  expect((await check()).recount).toMatchObject({ isSame: false, priceMicros: line?.priceMicros });
  // Of another service: the figures agree, what they are of does not.
  await owner`update metering_units set quantity = quantity - 1, service_id = ${tenantId}
    where tenant_id = ${tenantId} and subject_id = ${space.subjectId}`;
  expect((await check()).recount).toMatchObject({ isSame: false, netCents: line?.netCents });
  await owner`alter table metering_units force row level security`;
  await owner.end();
  await expect(database.db.tenant(tenantId, (tx) => checkLine(tx, invoice.id, 999))).rejects.toMatchObject({
    code: "billing.not_found",
  });
});

test("R41: time that no started unit covers is a gap, and one that an end explains is told from one that nothing explains", () => {
  const hour = (subjectId: string, at: number, quantity = 1n) => ({
    ...{ subjectId, quantity },
    from: new Date(at * hourMs),
    to: new Date((at + 1) * hourMs),
  });
  // The second hour of a was billed and taken back; b ended in its first hour and was made again in its fourth.
  // c was made larger in its first hour and went on; d was on another line from its second hour to its fourth.
  const units = [
    ...[hour("a", 0), hour("a", 1), hour("a", 1, -1n), hour("a", 2), hour("b", 0), hour("b", 3), hour("b", 4)],
    ...[hour("c", 0), hour("c", 3), hour("d", 0), hour("d", 3)],
  ];
  const line = { serviceId: newId<ServiceId>(clock, random), sku: "space", unit: "hour" } as const;
  const plan = { ...line, skuVersion: 1, quantity: 1n, rank: 1n };
  const moments = [
    { subjectId: "a", moment: { kind: "started", atMs: 0, plan } },
    { subjectId: "b", moment: { kind: "started", atMs: 0, plan } },
    { subjectId: "b", moment: { kind: "ended", atMs: hourMs / 2 } },
    { subjectId: "b", moment: { kind: "started", atMs: 3 * hourMs, plan } },
    { subjectId: "c", moment: { kind: "started", atMs: 0, plan } },
    { subjectId: "c", moment: { kind: "changed", atMs: hourMs / 2, plan: { ...plan, quantity: 2n } } },
    { subjectId: "d", moment: { kind: "started", atMs: 0, plan } },
    { subjectId: "d", moment: { kind: "changed", atMs: hourMs, plan: { ...plan, sku: "space-2" } } },
    { subjectId: "d", moment: { kind: "changed", atMs: 3 * hourMs, plan } },
  ] as const;
  expect(gapsOf(line, units, moments)).toEqual([
    { subjectId: "a", fromMs: hourMs, untilMs: 2 * hourMs, isExplained: false },
    { subjectId: "b", fromMs: hourMs, untilMs: 3 * hourMs, isExplained: true },
    { subjectId: "c", fromMs: hourMs, untilMs: 3 * hourMs, isExplained: false },
    { subjectId: "d", fromMs: hourMs, untilMs: 3 * hourMs, isExplained: true },
  ]);
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

test("R45: who waited for its number over midnight bears the date of the day on which it got it", async () => {
  const [first, second] = await Promise.all([newTenant(), newTenant()]);
  for (const tenantId of [first, second]) await order(tenantId, "space", 10n);
  await clock.advance(hourMs);
  for (const tenantId of [first, second]) await closeTenantUsage(database.db, tenantId, clock.nowMs());
  const input = { untilMs: clock.nowMs(), seller: await seller() };
  let late: ReturnType<typeof issueInvoice> | undefined;
  const early = await database.db.tenant(first, async (tx) => {
    const issued = await issueInvoice(tx, system, input, services);
    let isSettled = false;
    late = database.db
      .tenant(second, (other) => issueInvoice(other, system, input, services))
      .finally(() => {
        isSettled = true;
      });
    for (let waits = false; !waits && !isSettled; ) {
      const [row] = await tx.sql<{ waits: boolean }[]>`
        select exists (select 1 from pg_locks where not granted and (locktype <> 'advisory'
          or database = (select oid from pg_database where datname = current_database()))) as waits`;
      waits = row?.waits === true;
    }
    await clock.advance(24 * hourMs);
    return issued;
  });
  expect((await late)?.number).toBe((early?.number ?? 0n) + 1n);
  expect((await late)?.issuedOn).toBe(romeIsoDate(clock.nowMs()));
});

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
    expect(await schemaFindings([xml.bytes])).toEqual([[]]);
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
