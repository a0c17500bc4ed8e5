import { type Actor, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as approvals } from "@casaforte/modules/approvals";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptDocuments,
  assertAccepted,
  type Concern,
  listOffers,
  listPrices,
  migrations,
  type PublishSku,
  pendingDocuments,
  priceAt,
  publishDocument,
  publishSku,
  readVersion,
  requiredDocuments,
  requireOffer,
  setPrice,
  setTaxRate,
  taxRateAt,
  withdrawSku,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(8);
const system: Actor = { kind: "system", name: "test" };
const start = clock.nowMs();
const day = 24 * 3_600_000;
let database: TestDatabase;
let tenantId: TenantId;

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, approvals, migrations]);
  tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: start }));
});
afterAll(() => database?.close());

const plan = (sku: string, more: Partial<PublishSku> = {}): PublishSku => ({
  sku,
  product: "backup",
  name: { it: "Spazio", en: "Space" },
  description: { it: "Descrizione", en: "Description" },
  siteId: "mi1",
  capacityBytes: 10n ** 11n,
  bandwidthBytesPerSecond: null,
  replicaPlan: "none",
  hostUse: "shared",
  ipAddresses: 0,
  quantityMax: 10n,
  units: ["hour", "month"],
  validFrom: new Date(start),
  nowMs: start,
  ...more,
});
const publish = (input: PublishSku) => database.db.operator((tx) => publishSku(tx, system, input));
const price = (sku: string, priceMicros: bigint, validFromMs: number, nowMs = start) =>
  database.db.operator((tx) =>
    setPrice(tx, system, { sku, unit: "hour", priceMicros, validFromMs, approvalId: null, nowMs }),
  );
const offers = (nowMs: number) => database.db.lookup((tx) => listOffers(tx, nowMs));

describe("R1: the catalogue", () => {
  test("sells the newest valid version that has a price; older versions stay readable and are not ordered", async () => {
    expect(await publish(plan("space"))).toBe(1);
    expect(await offers(start)).toEqual([]);
    await price("space", 500n, start);
    await publish(plan("space", { capacityBytes: 2n * 10n ** 11n, validFrom: new Date(start + day) }));
    expect((await offers(start)).map((offer) => offer.version)).toEqual([1]);
    expect((await offers(start + day)).map((offer) => offer.version)).toEqual([2]);
    const old = await database.db.lookup((tx) => readVersion(tx, "space", 1));
    expect(old?.capacityBytes).toBe(10n ** 11n);
    await expect(database.db.lookup((tx) => requireOffer(tx, "space", 1, start + day))).rejects.toMatchObject({
      code: "catalogue.offer_changed",
    });
  });

  test("versions get consecutive numbers also among parallel publications, and what is withdrawn is sold no more", async () => {
    const numbers = await Promise.all(Array.from({ length: 4 }, () => publish(plan("busy"))));
    expect(numbers.toSorted()).toEqual([1, 2, 3, 4]);
    await price("busy", 1n, start);
    expect((await offers(start)).map((offer) => offer.sku)).toContain("busy");
    await database.db.operator((tx) => withdrawSku(tx, system, "busy", start + 1));
    expect((await offers(start + 1)).map((offer) => offer.sku)).not.toContain("busy");
  });

  test("a backup plan without a site, a mail plan with one, and a name of the other product are refused", async () => {
    await expect(publish(plan("bad", { siteId: null }))).rejects.toMatchObject({ code: "catalogue.attributes" });
    await expect(publish(plan("bad", { product: "mail" }))).rejects.toMatchObject({ code: "catalogue.attributes" });
    await expect(publish(plan("space", { product: "mail", siteId: null, capacityBytes: null }))).rejects.toMatchObject({
      code: "catalogue.product",
    });
  });

  test("the runtime and operator roles cannot rewrite what was published", async () => {
    const rewrite = (role: "operator" | "lookup") =>
      database.db[role]((tx) => tx.sql`update catalogue_prices set price_micros = 0`);
    await expect(rewrite("operator")).rejects.toMatchObject({ code: "42501" });
    await expect(rewrite("lookup")).rejects.toMatchObject({ code: "42501" });
  });
});

describe("R43: prices and rates", () => {
  test("a change needs thirty days' notice and holds from its date; until then the old price does", async () => {
    await publish(plan("priced"));
    await price("priced", 100n, start);
    await expect(price("priced", 120n, start + 29 * day)).rejects.toMatchObject({ code: "catalogue.notice_too_short" });
    await price("priced", 120n, start + 30 * day);
    await expect(price("priced", 130n, start + 30 * day)).rejects.toMatchObject({ code: "catalogue.price_exists" });
    const prices = await database.db.lookup((tx) => listPrices(tx));
    const at = (ms: number) => priceAt(prices, "priced", "hour", ms)?.priceMicros ?? null;
    expect([at(start - 1), at(start), at(start + 30 * day - 1), at(start + 30 * day)]).toEqual([
      null,
      100n,
      100n,
      120n,
    ]);
    const [offer] = (await offers(start)).filter((each) => each.sku === "priced");
    expect(offer?.prices[0]?.next?.priceMicros).toBe(120n);
  });

  test("a tax rate holds from its date", async () => {
    const set = (basisPoints: bigint, validFromMs: number) =>
      database.db.operator((tx) =>
        setTaxRate(tx, system, { country: "IT", basisPoints, validFromMs, approvalId: null }),
      );
    await set(2200n, start);
    await set(2300n, start + day);
    const rates = await database.db.lookup(async (tx) => (await import("./store.ts")).selectTaxRates(tx));
    expect([taxRateAt(rates, "IT", start)?.basisPoints, taxRateAt(rates, "IT", start + day)?.basisPoints]).toEqual([
      2200n,
      2300n,
    ]);
    expect(taxRateAt(rates, "FR", start)).toBeNull();
  });
});

describe("R6, R72: documents", () => {
  const user: Actor = {
    kind: "user",
    tenantId: "" as TenantId,
    principalId: "00000000-0000-7000-8000-00000000beef" as PrincipalId,
    role: "owner",
    ip: "192.0.2.7",
  };
  const backup: Concern = { products: ["backup"], sites: ["mi1"] };
  const put = (id: string, text: string, more: object = {}) =>
    database.db.operator((tx) =>
      publishDocument(tx, system, {
        id,
        kind: "terms",
        product: null,
        siteId: null,
        title: { it: id, en: id },
        body: { it: `${text} it`, en: `${text} en` },
        validFromMs: start,
        nowMs: start,
        ...more,
      }),
    );
  const pending = async (concern: Concern) => [
    ...new Set((await database.db.tenant(tenantId, (tx) => pendingDocuments(tx, concern, start))).map(({ id }) => id)),
  ];

  test("what concerns somebody waits to be accepted; the acceptance keeps text, person, time and address", async () => {
    expect([await put("terms", "one"), await put("terms", "one")]).toEqual([1, 1]);
    await put("charter-mail", "m", { kind: "charter", product: "mail" });
    await put("law-mi1", "l", { kind: "jurisdiction", siteId: "mi1" });
    await put("law-fr1", "l", { kind: "jurisdiction", siteId: "fr1" });
    expect((await pending(backup)).toSorted()).toEqual(["law-mi1", "terms"]);
    const documents = await database.db.lookup((tx) => requiredDocuments(tx, backup, start));
    const accepted = documents
      .filter((each) => each.language === "it")
      .map(({ id, version, sha256 }) => ({ documentId: id, version, sha256 }));
    const missing = database.db.tenant(tenantId, (tx) => assertAccepted(tx, backup, start));
    await expect(missing).rejects.toMatchObject({ kind: "invalid", code: "catalogue.acceptance_missing" });
    const accept = (list: typeof accepted) =>
      database.db.tenant(tenantId, (tx) =>
        acceptDocuments(tx, user, { accepted: list, nowMs: start }, { clock, random }),
      );
    await accept(accepted);
    await accept(accepted);
    expect(await pending(backup)).toEqual([]);
    const rows = await database.db.tenant(
      tenantId,
      (tx) => tx.sql`select document_id, principal_id, ip, sha256 from catalogue_acceptances order by document_id`,
    );
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      document_id: "terms",
      principal_id: "00000000-0000-7000-8000-00000000beef",
      ip: "192.0.2.7",
    });
    await expect(accept([{ documentId: "terms", version: 1, sha256: "0".repeat(64) }])).rejects.toMatchObject({
      code: "catalogue.document_changed",
    });
  });

  test("R34: new text is a new version and waits to be accepted again", async () => {
    expect(await put("law-mi1", "other", { kind: "jurisdiction", siteId: "mi1" })).toBe(2);
    expect(await pending(backup)).toEqual(["law-mi1"]);
  });
});
