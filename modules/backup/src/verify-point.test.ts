import { type DeviceId, Failure } from "@casaforte/kernel";
import { enrolDevice, listOf, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jobHandlers } from "./index.ts";
import { backupLimits } from "./limits.ts";
import type { FileId, PointId } from "./rows.ts";
import { selectPointListing } from "./store-points.ts";
import { selectPercentVerified } from "./store-verify.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";
import { askVerification } from "./verify-point.ts";

const dayMs = 86_400_000;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

test("R30: a verification on request reads again what a point needs, goes on after a cut, and says what it found", async () => {
  const { harness, clock, services } = vault;
  const device = await enrolDevice(harness);
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const chainId = await newChain(harness, device);
  const full = await storeSample(harness, device, chainId);
  await clock.advance(dayMs);
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  const increment = await storeSample(harness, device, chainId, sample(harness, [7]), parent);
  const above = { fileId: increment.fileId, fileRoot: increment.file.commit.fileRoot };
  await storeSample(harness, device, chainId, sample(harness, [8]), above);
  await clock.advance(dayMs);
  const inTenant = <T>(work: Parameters<typeof services.db.tenant<T>>[1]) => services.db.tenant(tenantId, work);
  const ask = (id: string, perDayMax: number = backupLimits.verificationsPerDayMax) => {
    const input = { pointId: id as PointId, nowMs: clock.nowMs() };
    return inTenant((tx) => askVerification(tx, vault.actorOf(tenantId), input, { ...services, perDayMax }));
  };
  const found = async (id: string) => {
    const query = { beforePoint: null, from: null, to: null, count: 10 };
    const rows = await inTenant((tx) => selectPointListing(tx, device.deviceId as DeviceId, query));
    return rows.find(({ pointId }) => pointId === id);
  };
  const needed = await inTenant(
    (tx) => tx.sql<{ blob: string }[]>`
      select distinct p.blob_id as blob from backup_extents e join backup_parts p on p.id = e.part_id
      where e.file_id in (${full.fileId}, ${increment.fileId}) order by 1`,
  );
  let reads: string[] = [];
  const job = async ({ cutAt = 0, spoiltAt = 0 } = {}) => {
    reads = [];
    const blobs = {
      ...vault.blobs,
      async *read(...args: Parameters<typeof vault.blobs.read>) {
        const now = reads.push(args[1]);
        if (now === cutAt) throw new Failure("unavailable", "blob.away", "the store is away");
        for await (const piece of vault.blobs.read(...args))
          yield now === spoiltAt ? piece.map((byte) => byte ^ 1) : piece;
      },
    };
    const handlers = jobHandlers({ ...services, blobStoreFor: () => blobs });
    const context = { tenantId, attempt: 1, signal: new AbortController().signal, logger: vault.logger };
    await handlers.find(({ task }) => task === "backup.verify")?.run({}, context);
    return [...reads].sort();
  };
  for (let times = 0; times < 2; times++) await ask(increment.pointId);
  const row = await found(increment.pointId);
  const percent = () =>
    inTenant((tx) => selectPercentVerified(tx, increment.fileId as FileId, row?.askedAt ?? new Date(0)));
  expect([row?.verifiedAt, await percent()]).toEqual([null, 0]);
  await expect(job({ cutAt: needed.length })).rejects.toMatchObject({ kind: "unavailable" });
  const done = new Set(reads.slice(0, -1));
  expect([await percent(), (await found(increment.pointId))?.verifiedAt]).toEqual([expect.any(Number), null]);
  expect([0, 100]).not.toContain(await percent());
  expect(await job()).toEqual(needed.map(({ blob }) => blob).filter((blob) => !done.has(blob)));
  expect([await percent(), (await found(increment.pointId))?.verifiedAt?.getTime()]).toEqual([100, clock.nowMs()]);
  expect(await job(), "nobody asked again").toEqual([]);

  await expect(ask(increment.pointId)).rejects.toMatchObject({ kind: "rate_limited", code: "backup.verified_lately" });
  await clock.advance(backupLimits.verifyAgainMs);
  await ask(full.pointId);
  await job({ spoiltAt: 1 });
  expect((await listOf(device.client.points())).map(({ state }) => state)).toEqual(["damaged", "damaged", "damaged"]);
  const audits = await inTenant(
    (tx) => tx.sql<{ action: string; details: { state?: string } }[]>`
      select action, details from audit_entries where object_id in (${full.pointId}, ${increment.pointId})
        and action in ('backup.verification_asked', 'backup.point_verified') order by at, id`,
  );
  expect(audits.map(({ action, details }) => details.state ?? action)).toEqual([
    ...["backup.verification_asked", "good"],
    ...["backup.verification_asked", "damaged"],
  ]);
  await clock.advance(backupLimits.verifyAgainMs);
  await expect(ask(full.pointId, 2)).rejects.toMatchObject({
    code: "backup.too_many_verifications",
    details: { max: 2 },
  });
  await ask(full.pointId, 3);
});
