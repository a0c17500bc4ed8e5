import { type Actor, newId, providerTenantId, type SiteId, type SpaceId, type TenantId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, foundTenant, migrations as tenancy, vetTenant } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  changeSpace,
  createSpace,
  deleteSpace,
  freeBytes,
  listSites,
  migrations,
  requireSpace,
  reserveBytes,
  reserveMetadata,
  setSpaceSuspended,
  setSpacesSuspended,
  settleBytes,
  spacesLimits,
  syncSites,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(3);
const system: Actor = { kind: "system", name: "test" };
const small = "verona" as SiteId;
let database: TestDatabase;
const tenants: TenantId[] = [];

const site = (id: string, capacityBytes: bigint | null) => ({
  id,
  name: id,
  country: "IT",
  jurisdiction: { it: "Diritto italiano", en: "Italian law" },
  capacityBytes,
});

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
  await database.db.operator((tx) => syncSites(tx, [site("milano", null), site(small, 1000n)], clock.nowMs()));
  for (const name of ["A", "B"]) {
    const tenantId = newId<TenantId>(clock, random);
    tenants.push(tenantId);
    await database.db.operator((tx) => createTenant(tx, system, { tenantId, name, nowMs: clock.nowMs() }));
  }
});
afterAll(() => database?.close());

function make(tenantId: TenantId, options: { siteId?: SiteId; quotaBytes: bigint; name?: string }) {
  const id = newId<SpaceId>(clock, random);
  const { siteId = "milano" as SiteId, quotaBytes, name = id } = options;
  const input = { id, siteId, name, quotaBytes, nowMs: clock.nowMs() };
  return database.db.tenant(tenantId, (tx) => createSpace(tx, system, input));
}
const [a, b] = [() => tenants[0] as TenantId, () => tenants[1] as TenantId];

test("of many orders at once exactly those that fit the site are taken, whoever places them (R5, R8)", async () => {
  const orders = Array.from({ length: 30 }, (_, n) => make(n % 2 ? a() : b(), { siteId: small, quotaBytes: 90n }));
  const outcomes = await Promise.allSettled(orders);
  const taken = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  expect(taken).toHaveLength(11);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "spaces.no_capacity" });
  const sites = await database.db.lookup((tx) => listSites(tx));
  expect(sites.find((each) => each.id === small)?.guaranteedBytes).toBe(990n);
  const [id] = taken;
  if (!id) throw new Error("none was taken");
  const owner = (await database.db.tenant(a(), (tx) => requireSpace(tx, id)).catch(() => null)) ? a() : b();
  const grow = (quotaBytes: bigint) =>
    database.db.tenant(owner, (tx) => changeSpace(tx, system, { id, quotaBytes, nowMs: clock.nowMs() }));
  await expect(grow(101n)).rejects.toMatchObject({ code: "spaces.no_capacity" });
  expect(await grow(100n)).toMatchObject({ quotaBytes: 100n });
  await database.db.tenant(owner, (tx) => deleteSpace(tx, system, { id, confirmation: id, nowMs: clock.nowMs() }));
  const after = await database.db.lookup((tx) => listSites(tx));
  expect(after.find((each) => each.id === small)?.guaranteedBytes).toBe(900n);
});

test("a site that leaves the configuration takes no new spaces and keeps its old ones", async () => {
  const kept = await make(a(), { quotaBytes: 10n });
  await database.db.operator((tx) => syncSites(tx, [site(small, 1000n)], clock.nowMs()));
  await expect(make(a(), { quotaBytes: 10n })).rejects.toMatchObject({ code: "spaces.no_capacity" });
  expect(await database.db.tenant(a(), (tx) => requireSpace(tx, kept))).toMatchObject({ siteId: "milano" });
  await database.db.operator((tx) => syncSites(tx, [site("milano", null), site(small, 1000n)], clock.nowMs()));
});

test("room is taken exactly under sixteen parallel writers", async () => {
  const id = await make(a(), { quotaBytes: 100n });
  const tries = Array.from({ length: 16 }, () => database.db.tenant(a(), (tx) => reserveBytes(tx, id, 9n)));
  const outcomes = await Promise.allSettled(tries);
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(11);
  expect((await database.db.tenant(a(), (tx) => requireSpace(tx, id))).pendingBytes).toBe(99n);
});

test("R95: 80, 90 and 95 % are each noted once until use falls below again", async () => {
  const id = await make(a(), { quotaBytes: 1000n });
  const use = (bytes: bigint) =>
    database.db.tenant(a(), async (tx) => {
      if (bytes > 0n) {
        await reserveBytes(tx, id, bytes);
        await settleBytes(tx, id, { pending: bytes, used: bytes }, clock.nowMs());
      } else await freeBytes(tx, id, -bytes, clock.nowMs());
      return (await requireSpace(tx, id)).threshold;
    });
  expect([await use(799n), await use(1n), await use(50n), await use(60n), await use(50n)]).toEqual([0, 80, 80, 90, 95]);
  expect([await use(-200n), await use(100n)]).toEqual([0, 80]);
  const notes = await database.db.tenant(
    a(),
    (tx) => tx.sql<{ percent: number }[]>`
      select (details->>'percent')::int as percent from audit_entries
      where action = 'spaces.threshold_reached' and object_id = ${id} order by at, id`,
  );
  expect(notes.map((note) => note.percent)).toEqual([80, 90, 95, 80]);
});

test("a space cannot shrink below what it holds, a suspended one takes nothing, metadata has its own reserve", async () => {
  const id = await make(b(), { quotaBytes: 1000n });
  const inTenant = database.db;
  await inTenant.tenant(b(), (tx) => reserveBytes(tx, id, 600n));
  const shrink = inTenant.tenant(b(), (tx) => changeSpace(tx, system, { id, quotaBytes: 599n, nowMs: clock.nowMs() }));
  await expect(shrink).rejects.toMatchObject({ code: "spaces.below_use" });
  await inTenant.tenant(b(), (tx) => setSpaceSuspended(tx, system, { id, suspended: true, nowMs: clock.nowMs() }));
  await expect(inTenant.tenant(b(), (tx) => reserveBytes(tx, id, 1n))).rejects.toMatchObject({
    code: "vault.space_suspended",
  });
  const reserve = 64n * 1024n * 1024n + 10n;
  await inTenant.tenant(b(), (tx) => reserveMetadata(tx, id, reserve));
  await expect(inTenant.tenant(b(), (tx) => reserveMetadata(tx, id, 1n))).rejects.toMatchObject({
    code: "vault.metadata_full",
  });
});

test("R48, R66: one space is suspended alone and let in again, and a silent hand leaves its rows with the provider", async () => {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "C", nowMs: clock.nowMs() }));
  const [owing, paid] = [await make(tenantId, { quotaBytes: 10n }), await make(tenantId, { quotaBytes: 10n })];
  const put = (suspended: "all" | readonly SpaceId[], isSilent: boolean) =>
    database.db.operator((tx) =>
      setSpacesSuspended(tx, system, { tenantId, suspended, isSilent, nowMs: clock.nowMs() }),
    );
  const states = () =>
    database.db.tenant(tenantId, async (tx) => [
      (await requireSpace(tx, owing)).state,
      (await requireSpace(tx, paid)).state,
    ]);
  const rowsOf = async (log: TenantId) => {
    const rows = await database.db.tenant(
      log,
      (tx) => tx.sql<{ row: string }[]>`
        select action || ' ' || object_id as row from audit_entries
        where tenant_id = ${log} and action in ('spaces.space_suspended', 'spaces.space_resumed')
          and object_id in (${owing}, ${paid}) order by 1`,
    );
    return rows.map(({ row }) => row);
  };
  await put([owing], false);
  await put([owing], false);
  expect(await states()).toEqual(["suspended", "active"]);
  await put([], false);
  expect(await states()).toEqual(["active", "active"]);
  const told = [`spaces.space_resumed ${owing}`, `spaces.space_suspended ${owing}`];
  expect(await rowsOf(tenantId)).toEqual(told);
  await put("all", true);
  expect(await states()).toEqual(["suspended", "suspended"]);
  await put([], true);
  expect(await rowsOf(tenantId)).toEqual(told);
  expect(await rowsOf(providerTenantId)).toHaveLength(4);
});

test("R73: an organisation that nobody vetted grows no further than its bound and has few spaces, and shrinks freely", async () => {
  const tenantId = newId<TenantId>(clock, random);
  const data = { name: "Sola", country: "IT", vatNumber: "00743110157", language: "it", nowMs: clock.nowMs() } as const;
  await database.db.tenant(tenantId, (tx) => foundTenant(tx, system, data));
  const { unvettedBytesMax, unvettedSpacesMax } = spacesLimits;
  const refused = {
    kind: "precondition",
    code: "spaces.not_vetted",
    details: { gigabytes: Number(unvettedBytesMax / 10n ** 9n), spaces: unvettedSpacesMax },
  };
  const id = await make(tenantId, { quotaBytes: unvettedBytesMax });
  await expect(make(tenantId, { quotaBytes: 1n })).rejects.toMatchObject(refused);
  const size = (quotaBytes: bigint) =>
    database.db.tenant(tenantId, (tx) => changeSpace(tx, system, { id, quotaBytes, nowMs: clock.nowMs() }));
  await expect(size(unvettedBytesMax + 1n)).rejects.toMatchObject(refused);
  await size(1n);
  for (let n = 1; n < unvettedSpacesMax; n++) await make(tenantId, { quotaBytes: 1n });
  await expect(make(tenantId, { quotaBytes: 1n })).rejects.toMatchObject(refused);
  await size(2n);
  await database.db.operator((tx) => vetTenant(tx, system, { tenantId, nowMs: clock.nowMs() }));
  await make(tenantId, { quotaBytes: unvettedBytesMax });
});
