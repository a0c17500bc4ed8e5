import { romeMonthStart, type TenantId } from "@casaforte/kernel";
import { openPool } from "@casaforte/platform/db";
import { expect, test } from "vitest";
import { clock, database, issue, mailbox, newTenant, order, seller, services, system } from "./billing.test-support.ts";
import { creditInvoice, type Invoice, previewInvoice, previewPrice, refreshTenantDraft } from "./index.ts";

const space = (priceMicros: bigint) => ({
  ...{ sku: "space", unit: "hour" as const, priceMicros },
  validFromMs: clock.nowMs() + 40 * 86_400_000,
});
const preview = (priceMicros: bigint) =>
  database.db.operator((tx) => previewPrice(tx, space(priceMicros), clock.nowMs()), { readOnly: true });
const onInvoice = (tenantId: TenantId, { id }: Pick<Invoice, "id">, priceMicros: bigint) =>
  database.db.tenant(tenantId, (tx) => previewInvoice(tx, id, space(priceMicros)), { readOnly: true });

/** Every row of billing and of prices. */
async function rows(): Promise<string> {
  const owner = openPool(database.cluster.ownerUrl, 1);
  const names = await owner<{ name: string }[]>`
    select c.relname::text as name from pg_class c where c.relkind = 'r' and c.relname ~ '^(billing|catalogue|metering|approvals)_'`;
  const texts: string[] = [];
  for (const { name } of names) {
    await owner.unsafe(`alter table ${name} no force row level security`);
    const [row] = await owner.unsafe<{ text: string }[]>(
      `select coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') as text from ${name} t`,
    );
    await owner.unsafe(`alter table ${name} force row level security`);
    texts.push(`${name} ${row?.text}`);
  }
  await owner.end();
  expect(texts.length).toBeGreaterThan(15);
  return texts.toSorted().join("\n");
}

test("R43: a price is previewed on last month's invoices of all customers, line by line as they would be rated, and nothing is written", async () => {
  // Before any invoice of the month is issued, the drafts of what runs.
  const [large, small, mailOnly, credited, held] = [
    await newTenant({ name: "Grande" }),
    await newTenant({ name: "Piccola" }),
    await newTenant({ name: "Posta sola" }),
    await newTenant({ name: "Stornata" }),
    await newTenant({ name: "Trattenuta" }),
  ];
  expect(await preview(3_000n)).toMatchObject({ basis: "draft", customers: 0, held: 0, largest: [] });
  await order(large, "space", 10n);
  await order(small, "space", 1n);
  await order(credited, "space", 50n);
  await order(held, "space", 5n);
  for (const tenantId of [large, mailOnly])
    await mailbox(tenantId, await order(tenantId, "mail", 1n, "Posta"), clock.nowMs());
  await clock.advance(60_000);
  for (const tenantId of [large, small]) await refreshTenantDraft(services, tenantId);
  expect(await preview(3_000_000n)).toMatchObject({
    ...{ basis: "draft", customers: 2 },
    // One started hour of each: 10 and 1 at 0.00274, rounded once each; then at 3 euros.
    ...{ beforeCents: 3n, afterCents: 3_300n },
  });

  // The month ends; each is billed. One invoice is taken back again.
  const monthEnd = romeMonthStart(clock.nowMs() + 4 * 86_400_000);
  await clock.advance(monthEnd - clock.nowMs() + 3_600_000);
  const invoices = new Map<TenantId, Invoice>();
  for (const tenantId of [large, small, mailOnly, credited]) {
    const invoice = await issue(tenantId, monthEnd);
    if (invoice) invoices.set(tenantId, invoice);
  }
  const [ofLarge, ofSmall, taken] = [invoices.get(large), invoices.get(small), invoices.get(credited)];
  if (!ofLarge || !ofSmall || !taken) throw new Error("an invoice is missing");
  const note = { id: taken.id, reason: "wrong", seller: await seller() };
  await database.db.tenant(credited, (tx) => creditInvoice(tx, system, note, services));

  // What it used last month, and nothing stands on an invoice; all others go on using it.
  for (const tenantId of [large, small, mailOnly, held]) await refreshTenantDraft(services, tenantId);

  const before = await rows();
  const seen = await preview(3_000n);
  // 38 started hours: 380 and 38 at 0.00274 are 104 and 10 cents, at 0.003 they are 114 and 11.
  expect(seen).toMatchObject({ basis: "issued", customers: 2, held: 1, beforeCents: 114n, afterCents: 125n });
  expect(seen.largest).toEqual([
    { tenantId: large, name: "Grande", invoiceId: ofLarge.id, beforeCents: 104n, afterCents: 114n },
    { tenantId: small, name: "Piccola", invoiceId: ofSmall.id, beforeCents: 10n, afterCents: 11n },
  ]);
  expect(seen.inForce?.priceMicros).toBe(2_740n);

  const again = await onInvoice(large, ofLarge, 3_000n);
  expect(
    again.lines.map((line) => [line.sku, line.priceMicros, line.newPriceMicros, line.newNetCents]).toSorted(),
  ).toEqual([
    // Of another plan: as it is.
    ["mail", 1_990_000n, 1_990_000n, 199n],
    ["space", 2_740n, 3_000n, 114n],
  ]);
  // 199 + 114, and 22 % of the sum.
  expect([again.netCents, again.vatCents, again.totalCents]).toEqual([313n, 69n, 382n]);
  // The price that is in force gives the very invoice.
  const same = await onInvoice(large, ofLarge, 2_740n);
  expect([same.netCents, same.vatCents, same.totalCents]).toEqual([
    ofLarge.netCents,
    ofLarge.vatCents,
    ofLarge.totalCents,
  ]);
  await expect(onInvoice(small, ofLarge, 3_000n), "another customer's").rejects.toMatchObject({
    code: "billing.not_found",
  });
  expect(await rows()).toBe(before);
});
