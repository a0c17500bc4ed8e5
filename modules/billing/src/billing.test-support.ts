import { type Actor, newId, providerTenantId, type SiteId, type TenantId } from "@casaforte/kernel";
import { migrations as approvals } from "@casaforte/modules/approvals";
import { migrations as audit } from "@casaforte/modules/audit";
import { migrations as catalogue, publishSku, setPrice, setTaxRate } from "@casaforte/modules/catalogue";
import { migrations as measures } from "@casaforte/modules/measures";
import { appendUsage, closeTenantUsage, migrations as metering } from "@casaforte/modules/metering";
import { type OrderingServices, migrations as orders, placeOrder, type Service } from "@casaforte/modules/orders";
import { migrations as placement } from "@casaforte/modules/placement";
import { migrations as spaces, syncSites } from "@casaforte/modules/spaces";
import { createTenant, migrations as tenancy, updateTenant } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll } from "vitest";
import {
  type BillingMessage,
  type BillingServices,
  invariants,
  issueInvoice,
  migrations,
  readSeller,
  type VatAnswer,
} from "./index.ts";

// Just before a month ends; nothing here hangs on today.
const start = Date.parse("2026-11-29T09:30:00Z");
export const clock = new FakeClock(start);
export const random = new SeededRandom(31);
export const system: Actor = { kind: "system", name: "test" };
export const mails: BillingMessage[] = [];
/** What VIES answers next. */
export const vies: { answer: VatAnswer } = { answer: { outcome: "unavailable", evidence: {} } };
export let database: TestDatabase;
export let services: BillingServices;
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
    askVat: async () => vies.answer,
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

export async function newTenant(changes: object = {}): Promise<TenantId> {
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
export const order = (tenantId: TenantId, sku: "space" | "mail", quantity = 1n, label = "Ufficio"): Promise<Service> =>
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
export const mailbox = (tenantId: TenantId, service: Service, nowMs: number) =>
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
export const seller = () => database.db.operator((tx) => readSeller(tx));
export async function issue(tenantId: TenantId, untilMs: number) {
  await closeTenantUsage(database.db, tenantId, clock.nowMs());
  const from = await seller();
  return database.db.tenant(tenantId, (tx) => issueInvoice(tx, system, { untilMs, seller: from }, services));
}
/** An issued invoice of one space (and one mailbox) over two hours. */
export async function invoiced(withMail = false) {
  const tenantId = await newTenant();
  const space = await order(tenantId, "space", 10n);
  const mail = withMail ? await order(tenantId, "mail", 1n, "Posta") : null;
  if (mail) await mailbox(tenantId, mail, clock.nowMs());
  await clock.advance(90 * 60_000);
  const invoice = await issue(tenantId, clock.nowMs());
  if (invoice === null) throw new Error("nothing was issued");
  return { tenantId, invoice, space, mail };
}
export const findings = (tenantId: TenantId) =>
  database.db.tenant(tenantId, async (tx) => (await Promise.all(invariants.map((each) => each.check(tx)))).flat());
