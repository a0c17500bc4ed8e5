import type { BlobId, TenantId } from "@casaforte/kernel";
import { enrolDevice, listOf, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { clockIsSteady, jobHandlers, scrubTenant } from "./index.ts";
import type { PointId } from "./rows.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";
import { askVerification, verifyAsked } from "./verify-point.ts";

const dayMs = 86_400_000;
const decadeMs = 3_650 * dayMs;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());
afterEach(() => vault.tenants.splice(0));

async function stored(lockDays: number) {
  const { harness } = vault;
  const device = await enrolDevice(harness, { lockDays });
  const point = await storeSample(harness, device, await newChain(harness, device), sample(harness));
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const state = async () =>
    (await listOf(device.client.points())).find(({ pointId }) => pointId === point.pointId)?.state;
  return { device, point, tenantId, state };
}

async function loseBlob(tenantId: TenantId): Promise<void> {
  const [part] = await vault.services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ blob: BlobId }[]>`select blob_id as blob from backup_parts where length = 40000`,
  );
  if (!part) throw new Error("no part");
  await vault.blobs.delete(tenantId, part.blob);
}

test("R30: a jump of the vault's clock over the end of a lock lets no token delete the point; a day of steady time does", async () => {
  await clockIsSteady(vault.services);
  const { device, point, state } = await stored(14);
  const free = await stored(0);
  await vault.clock.advance(15 * dayMs);
  await expect(device.client.deletePoint(point.pointId)).rejects.toMatchObject({
    kind: "locked",
    code: "vault.point_locked",
  });
  expect(await state()).toBe("good");
  await free.device.client.deletePoint(free.point.pointId);
  await vault.harness.advance(1.1 * dayMs);
  await device.client.deletePoint(point.pointId);
  expect(await state()).toBe("deleted");
});

test("R30: what was checked while the clock ran ten years ahead is checked again in its time", async () => {
  const { tenantId, state } = await stored(0);
  const signal = new AbortController().signal;
  await vault.clock.leap(decadeMs);
  expect(await scrubTenant(vault.services, tenantId, signal)).toMatchObject({ damaged: 0 });
  await vault.clock.leap(-decadeMs);
  await loseBlob(tenantId);
  expect(await scrubTenant(vault.services, tenantId, signal)).toMatchObject({ damaged: 1 });
  expect(await state()).toBe("damaged");
  expect(await scrubTenant(vault.services, tenantId, signal), "once").toMatchObject({ parts: 0 });
});

test.each([
  ["before", decadeMs],
  ["after", decadeMs],
  ["before", dayMs / 48],
  ["after", dayMs / 48],
] as const)(
  "R30: a verification that was asked for %s the clock was set right by %d ms reads every part once",
  async (when, aheadMs) => {
    const { tenantId, point } = await stored(0);
    const signal = new AbortController().signal;
    const ask = () =>
      vault.services.db.tenant(tenantId, (tx) =>
        askVerification(
          tx,
          vault.actorOf(tenantId),
          { pointId: point.pointId as PointId, nowMs: vault.clock.nowMs() },
          10,
        ),
      );
    await vault.clock.leap(aheadMs);
    await scrubTenant(vault.services, tenantId, signal);
    if (when === "before") await ask();
    await vault.clock.leap(-aheadMs);
    await vault.clock.advance(60_000);
    if (when === "after") await ask();
    await loseBlob(tenantId);
    let reads = 0;
    const counted: typeof vault.blobs = {
      ...vault.blobs,
      read(...args) {
        // Some dozen blobs: who reads on and on is stopped.
        if (++reads > 100) throw new Error("read again and again");
        return vault.blobs.read(...args);
      },
    };
    await verifyAsked({ ...vault.services, blobStoreFor: () => counted }, tenantId, signal);
    const [row] = await vault.services.db.tenant(
      tenantId,
      (tx) =>
        tx.sql`select verified_state, verified_at is not null as done from backup_points where id = ${point.pointId}`,
    );
    expect(row).toEqual({ verified_state: "damaged", done: true });
  },
);

test("R92: a legal hold that comes in the middle of a sweep stops it there", async () => {
  const { device, point, tenantId } = await stored(0);
  await device.client.deletePoint(point.pointId);
  const blobs = async () => {
    let count = 0;
    for await (const _ of vault.blobs.list(tenantId)) count++;
    return count;
  };
  const collect = async (heldAfter: number) => {
    let asked = 0;
    const handlers = jobHandlers({ ...vault.services, isHeld: async (id) => id === tenantId && ++asked > heldAfter });
    const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: vault.logger };
    await handlers.find(({ task }) => task === "backup.collect")?.run({}, context);
  };
  await vault.harness.advance(9 * dayMs);
  await collect(Number.POSITIVE_INFINITY);
  await vault.harness.advance(9 * dayMs);
  const before = await blobs();
  // Its steps, and then one blob.
  await collect(6);
  const left = await blobs();
  expect(left).toBe(before - 1);
  expect(left).toBeGreaterThan(0);
  await collect(Number.POSITIVE_INFINITY);
  expect(await blobs()).toBe(0);
});
