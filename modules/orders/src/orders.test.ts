import {
  type Actor,
  newId,
  type PrincipalId,
  providerTenantId,
  type SiteId,
  type SpaceId,
  type TenantId,
} from "@casaforte/kernel";
import { migrations as approvals } from "@casaforte/modules/approvals";
import { migrations as audit } from "@casaforte/modules/audit";
import {
  type Accepted,
  migrations as catalogue,
  publishDocument,
  publishSku,
  requiredDocuments,
  setPrice,
} from "@casaforte/modules/catalogue";
import { migrations as measures } from "@casaforte/modules/measures";
import {
  closeTenantUsage,
  hourMs,
  listUnits,
  migrations as metering,
  type UsagePlan,
} from "@casaforte/modules/metering";
import {
  addAddresses,
  addHost,
  changeHost,
  listAddresses,
  listHosts,
  migrations as placement,
  invariants as placementInvariants,
} from "@casaforte/modules/placement";
import { deleteSpace, listSpaces, requireSpace, migrations as spaces, syncSites } from "@casaforte/modules/spaces";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, openPool, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ChangeService,
  changeService,
  endMailService,
  endSpaceService,
  invariants,
  listCapacityAlerts,
  listServices,
  mailPlan,
  migrations,
  type OrderingServices,
  type PlaceOrder,
  placeOrder,
  withAlternatives,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(21);
const system: Actor = { kind: "system", name: "test" };
const [milano, verona, torino] = ["milano", "verona", "torino"] as SiteId[] as [SiteId, SiteId, SiteId];
const gigabyte = 10n ** 9n;
let database: TestDatabase;
let services: OrderingServices;
const toldOfMail: (UsagePlan | null)[] = [];

beforeAll(async () => {
  database = await startTestDatabase([
    base,
    tenancy,
    audit,
    measures,
    spaces,
    approvals,
    catalogue,
    metering,
    placement,
    migrations,
  ]);
  services = {
    db: database.db,
    clock,
    random,
    logger: new MemoryLogger(),
    mailSite: milano,
    mailPlanChanged: async (_tx, plan) => void toldOfMail.push(plan),
    countMailAccounts: async () => 0,
  };
  const site = (id: string) => ({
    id,
    name: id,
    country: "IT",
    jurisdiction: { it: "L", en: "L" },
    capacityBytes: null,
  });
  await database.db.operator(async (tx) => {
    await syncSites(tx, [milano, verona, torino].map(site), clock.nowMs());
    for (const [sku, siteId, ipAddresses] of [
      ["milano-100", milano, 0],
      ["verona-100", verona, 1],
      ["torino-100", torino, 0],
    ] as const)
      await sell(tx, { sku, product: "backup", siteId, capacityBytes: 100n * gigabyte, ipAddresses });
    await sell(tx, { sku: "mail", product: "mail", siteId: null, capacityBytes: null, ipAddresses: 0 });
    for (const [id, kind, siteId] of [
      ["terms", "terms", null],
      ["law-milano", "jurisdiction", milano],
    ] as const)
      await publishDocument(tx, system, {
        id,
        kind,
        siteId,
        product: null,
        title: { it: id, en: id },
        body: { it: "testo", en: "text" },
        validFromMs: clock.nowMs(),
        nowMs: clock.nowMs(),
      });
  });
});
afterAll(() => database?.close());

type OperatorTx = Parameters<typeof publishSku>[0];
async function sell(
  tx: OperatorTx,
  plan: {
    sku: string;
    product: "backup" | "mail";
    siteId: SiteId | null;
    capacityBytes: bigint | null;
    ipAddresses: number;
  },
): Promise<void> {
  const nowMs = clock.nowMs();
  await publishSku(tx, system, {
    ...plan,
    name: { it: plan.sku, en: plan.sku },
    description: { it: "d", en: "d" },
    bandwidthBytesPerSecond: null,
    replicaPlan: "none",
    hostUse: "shared",
    quantityMax: 20n,
    units: plan.product === "mail" ? ["month"] : ["hour", "month"],
    validFrom: new Date(nowMs),
    nowMs,
  });
  for (const [unit, priceMicros] of [
    ["hour", 1_000n],
    ["month", 500_000n],
  ] as const)
    await setPrice(tx, system, { sku: plan.sku, unit, priceMicros, validFromMs: nowMs, approvalId: null, nowMs });
}

async function newTenant(): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: clock.nowMs() }));
  return tenantId;
}
const owner = (tenantId: TenantId): Actor => ({
  kind: "user",
  tenantId,
  principalId: newId<PrincipalId>(clock, random),
  role: "owner",
  ip: "192.0.2.9",
});
let counter = 0;
async function allAccepted(): Promise<Accepted[]> {
  const sites = [milano, verona, torino];
  const documents = await database.db.lookup((tx) =>
    requiredDocuments(tx, { products: ["backup", "mail"], sites }, clock.nowMs()),
  );
  return documents
    .filter((document) => document.language === "it")
    .map(({ id, version, sha256 }) => ({ documentId: id, version, sha256 }));
}
async function order(tenantId: TenantId, changes: Partial<PlaceOrder> = {}) {
  const input: PlaceOrder = {
    key: `order-${++counter}-abcdef`,
    sku: "milano-100",
    skuVersion: 1,
    quantity: 1n,
    unit: "hour",
    priceMicros: 1_000n,
    siteId: milano,
    label: `Space ${counter}`,
    accepted: await allAccepted(),
    ...changes,
  };
  return withAlternatives(services, tenantId, input, (tx) => placeOrder(tx, owner(tenantId), input, services));
}
const state = (tenantId: TenantId) =>
  database.db.tenant(tenantId, async (tx) => ({
    services: await listServices(tx),
    spaces: await listSpaces(tx),
    addresses: await listAddresses(tx),
  }));
const host = (siteId: SiteId, name: string, capacityBytes: bigint) =>
  database.db.operator(async (tx) => {
    const id = newId(clock, random);
    await addHost(tx, system, { id, siteId, name, rack: null, serial: null, capacityBytes }, clock.nowMs());
    return id as string;
  });

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

describe("room", () => {
  test("R5, R2, R8: of a hundred orders at once at a nearly full host exactly those that fit succeed, and no address is given twice", async () => {
    const tenants = await Promise.all(Array.from({ length: 5 }, newTenant));
    await host(verona, "vr-1", 7n * 100n * gigabyte);
    await host(verona, "vr-2", 450n * gigabyte);
    await database.db.operator((tx) =>
      addAddresses(tx, system, {
        siteId: verona,
        addresses: Array.from({ length: 30 }, (_, n) => `198.51.100.${n + 1}`),
        nowMs: clock.nowMs(),
      }),
    );
    const wanted = { sku: "verona-100", siteId: verona };
    const tries = Array.from({ length: 100 }, (_, n) => order(tenants[n % 5] as TenantId, wanted));
    const outcomes = await Promise.allSettled(tries);
    const refused = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(outcomes.length - refused.length).toBe(11);
    for (const reason of refused) expect(reason).toMatchObject({ kind: "conflict", code: "orders.no_capacity" });
    expect(refused[0]?.details.alternatives.split(",").toSorted()).toEqual(["milano-100", "torino-100"]);
    const states = await Promise.all(tenants.map(state));
    const addresses = states.flatMap((each) => each.addresses.map(({ address }) => address));
    expect([addresses.length, new Set(addresses).size]).toEqual([11, 11]);
    expect(states.flatMap((each) => each.spaces)).toHaveLength(11);
    expect(states.flatMap((each) => each.services)).toHaveLength(11);
    const hosts = (await database.db.operator((tx) => listHosts(tx))).filter((each) => each.siteId === verona);
    expect(hosts.map((each) => each.allocatedBytes / gigabyte)).toEqual([700n, 400n]);
    const alerts = await database.db.operator((tx) => listCapacityAlerts(tx, 200));
    expect(alerts).toHaveLength(89);
    expect(alerts[0]).toMatchObject({ siteId: verona, sku: "verona-100", bytes: 100n * gigabyte });
    expect(await findings()).toEqual([]);
  });

  test("R8: without an address left a site is full too, and nothing of the order stays", async () => {
    const tenantId = await newTenant();
    await host(verona, "vr-3", 10_000n * gigabyte);
    const left = Array.from({ length: 20 }, () => order(tenantId, { sku: "verona-100", siteId: verona }));
    const outcomes = await Promise.allSettled(left);
    expect(outcomes.filter((each) => each.status === "fulfilled")).toHaveLength(19);
    expect((await state(tenantId)).spaces).toHaveLength(19);
    expect(await findings()).toEqual([]);
  });

  test("R36: a deleted space gives room and address back, at once, to the next", async () => {
    const tenantId = await newTenant();
    await expect(order(tenantId, { sku: "verona-100", siteId: verona })).rejects.toMatchObject({
      code: "orders.no_capacity",
    });
    const holder = await database.db.operator(
      (tx) => tx.sql<{ t: TenantId; s: SpaceId }[]>`
        select tenant_id as t, space_id as s from placement_allocations where released_at is null limit 1`,
    );
    const [held] = holder;
    if (!held) throw new Error("no address is held");
    await remove(held.t, held.s);
    expect(await order(tenantId, { sku: "verona-100", siteId: verona })).toMatchObject({ state: "active" });
    expect(await findings()).toEqual([]);
  });

  test("a draining host takes nothing new, and a host in use neither shrinks below it nor retires", async () => {
    const [first] = (await database.db.operator((tx) => listHosts(tx))).filter((each) => each.name === "vr-1");
    if (!first) throw new Error("no host");
    const change = (input: { state?: "retired" | "draining"; capacityBytes?: bigint }) =>
      database.db.operator((tx) => changeHost(tx, system, { id: first.id, ...input, nowMs: clock.nowMs() }));
    await expect(change({ state: "retired" })).rejects.toMatchObject({ code: "placement.host_in_use" });
    await expect(change({ capacityBytes: gigabyte })).rejects.toMatchObject({ code: "placement.host_in_use" });
    await change({ state: "draining" });
  });
});

async function findings(): Promise<string[]> {
  const [hosts] = placementInvariants;
  return database.db.tenant(providerTenantId, async (tx) => [...((await hosts?.check(tx)) ?? [])]);
}

async function remove(tenantId: TenantId, spaceId: SpaceId): Promise<void> {
  await database.db.tenant(tenantId, async (tx) => {
    const space = await requireSpace(tx, spaceId);
    await deleteSpace(tx, system, { id: spaceId, confirmation: space.name, nowMs: clock.nowMs() });
    await endSpaceService(tx, system, { spaceId, nowMs: clock.nowMs() });
  });
}

describe("R36, R37, R38: changing and ending", () => {
  const change = async (tenantId: TenantId, input: Partial<ChangeService> & Pick<ChangeService, "serviceId">) => {
    const whole: ChangeService = {
      key: `change-${++counter}-abc`,
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

test("R32: a space whose host or address stands at another site than was chosen is found", async () => {
  const tenantId = await newTenant();
  await host(torino, "to-9", 1_000n * gigabyte);
  await database.db.operator(async (tx) => {
    await sell(tx, { sku: "torino-ip", product: "backup", siteId: torino, capacityBytes: gigabyte, ipAddresses: 1 });
    await addAddresses(tx, system, { siteId: torino, addresses: ["198.51.100.77"], nowMs: clock.nowMs() });
  });
  await order(tenantId, { sku: "torino-ip", siteId: torino });
  const invariant = placementInvariants.find(({ name }) => name === "placement.space_lies_at_its_site");
  const misplaced = () => database.db.tenant(tenantId, async (tx) => invariant?.check(tx));
  const sql = openPool(database.cluster.ownerUrl, 1);
  try {
    const moves = {
      host: (siteId: SiteId) => sql`
        update placement_hosts set site_id = ${siteId}
        where id in (select host_id from placement_placements where tenant_id = ${tenantId})`,
      address: (siteId: SiteId) =>
        sql`update placement_addresses set site_id = ${siteId} where address = '198.51.100.77'`,
    };
    for (const [what, move] of Object.entries(moves)) {
      expect(await misplaced()).toEqual([]);
      await move(milano);
      expect(await misplaced(), what).toEqual([expect.stringMatching(/^space \S+ lies at another site than chosen$/)]);
      await move(torino);
    }
  } finally {
    await sql.end();
  }
});

test("R7: the customers' role cannot read a host", async () => {
  const tenantId = await newTenant();
  await expect(database.db.tenant(tenantId, (tx) => tx.sql`select * from placement_hosts`)).rejects.toMatchObject({
    code: "42501",
  });
});
