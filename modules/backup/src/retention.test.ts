import { policySettingsSchema } from "@casaforte/contract/policies";
import type { TenantId } from "@casaforte/kernel";
import { enrolDevice, listOf, newChain, sample, storeSample, uuid } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyRetention } from "./apply-retention.ts";
import { collectTenant } from "./collect.ts";
import { backupLimits } from "./limits.ts";
import type { PointId } from "./rows.ts";
import { selectPointListing } from "./store-points.ts";
import { selectOpenAlarms } from "./store-retention.ts";
import { settleAlarm, undeletePoint } from "./undelete-point.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

const dayMs = 86_400_000;
const { signal } = new AbortController();
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());
beforeEach(() => void vault.tenants.splice(0));

const settings = policySettingsSchema.parse({
  sources: [{ kind: "directory", name: "documents", paths: ["/srv"] }],
  schedule: { kind: "cron", expression: "0 2 * * *", timeZone: "Europe/Rome" },
  retention: { points: 2, days: 0, weeks: 0, months: 0, years: 0 },
  lockDays: null,
  bandwidth: { bytesPerSecond: null, windows: [] },
  hooks: { before: [], after: [] },
  compression: "fast",
  snapshot: "auto",
  chain: { incrementsMax: 14, repackBytesMax: 0 },
  verify: null,
  alerts: { onFailure: true, noSuccessDays: 3 },
});

/** A device whose policy keeps the newest two points, with three fulls of three days, none of them locked. */
async function threeDays() {
  const { harness, clock } = vault;
  const device = await enrolDevice(harness, { lockDays: 0 });
  await harness.setPolicy(device.deviceId, { name: "Uffici", settings });
  const chainId = await newChain(harness, device);
  const stored = [];
  for (let day = 0; day < 3; day++) {
    stored.push(await storeSample(harness, device, chainId, sample(harness, [1000 + day])));
    await clock.advance(dayMs);
  }
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const livePoints = async () =>
    (await listOf(device.client.points())).filter(({ state }) => state !== "deleted").map(({ pointId }) => pointId);
  return { device, stored, tenantId, livePoints, ids: stored.map(({ pointId }) => pointId) };
}

const undelete = (tenantId: TenantId, pointId: string | undefined) =>
  vault.services.db.tenant(tenantId, (tx) =>
    undeletePoint(tx, vault.actorOf(tenantId), { pointId: pointId as PointId, nowMs: vault.clock.nowMs() }),
  );

test("retention moves what has had its time to the bin by the policy, frees its room, and does so once", async () => {
  const { device, stored, tenantId, livePoints, ids } = await threeDays();
  expect(await applyRetention(vault.services, tenantId, signal)).toEqual({ pointsExpired: 1, chainsHeld: 0 });
  expect(await applyRetention(vault.services, tenantId, signal)).toEqual({ pointsExpired: 0, chainsHeld: 0 });
  expect(await livePoints()).toEqual(ids.slice(1));
  const { space } = await device.client.device();
  expect(space.usedBytes).toBe(stored.slice(1).reduce((sum, { size }) => sum + size, 0));
  const audits = await vault.services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ id: string }[]>`select object_id as id from audit_entries where action = 'backup.point_expired'`,
  );
  expect(audits.map(({ id }) => id)).toEqual(ids.slice(0, 1));
  expect(await vault.findings()).toEqual([]);
});

test("a point comes back from the bin within its days, bytes counted again, and not afterwards", async () => {
  const { device, stored, tenantId, livePoints, ids } = await threeDays();
  await applyRetention(vault.services, tenantId, signal);
  const listed = () =>
    vault.services.db.tenant(tenantId, (tx) =>
      selectPointListing(tx, device.deviceId as Parameters<typeof selectPointListing>[1], {
        beforePoint: null,
        from: null,
        to: null,
        count: 10,
      }),
    );
  const binnedAt = (await listed()).at(-1)?.binnedAt;
  expect(binnedAt?.getTime()).toBe(vault.clock.nowMs());
  await vault.clock.advance(backupLimits.binMs - dayMs);
  await collectTenant(vault.services, tenantId, signal);
  await undelete(tenantId, ids[0]);
  expect(await livePoints()).toEqual(ids);
  expect((await device.client.device()).space.usedBytes).toBe(stored.reduce((sum, { size }) => sum + size, 0));
  expect((await listed()).map((point) => point.binnedAt)).toEqual([null, null, null]);
  await applyRetention(vault.services, tenantId, signal);
  await vault.clock.advance(backupLimits.binMs + dayMs);
  await collectTenant(vault.services, tenantId, signal);
  await expect(undelete(tenantId, ids[0])).rejects.toMatchObject({ code: "backup.point_not_found" });
  expect(await vault.findings()).toEqual([]);
});

test("what was made while the vault's clock was ahead displaces nothing that is made once it is right", async () => {
  const { harness, clock } = vault;
  const device = await enrolDevice(harness, { lockDays: 0 });
  await harness.setPolicy(device.deviceId, { name: "Uffici", settings });
  const chainId = await newChain(harness, device);
  const store = async (n: number) => (await storeSample(harness, device, chainId, sample(harness, [1000 + n]))).pointId;
  await clock.advance(3650 * dayMs);
  const ahead = [await store(0), await store(1)];
  await clock.advance(-3650 * dayMs);
  const made: string[] = [];
  for (let day = 0; day < 3; day++) {
    made.push(await store(10 + day));
    await clock.advance(3_600_000);
    await applyRetention(vault.services, vault.tenantOf(device.spaceId), signal);
    await clock.advance(dayMs);
  }
  const live = (await listOf(device.client.points())).filter(({ state }) => state !== "deleted");
  // Their locks end when they say they were made: no lock is shortened.
  expect(live.map(({ pointId }) => pointId)).toEqual([...ahead, ...made.slice(1)]);
});

test("a point that the collector purges while it is being taken back is gone, and nothing of it is counted", async () => {
  const { device, tenantId, ids } = await threeDays();
  await applyRetention(vault.services, tenantId, signal);
  const before = (await device.client.device()).space.usedBytes;
  await vault.clock.advance(backupLimits.binMs + dayMs);
  const purged: number[] = [];
  const undeleting = vault.services.db.tenant(tenantId, (tx) => {
    // After it has read what lies in the bin: as if it then waited for the collector, which has the space's row.
    const sql = new Proxy(tx.sql, {
      apply: (target, self, args) => {
        const ask = () => Reflect.apply(target, self, args);
        if (purged.length > 0 || !String(args[0]).includes("from spaces_spaces")) return ask();
        purged.push(0);
        return collectTenant(vault.services, tenantId, signal).then(({ filesPurged }) => {
          purged.push(filesPurged);
          return ask();
        });
      },
    });
    const waiting = new Proxy(tx, { get: (target, key) => (key === "sql" ? sql : Reflect.get(target, key)) });
    const input = { pointId: ids[0] as PointId, nowMs: vault.clock.nowMs() };
    return undeletePoint(waiting, vault.actorOf(tenantId), input);
  });
  await expect(undeleting).rejects.toMatchObject({ code: "backup.point_gone" });
  expect(purged).toEqual([0, 1]);
  expect((await device.client.device()).space.usedBytes).toBe(before);
  expect(await vault.findings()).toEqual([]);
});

test("a run that lost half of its files raises one alarm, nothing expires meanwhile, and once acknowledged it goes on", async () => {
  const { device, tenantId, ids, livePoints } = await threeDays();
  const run = async (filesTotal: number) => {
    const at = new Date(vault.clock.nowMs()).toISOString();
    const figures = { filesTotal, filesUnreadable: 0, bytesRead: 10, bytesSent: 10 };
    const pointId = ids[2] ?? null;
    const common = { result: "ok" as const, code: null, message: null, agentVersion: "1", pointId };
    await device.client.report({ runId: uuid(vault.harness), startedAt: at, finishedAt: at, ...common, ...figures });
    await vault.clock.advance(60_000);
  };
  for (let count = 0; count < backupLimits.anomalyRunsMin; count++) await run(1000);
  await run(400);
  expect(await applyRetention(vault.services, tenantId, signal)).toEqual({ pointsExpired: 0, chainsHeld: 1 });
  expect(await applyRetention(vault.services, tenantId, signal)).toEqual({ pointsExpired: 0, chainsHeld: 1 });
  expect(await livePoints()).toEqual(ids);
  const open = () => vault.services.db.tenant(tenantId, (tx) => selectOpenAlarms(tx, null));
  const [alarm, ...more] = await open();
  expect({ alarm, more }).toMatchObject({ alarm: { kind: "shrink", usual: 1000n, found: 400n }, more: [] });
  const settle = () =>
    vault.services.db.tenant(tenantId, (tx) =>
      settleAlarm(tx, vault.actorOf(tenantId), { id: alarm?.id ?? "", nowMs: vault.clock.nowMs() }),
    );
  await settle();
  await expect(settle()).rejects.toMatchObject({ code: "backup.alarm_not_found" });
  expect(await open()).toEqual([]);
  expect(await applyRetention(vault.services, tenantId, signal)).toEqual({ pointsExpired: 1, chainsHeld: 0 });
  expect(await vault.findings()).toEqual([]);
});
