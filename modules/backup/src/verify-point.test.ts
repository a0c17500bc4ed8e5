import { type BlobId, type DeviceId, Failure, type TenantId } from "@casaforte/kernel";
import { startWorker } from "@casaforte/platform/jobs";
import { enrolDevice, listOf, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jobHandlers, jobSchedules } from "./index.ts";
import { backupLimits } from "./limits.ts";
import type { ChainId, FileId, PointId } from "./rows.ts";
import { selectObject } from "./store-objects.ts";
import { selectPointListing } from "./store-points.ts";
import { selectOthersOfLine, selectPercentVerified } from "./store-verify.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";
import { askVerification } from "./verify-point.ts";

const dayMs = 86_400_000;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

type Chain = Awaited<ReturnType<typeof storeChain>>;
/** A full and two increments of a device of its own, a day apart. */
async function storeChain() {
  const { harness, clock } = vault;
  const device = await enrolDevice(harness);
  const tenantId = vault.tenants.at(-1);
  if (!tenantId) throw new Error("no tenant");
  const chainId = await newChain(harness, device);
  const full = await storeSample(harness, device, chainId);
  await clock.advance(dayMs);
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  const increment = await storeSample(harness, device, chainId, sample(harness, [7]), parent);
  const above = { fileId: increment.fileId, fileRoot: increment.file.commit.fileRoot };
  const last = await storeSample(harness, device, chainId, sample(harness, [8]), above);
  await clock.advance(dayMs);
  return { device, tenantId, chainId, full, increment, last };
}

const inTenant = <T>(tenantId: TenantId, work: Parameters<typeof vault.services.db.tenant<T>>[1]) =>
  vault.services.db.tenant(tenantId, work);

function ask(tenantId: TenantId, id: string, perDayMax: number = backupLimits.verificationsPerDayMax) {
  const input = { pointId: id as PointId, nowMs: vault.clock.nowMs() };
  return inTenant(tenantId, (tx) => askVerification(tx, vault.actorOf(tenantId), input, perDayMax));
}

async function found({ tenantId, device }: Chain, id: string) {
  const query = { beforePoint: null, from: null, to: null, count: 10 };
  const rows = await inTenant(tenantId, (tx) => selectPointListing(tx, device.deviceId as DeviceId, query));
  return rows.find(({ pointId }) => pointId === id);
}

/** Blobs of the parts that the first increment needs, in order. */
async function partsOf({ tenantId, full, increment }: Chain): Promise<string[]> {
  const rows = await inTenant(
    tenantId,
    (tx) => tx.sql<{ blob: string }[]>`
      select distinct p.blob_id as blob from backup_extents e join backup_parts p on p.id = e.part_id
      where e.file_id in (${full.fileId}, ${increment.fileId}) order by 1`,
  );
  return rows.map(({ blob }) => blob);
}

test("R30: a verification on request reads again what a point needs, goes on after a cut, and says what it found", async () => {
  const { clock, services } = vault;
  const chain = await storeChain();
  const { device, tenantId, chainId, full, increment, last } = chain;
  await device.client.putVbm(chainId, new Uint8Array([1]), 0);
  await device.client.putVbm(chainId, new Uint8Array([2]), 1);
  await device.client.putKeyring(chainId, new Uint8Array([3]), 0);
  const needed = await partsOf(chain);
  const others = await inTenant(tenantId, (tx) => selectOthersOfLine(tx, increment.fileId as FileId));
  expect(others.length, "two block maps, a keyring, a VBM").toBe(4);
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
    const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: vault.logger };
    await handlers.find(({ task }) => task === "backup.verify")?.run({}, context);
    return [...reads].sort();
  };
  for (let times = 0; times < 2; times++) await ask(tenantId, increment.pointId);
  const row = await found(chain, increment.pointId);
  const percent = () =>
    inTenant(tenantId, (tx) =>
      selectPercentVerified(tx, increment.fileId as FileId, {
        before: row?.askedAt ?? new Date(0),
        now: new Date(clock.nowMs()),
      }),
    );
  expect([row?.verifiedAt, await percent()]).toEqual([null, 0]);
  await expect(job({ cutAt: needed.length })).rejects.toMatchObject({ kind: "unavailable" });
  const done = new Set(reads.slice(0, -1));
  expect([await percent(), (await found(chain, increment.pointId))?.verifiedAt]).toEqual([expect.any(Number), null]);
  expect([0, 100]).not.toContain(await percent());
  const rest = [...needed.filter((blob) => !done.has(blob)), ...others.map(({ blobId }) => blobId)];
  expect(await job()).toEqual(rest.sort());
  const good = { verifiedAt: new Date(clock.nowMs()), verifiedState: "good" };
  expect([await percent(), await found(chain, increment.pointId)]).toEqual([100, expect.objectContaining(good)]);
  expect(await job(), "nobody asked again").toEqual([]);

  await expect(ask(tenantId, increment.pointId)).rejects.toMatchObject({
    kind: "rate_limited",
    code: "backup.verified_lately",
  });
  await clock.advance(backupLimits.verifyAgainMs);
  const keyring = await inTenant(tenantId, (tx) => selectObject(tx, chainId as ChainId, "keyring", null));
  await vault.blobs.delete(tenantId, keyring?.blobId as BlobId);
  await ask(tenantId, last.pointId);
  await job();
  expect(await found(chain, last.pointId)).toMatchObject({ pointState: "good", verifiedState: "damaged" });

  await clock.advance(backupLimits.verifyAgainMs);
  await ask(tenantId, full.pointId);
  await job({ spoiltAt: 1 });
  expect(await found(chain, increment.pointId), "what was found then").toMatchObject({
    ...good,
    pointState: "damaged",
  });
  expect((await listOf(device.client.points())).map(({ state }) => state)).toEqual(["damaged", "damaged", "damaged"]);
  const audits = await inTenant(
    tenantId,
    (tx) => tx.sql<{ action: string; details: { state?: string } }[]>`
      select action, details from audit_entries where object_id in (${full.pointId}, ${increment.pointId})
        and action in ('backup.verification_asked', 'backup.point_verified') order by at, id`,
  );
  expect(audits.map(({ action, details }) => details.state ?? action)).toEqual([
    ...["backup.verification_asked", "good"],
    ...["backup.verification_asked", "damaged"],
  ]);
  await clock.advance(backupLimits.verifyAgainMs);
  await expect(ask(tenantId, full.pointId, 3)).rejects.toMatchObject({
    code: "backup.too_many_verifications",
    details: { max: 3 },
  });
  await ask(tenantId, full.pointId, 4);
});

test("R30: a second wish while the first is read makes no second reader, and a part that both need is read once", async () => {
  const { services, clock, random, logger } = vault;
  const chain = await storeChain();
  const { tenantId, full, increment } = chain;
  const needed = await partsOf(chain);
  const reads: string[] = [];
  let wished = false;
  const worker = () =>
    startWorker(
      {
        ...services,
        ...{ clock, random, logger },
        handlers: jobHandlers({ ...services, blobStoreFor: () => blobs }),
        schedules: jobSchedules.filter(({ task }) => task === "backup.verify"),
      },
      false,
    );
  const [first, second] = [worker(), worker()];
  const blobs: typeof vault.blobs = {
    ...vault.blobs,
    async *read(...args) {
      reads.push(args[1]);
      if (!wished && needed.includes(args[1])) {
        wished = true;
        await ask(tenantId, full.pointId);
        await second.drain();
      }
      yield* vault.blobs.read(...args);
    },
  };
  await ask(tenantId, increment.pointId);
  await first.drain();
  await Promise.all([first.stop(), second.stop()]);
  expect(reads.filter((blob) => needed.includes(blob)).sort()).toEqual(needed);
  for (const { pointId } of [increment, full]) expect((await found(chain, pointId))?.verifiedState).toBe("good");
});
