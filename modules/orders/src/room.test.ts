import type { SiteId, SpaceId, TenantId } from "@casaforte/kernel";
import {
  addAddresses,
  capacityOutlook,
  changeHost,
  listHosts,
  invariants as placementInvariants,
} from "@casaforte/modules/placement";
import { vetTenant } from "@casaforte/modules/tenancy";
import { openPool } from "@casaforte/platform/db";
import { describe, expect, test } from "vitest";
import { listCapacityAlerts } from "./index.ts";
import {
  clock,
  database,
  findings,
  gigabyte,
  host,
  milano,
  newStranger,
  newTenant,
  order,
  remove,
  sell,
  state,
  system,
  torino,
  verona,
} from "./orders.test-support.ts";

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
    // Under an idempotency key the refusal undoes the order, and not what the operators are told.
    const alerts = async () => (await database.db.operator((tx) => listCapacityAlerts(tx, 500))).length;
    const before = await alerts();
    const keyed = database.db.together(tenantId, () => order(tenantId, { sku: "verona-100", siteId: verona }));
    await expect(keyed).rejects.toMatchObject({ code: "orders.no_capacity" });
    expect(await alerts()).toBe(before + 1);
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
    // A site whose hosts are all drained has no room, not room without end.
    const hosts = (await database.db.operator((tx) => listHosts(tx))).filter((each) => each.siteId === verona);
    for (const { id } of hosts)
      await database.db.operator((tx) => changeHost(tx, system, { id, state: "draining", nowMs: clock.nowMs() }));
    const outlook = await database.db.operator((tx) => capacityOutlook(tx, clock.nowMs()));
    expect(outlook.find(({ siteId }) => siteId === verona)?.freeBytes).toBe(0n);
    // Full it stays, though nothing is sold at a full site.
    const laterMs = clock.nowMs() + 31 * 86_400_000;
    const later = await database.db.operator((tx) => capacityOutlook(tx, laterMs));
    expect(later.find(({ siteId }) => siteId === verona)).toMatchObject({ soldBytes: 0n, fullInDays: 0 });
  });
});

test("R73: an organisation that nobody vetted orders little, also at once, until an operator vets it", async () => {
  const tenantId = await newStranger();
  const before = (await database.db.operator((tx) => listCapacityAlerts(tx, 500))).length;
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => order(tenantId, { quantity: 3n })));
  const refused = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  expect(outcomes.length - refused.length, "300 GB each, of 2,000").toBe(6);
  for (const reason of refused)
    expect(reason).toMatchObject({ kind: "precondition", code: "spaces.not_vetted", details: { gigabytes: 2000 } });
  const made = await state(tenantId);
  expect([made.spaces.length, made.services.length], "nothing is left of what was refused").toEqual([6, 6]);
  expect(await database.db.operator((tx) => listCapacityAlerts(tx, 500)), "no site is full").toHaveLength(before);
  await database.db.operator((tx) => vetTenant(tx, system, { tenantId, nowMs: clock.nowMs() }));
  expect(await order(tenantId, { quantity: 20n })).toMatchObject({ state: "active" });
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
