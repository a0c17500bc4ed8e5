import { type Actor, newId, type ServiceId, type TenantId } from "@casaforte/kernel";
import { migrations as audit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppendUsage,
  appendStored,
  appendUsage,
  closeAllUsage,
  closeTenantUsage,
  hourMs,
  invariants,
  listStoredDays,
  listUnits,
  migrations,
  type UsagePlan,
} from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(11);
const system: Actor = { kind: "system", name: "test" };
const start = clock.nowMs();
let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase([base, tenancy, audit, migrations]);
});
afterAll(() => database?.close());

async function newTenant(): Promise<TenantId> {
  const tenantId = newId<TenantId>(clock, random);
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "T", nowMs: start }));
  return tenantId;
}
const plan = (quantity: bigint): UsagePlan => ({
  serviceId: "00000000-0000-7000-8000-00000000aaaa" as ServiceId,
  sku: "backup",
  skuVersion: 1,
  quantity,
  unit: "hour",
  rank: quantity,
});
type Said = Pick<AppendUsage, "eventId" | "atMs"> &
  ({ kind: "started" | "changed"; quantity: bigint } | { kind: "ended" });
const subjectId = "00000000-0000-7000-8000-000000000001";

function say(tenantId: TenantId, said: Said, nowMs = said.atMs): Promise<void> {
  const change = said.kind === "ended" ? ({ kind: "ended" } as const) : { kind: said.kind, plan: plan(said.quantity) };
  const { eventId, atMs } = said;
  return database.db.tenant(tenantId, (tx) =>
    appendUsage(tx, { meter: "space", source: "spaces", subjectId, eventId, atMs, nowMs, ...change }),
  );
}
const close = (tenantId: TenantId, nowMs: number) => closeTenantUsage(database.db, tenantId, nowMs);

/** What is owed for each unit, corrections counted in: `[hours since start, quantity]`. */
async function owed(tenantId: TenantId): Promise<[number, number][]> {
  const rows = await database.db.tenant(tenantId, (tx) => listUnits(tx, { fromMs: 0, untilMs: start + 1e10 }));
  const sums = new Map<number, number>();
  for (const row of rows) {
    const hour = (row.unitFrom.getTime() - start) / hourMs;
    sums.set(hour, (sums.get(hour) ?? 0) + Number(row.quantity));
  }
  return [...sums].filter(([, quantity]) => quantity !== 0).sort(([a], [b]) => a - b);
}

const life: readonly Said[] = [
  { eventId: "1", atMs: start, kind: "started", quantity: 1n },
  { eventId: "2", atMs: start + 1.5 * hourMs, kind: "changed", quantity: 4n },
  { eventId: "3", atMs: start + 2.5 * hourMs, kind: "changed", quantity: 2n },
  { eventId: "4", atMs: start + 3.2 * hourMs, kind: "ended" },
];
const lifeOwed: [number, number][] = [
  [0, 1],
  [1, 4],
  [2, 4],
  [3, 2],
];

describe("R41: the ledger of usage", () => {
  test("duplicate and reordered delivery, closed at any moments, comes to the same total", async () => {
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [0, 0, 3, 1, 3, 2, 1],
      [1, 3, 0, 2, 2],
    ];
    for (const [index, order] of orders.entries()) {
      const tenantId = await newTenant();
      let nowMs = start + 4 * hourMs;
      for (const step of order) {
        const said = life[step];
        if (said) await say(tenantId, said, nowMs);
        nowMs += 60_000;
        if (index % 2 === 1) await close(tenantId, nowMs);
      }
      await close(tenantId, nowMs);
      expect(await owed(tenantId), `order ${order}`).toEqual(lifeOwed);
    }
  });

  test("closing twice, and by two workers at once, writes each unit once", async () => {
    const tenantId = await newTenant();
    await say(tenantId, { eventId: "1", atMs: start, kind: "started", quantity: 3n });
    const at = start + 4.5 * hourMs;
    await Promise.all([close(tenantId, at), close(tenantId, at), close(tenantId, at)]);
    expect(await close(tenantId, at)).toBe(0);
    expect(await close(tenantId, at + hourMs)).toBe(1);
    expect(await owed(tenantId)).toEqual([0, 1, 2, 3, 4, 5].map((hour) => [hour, 3]));
  });

  test("a late end is a correction by further rows; nothing written before is touched", async () => {
    const tenantId = await newTenant();
    await say(tenantId, { eventId: "1", atMs: start, kind: "started", quantity: 1n });
    await close(tenantId, start + 5 * hourMs);
    const before = await database.db.tenant(tenantId, (tx) => listUnits(tx, { fromMs: 0, untilMs: start + 1e10 }));
    await say(tenantId, { eventId: "2", atMs: start + 2 * hourMs, kind: "ended" }, start + 5 * hourMs);
    await close(tenantId, start + 5 * hourMs);
    const after = await database.db.tenant(tenantId, (tx) => listUnits(tx, { fromMs: 0, untilMs: start + 1e10 }));
    expect(after).toEqual(expect.arrayContaining(before));
    expect(await owed(tenantId)).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  test("the database refuses to change or remove a row", async () => {
    const tenantId = await newTenant();
    await say(tenantId, { eventId: "1", atMs: start, kind: "started", quantity: 1n });
    await close(tenantId, start + hourMs);
    for (const table of ["metering_events", "metering_units", "metering_hours"]) {
      const refused = { code: "42501" };
      const run = (verb: "update" | "delete") =>
        database.db.tenant(tenantId, (tx) =>
          verb === "update"
            ? tx.sql`update ${tx.sql(table)} set tenant_id = tenant_id`
            : tx.sql`delete from ${tx.sql(table)}`,
        );
      await expect(run("update")).rejects.toMatchObject(refused);
      await expect(run("delete")).rejects.toMatchObject(refused);
    }
  });

  test("check 40: an event with other figures, from the future, too old or absurd is refused", async () => {
    const tenantId = await newTenant();
    const said = { eventId: "1", atMs: start, kind: "started", quantity: 1n } as const;
    await say(tenantId, said);
    await say(tenantId, said, start + 5_000);
    await expect(say(tenantId, { ...said, quantity: 2n })).rejects.toMatchObject({ code: "metering.event_differs" });
    await expect(say(tenantId, { ...said, eventId: "2" }, start - 600_000)).rejects.toMatchObject({
      code: "metering.from_future",
    });
    await expect(say(tenantId, { ...said, eventId: "2" }, start + 401 * 24 * hourMs)).rejects.toMatchObject({
      code: "metering.too_old",
    });
    for (const quantity of [0n, -5n, 10n ** 7n])
      await expect(say(tenantId, { ...said, eventId: "2", quantity })).rejects.toMatchObject({
        code: "metering.quantity",
      });
    const stored = { source: "spaces", eventId: "3", subjectId, atMs: start, nowMs: start };
    await expect(
      database.db.tenant(tenantId, (tx) => appendStored(tx, { ...stored, deltaBytes: 2n ** 61n })),
    ).rejects.toMatchObject({ code: "metering.delta" });
  });
});

test("R39: over three ends of month a thing that nobody deletes is still there and still metered", async () => {
  const tenantId = await newTenant();
  await say(tenantId, { eventId: "1", atMs: start, kind: "started", quantity: 1n });
  let nowMs = start;
  const services = { db: database.db, clock: { nowMs: () => nowMs, sleep: clock.sleep }, logger: new MemoryLogger() };
  for (const days of [0, 35, 65, 100]) {
    nowMs = start + days * 24 * hourMs;
    await closeAllUsage(services);
    expect(await owedCount(tenantId)).toBe(days * 24 + 1);
  }
});
async function owedCount(tenantId: TenantId): Promise<number> {
  return (
    await database.db.tenant(tenantId, (tx) => listUnits(tx, { fromMs: 0, untilMs: start + 1e12, countMax: 10_000 }))
  ).length;
}

test("R42: byte-seconds are the exact integral of what is stored, also after a late delta", async () => {
  const tenantId = await newTenant();
  const hour = Math.ceil(start / hourMs) * hourMs;
  const store = (eventId: string, atMs: number, deltaBytes: bigint, nowMs = atMs) =>
    database.db.tenant(tenantId, (tx) =>
      appendStored(tx, { source: "spaces", eventId, subjectId, atMs, nowMs, deltaBytes }),
    );
  const total = async () =>
    (await database.db.tenant(tenantId, (tx) => listStoredDays(tx, { fromMs: 0, untilMs: hour + 1e10 }))).reduce(
      (sum, day) => sum + day.byteSeconds,
      0n,
    );
  await store("a", hour + hourMs / 2, 1_000n);
  await close(tenantId, hour + 2 * hourMs);
  expect(await total()).toBe(1_000n * 5_400n);
  await store("b", hour + 2.5 * hourMs, -1_000n);
  await close(tenantId, hour + 4 * hourMs);
  await close(tenantId, hour + 9 * hourMs);
  expect(await total()).toBe(1_000n * 7_200n);
  await store("c", hour, 10n, hour + 9 * hourMs);
  await close(tenantId, hour + 9 * hourMs);
  expect(await total()).toBe(1_000n * 7_200n + 10n * 9n * 3_600n);
});

test("the invariant names an instant that is billed twice", async () => {
  const tenantId = await newTenant();
  await say(tenantId, { eventId: "1", atMs: start, kind: "started", quantity: 1n });
  await close(tenantId, start + hourMs / 2);
  const check = () => database.db.tenant(tenantId, async (tx) => (await invariants[0]?.check(tx)) ?? []);
  expect(await check()).toEqual([]);
  await database.db.tenant(
    tenantId,
    (
      tx,
    ) => tx.sql`insert into metering_units (tenant_id, meter, subject_id, service_id, sku_id, sku_version, unit, unit_from, unit_to, quantity, closed_at)
      select tenant_id, meter, subject_id, service_id, 'other', 1, unit, unit_from + interval '1 minute', unit_to, 1, closed_at
      from metering_units where tenant_id = ${tenantId}`,
  );
  expect(await check()).toHaveLength(1);
});
