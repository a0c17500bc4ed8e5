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
import { migrations as metering, type UsagePlan } from "@casaforte/modules/metering";
import {
  addHost,
  listAddresses,
  migrations as placement,
  invariants as placementInvariants,
} from "@casaforte/modules/placement";
import { deleteSpace, listSpaces, requireSpace, migrations as spaces, syncSites } from "@casaforte/modules/spaces";
import { createTenant, foundTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { migrations as jobTables } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll } from "vitest";
import {
  endSpaceService,
  listServices,
  migrations,
  type OrderingServices,
  type PlaceOrder,
  placeOrder,
  withAlternatives,
} from "./index.ts";

export const clock = new FakeClock();
const random = new SeededRandom(21);
export const system: Actor = { kind: "system", name: "test" };
export const [milano, verona, torino] = ["milano", "verona", "torino"] as SiteId[] as [SiteId, SiteId, SiteId];
export const gigabyte = 10n ** 9n;
export let database: TestDatabase;
export let services: OrderingServices;
export const toldOfMail: (UsagePlan | null)[] = [];

beforeAll(async () => {
  database = await startTestDatabase([
    base,
    jobTables,
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
export async function sell(
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

export async function newTenant(): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: clock.nowMs() }));
  return tenantId;
}
/** One that signed itself up. */
export async function newStranger(): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  const data = { name: "S", country: "IT", vatNumber: "00743110157", language: "it", nowMs: clock.nowMs() } as const;
  await database.db.tenant(tenantId, (tx) => foundTenant(tx, system, data));
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
export async function allAccepted(): Promise<Accepted[]> {
  const sites = [milano, verona, torino];
  const documents = await database.db.lookup((tx) =>
    requiredDocuments(tx, { products: ["backup", "mail"], sites }, clock.nowMs()),
  );
  return documents
    .filter((document) => document.language === "it")
    .map(({ id, version, sha256 }) => ({ documentId: id, version, sha256 }));
}
export async function order(tenantId: TenantId, changes: Partial<PlaceOrder> = {}) {
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
export const state = (tenantId: TenantId) =>
  database.db.tenant(tenantId, async (tx) => ({
    services: await listServices(tx),
    spaces: await listSpaces(tx),
    addresses: await listAddresses(tx),
  }));
export const host = (siteId: SiteId, name: string, capacityBytes: bigint) =>
  database.db.operator(async (tx) => {
    const id = newId(clock, random);
    await addHost(tx, system, { id, siteId, name, rack: null, serial: null, capacityBytes }, clock.nowMs());
    return id as string;
  });

export async function findings(): Promise<string[]> {
  const [hosts] = placementInvariants;
  return database.db.tenant(providerTenantId, async (tx) => [...((await hosts?.check(tx)) ?? [])]);
}

export async function remove(tenantId: TenantId, spaceId: SpaceId): Promise<void> {
  await database.db.tenant(tenantId, async (tx) => {
    const space = await requireSpace(tx, spaceId);
    await deleteSpace(tx, system, { id: spaceId, confirmation: space.name, nowMs: clock.nowMs() });
    await endSpaceService(tx, system, { spaceId, nowMs: clock.nowMs() });
  });
}
