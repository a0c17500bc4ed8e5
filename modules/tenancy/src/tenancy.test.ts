import { type Actor, newId, providerTenantId, type TenantId } from "@casaforte/kernel";
import { migrations as auditMigrations, listAudit } from "@casaforte/modules/audit";
import { migrations as baseMigrations, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createTenant,
  eachTenant,
  foundTenant,
  holdUnvetted,
  invariants,
  listTenants,
  markTenantDeparted,
  migrations,
  readTenant,
  sweepTenants,
  updateTenant,
  vetTenant,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(3);
const system: Actor = { kind: "system", name: "test" };
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase([baseMigrations, migrations, auditMigrations]);
});
afterAll(() => database?.close());

async function make(name: string): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name, nowMs: clock.nowMs() }));
  return tenantId;
}

test("the provider is a tenant from the first migration on and cannot leave", async () => {
  expect(await database.db.tenant(providerTenantId, (tx) => readTenant(tx, providerTenantId))).toMatchObject({
    state: "active",
  });
  await expect(
    database.db.operator((tx) => markTenantDeparted(tx, system, { tenantId: providerTenantId, nowMs: clock.nowMs() })),
  ).rejects.toMatchObject({ code: "tenancy.provider_state" });
});

test("R50: a tenant reads and changes itself only, and makes no tenant", async () => {
  const [a, b] = [await make("Alfa"), await make("Beta")];
  await expect(database.db.tenant(a, (tx) => readTenant(tx, b))).rejects.toMatchObject({ code: "tenancy.no_tenant" });
  await expect(
    database.db.tenant(a, (tx) => updateTenant(tx, system, { tenantId: b, name: "x", nowMs: 1 })),
  ).rejects.toMatchObject({ code: "tenancy.no_tenant" });
  await expect(
    database.db.tenant(
      a,
      (tx) =>
        tx.sql`insert into tenancy_tenants (tenant_id, name, created_at, updated_at) values (${a}, 'x', now(), now())`,
    ),
  ).rejects.toMatchObject({ code: "42501" });
  await expect(database.db.tenant(a, (tx) => tx.sql`delete from tenancy_tenants`)).rejects.toMatchObject({
    code: "42501",
  });
});

test("R89: a change records the old and the new value of what differs, and nothing else", async () => {
  const tenantId = await make("Gamma");
  await database.db.tenant(tenantId, (tx) =>
    updateTenant(tx, system, {
      tenantId,
      name: "Gamma Srl",
      vatNumber: "00743110157",
      language: "it",
      nowMs: clock.nowMs(),
    }),
  );
  const page = await database.db.tenant(tenantId, (tx) =>
    listAudit(tx, { tenantId, action: "tenancy.tenant_updated" }),
  );
  expect(page.entries[0]?.details).toEqual({
    old: { name: "Gamma", vatNumber: "null" },
    new: { name: "Gamma Srl", vatNumber: "00743110157" },
  });
  for (const invariant of invariants)
    expect(await database.db.tenant(tenantId, (tx) => invariant.check(tx))).toEqual([]);
});

test("R73: a tenant that signed itself up is not vetted until an operator says so, once; one that operators made is", async () => {
  const tenantId = newId<TenantId>(clock, random);
  const isUnvetted = (id: TenantId) => database.db.tenant(id, (tx) => holdUnvetted(tx));
  const data = { name: "Sola Srl", country: "IT", vatNumber: "00743110157", language: "it" } as const;
  await database.db.tenant(tenantId, (tx) => foundTenant(tx, system, { ...data, nowMs: clock.nowMs() }));
  expect([await isUnvetted(tenantId), await isUnvetted(await make("Nota"))]).toEqual([true, false]);
  const changed = { tenantId, name: "Sola Spa", nowMs: clock.nowMs() };
  expect(await database.db.tenant(tenantId, (tx) => updateTenant(tx, system, changed))).toMatchObject({
    signedUp: true,
    vetted: false,
  });
  const vet = () => database.db.operator((tx) => vetTenant(tx, system, { tenantId, nowMs: clock.nowMs() }));
  expect([(await vet()).vetted, (await vet()).vetted, await isUnvetted(tenantId)]).toEqual([true, true, false]);
  const log = await database.db.tenant(tenantId, (tx) => listAudit(tx, { tenantId, action: "tenancy.tenant_vetted" }));
  expect(log.entries.map(({ details }) => details)).toEqual([{ old: { vetted: "false" }, new: { vetted: "true" } }]);
});

test("operators page through tenants by name without a gap and search without wildcards", async () => {
  for (let n = 0; n < 7; n++) await make(`Pagina ${n}`);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await database.db.operator((tx) =>
      listTenants(tx, { search: "pagina", count: 3, ...(cursor ? { cursor } : {}) }),
    );
    seen.push(...page.tenants.map((tenant) => tenant.name));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual(Array.from({ length: 7 }, (_, n) => `Pagina ${n}`));
  expect((await database.db.operator((tx) => listTenants(tx, { search: "%" }))).tenants).toEqual([]);
  await expect(database.db.operator((tx) => listTenants(tx, { cursor: "not ours" }))).rejects.toMatchObject({
    code: "tenancy.cursor",
  });
});

test("a departed tenant stays departed whatever of it is changed, and sweeps see every tenant once", async () => {
  const tenantId = await make("Omega");
  await database.db.operator((tx) => markTenantDeparted(tx, system, { tenantId, nowMs: clock.nowMs() }));
  await database.db.operator((tx) => updateTenant(tx, system, { tenantId, city: "Bari", nowMs: clock.nowMs() }));
  const seen: string[] = [];
  for await (const { tenantId: id, state } of eachTenant(database.db)) seen.push(id === tenantId ? state : id);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(["departed", providerTenantId]));
  const swept: string[] = [];
  const context = { signal: new AbortController().signal, logger: new MemoryLogger() };
  const sweep = sweepTenants(database.db, context, async ({ tenantId: id }) => {
    swept.push(id);
    if (id === seen[0] || id === providerTenantId) throw new Error("its rows are broken");
  });
  const failed = new Set([seen[0], providerTenantId]).size;
  await expect(sweep).rejects.toMatchObject({ code: "sweep.incomplete", details: { failed } });
  expect(swept.length).toBe(seen.length);
});
