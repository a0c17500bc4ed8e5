import type { BlobId, DeviceId, SpaceId, TenantId } from "@casaforte/kernel";
import { memoryBlobStore } from "@casaforte/platform/blobstore";
import { createFace } from "@casaforte/platform/http";
import { FakeClock } from "@casaforte/testkit";
import { vaultLimits } from "@casaforte/vault";
import {
  bytesOf,
  enrolDevice,
  listOf,
  newChain,
  openSample,
  putSampleParts,
  sample,
  sha256,
  storeSample,
} from "@casaforte/vault/conformance";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createBandwidth } from "./bandwidth.ts";
import {
  deleteDeviceWithContents,
  deleteSpaceWithContents,
  jobHandlers,
  registerBackupRoutes,
  scrubTenant,
} from "./index.ts";
import type { PartId } from "./rows.ts";
import { markPartDamaged } from "./store-collect.ts";
import { startTestVault, type TestVault } from "./vault.test-support.ts";

const dayMs = 86_400_000;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());
afterEach(async () => {
  expect(await vault.findings()).toEqual([]);
  vault.tenants.splice(0);
});

async function run(task: string, isHeld = false): Promise<void> {
  const handler = jobHandlers({ ...vault.services, isHeld: async () => isHeld }).find((each) => each.task === task);
  const { logger } = vault;
  await handler?.run({}, { tenantId: null, attempt: 1, signal: new AbortController().signal, logger });
}

/** Lets time pass as it does in life: the clock ticks every half hour. */
async function live(days: number): Promise<void> {
  for (let step = 0; step < days * 48; step++) {
    await vault.clock.advance(dayMs / 48);
    await run("backup.clock");
  }
}

async function blobCount(): Promise<number> {
  let count = 0;
  for (const tenantId of vault.tenants) for await (const _ of vault.blobs.list(tenantId)) count++;
  return count;
}

test("an upload that nobody goes on with is given up after its days, blobs and all", async () => {
  const { harness } = vault;
  const device = await enrolDevice(harness);
  const { uploadId } = await openSample(harness, device, await newChain(harness, device));
  const file = sample(harness);
  await putSampleParts(device, uploadId, file, [1, 2]);
  await device.client.putBlockMap(uploadId, file.blockMap);
  await live(6);
  await run("backup.collect");
  expect(await device.client.upload(uploadId)).toMatchObject({ state: "open", partsReceived: 2 });
  await live(2);
  await run("backup.collect");
  expect(await device.client.upload(uploadId)).toMatchObject({ state: "aborted", partsReceived: 0 });
  expect((await device.client.device()).space.pendingBytes).toBe(0);
  expect(await blobCount()).toBe(0);
});

test("a deleted point passes through bin and grace, then its blobs go and nothing else does", async () => {
  const { harness } = vault;
  const device = await enrolDevice(harness, { lockDays: 1 });
  const chainId = await newChain(harness, device);
  const old = await storeSample(harness, device, chainId);
  const kept = await storeSample(harness, device, chainId);
  await live(2);
  const before = await blobCount();
  await device.client.deletePoint(old.pointId);
  await run("backup.collect");
  expect(await blobCount()).toBe(before);
  await live(8);
  // R92: under a legal hold nothing goes.
  await run("backup.collect", true);
  expect(await blobCount()).toBe(before);
  await run("backup.collect");
  expect(await listOf(device.client.points())).toHaveLength(1);
  expect(await blobCount()).toBe(before - 1);
  await live(8);
  await run("backup.collect");
  expect(await blobCount()).toBe(before - 1 - old.file.cuts.length);
  expect(Buffer.from(await bytesOf(device.client.readFile(kept.fileId))).equals(kept.file.bytes)).toBe(true);
});

test("nothing expires for a day after the clock has jumped", async () => {
  const { harness } = vault;
  const device = await enrolDevice(harness);
  const { uploadId } = await openSample(harness, device, await newChain(harness, device));
  await putSampleParts(device, uploadId, sample(harness), [1]);
  await live(2);
  await vault.clock.advance(30 * dayMs);
  await run("backup.collect");
  expect(await device.client.upload(uploadId)).toMatchObject({ state: "open" });
  await live(0.9);
  await run("backup.collect");
  expect(await device.client.upload(uploadId)).toMatchObject({ state: "open" });
  await live(0.2);
  await run("backup.collect");
  expect(await device.client.upload(uploadId)).toMatchObject({ state: "aborted" });
});

/** The reports of scrubs as the console gets them. */
async function scrubsOf(tenantId: TenantId): Promise<unknown> {
  const { services, clock, random, logger } = vault;
  const app = createFace({ name: "console", logger, clock, random, contentSecurityPolicy: "console" });
  const session = async () => vault.actorOf(tenantId);
  registerBackupRoutes(app, { ...services, session, assertFresh: async () => {} });
  try {
    return (await app.inject({ method: "GET", url: "/api/scrubs" })).json().scrubs;
  } finally {
    await app.close();
  }
}

test("scrub re-reads every part after thirty days and marks all points that a bad one spoils", async () => {
  const { harness, clock, random } = vault;
  const spoiled = memoryBlobStore(clock, random);
  const signal = new AbortController().signal;
  const device = await enrolDevice(harness);
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const chainId = await newChain(harness, device);
  const full = await storeSample(harness, device, chainId);
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  const increment = await storeSample(harness, device, chainId, sample(harness), parent);
  const safe = await storeSample(harness, device, await newChain(harness, device));
  expect(await scrubTenant(vault.services, tenantId, signal)).toMatchObject({ parts: 0 });
  await clock.advance(31 * dayMs);
  expect(await scrubTenant(vault.services, tenantId, signal)).toMatchObject({ parts: 12, damaged: 0 });
  await clock.advance(31 * dayMs);
  const [bad] = await vault.services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ blob: string }[]>`
      select p.blob_id as blob from backup_parts p join backup_extents e on e.part_id = p.id
      where e.file_id = ${full.fileId} and e.length = 40000`,
  );
  const lying = {
    ...vault.blobs,
    async *read(...args: Parameters<typeof spoiled.read>) {
      for await (const piece of vault.blobs.read(...args)) {
        const copy = piece.slice();
        if (args[1] === bad?.blob) copy[0] = (copy[0] ?? 0) ^ 1;
        yield copy;
      }
    },
  };
  const report = await scrubTenant({ ...vault.services, blobStoreFor: () => lying }, tenantId, signal);
  expect(report).toMatchObject({ parts: 12, damaged: 1 });
  const bytes = full.size + increment.size + safe.size;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const whole = { parts: 12, bytes, place: "first", mended: 0 };
  expect(await scrubsOf(tenantId)).toMatchObject([
    { ...whole, damaged: 1, startedAt, finishedAt: startedAt },
    { ...whole, damaged: 0, startedAt: new Date(clock.nowMs() - 31 * dayMs).toISOString() },
  ]);
  expect(await scrubsOf(await vault.newTenant())).toEqual([]);
  const states = (await listOf(device.client.points())).map((point) => [point.chainId, point.state]);
  expect(states).toEqual([
    [chainId, "damaged"],
    [chainId, "damaged"],
    [safe.chainId, "good"],
  ]);
  // What comes after builds on the damage, and says so.
  const above = { fileId: increment.fileId, fileRoot: increment.file.commit.fileRoot };
  const later = await storeSample(harness, device, chainId, sample(harness), above);
  const point = (await listOf(device.client.points())).find(({ pointId }) => pointId === later.pointId);
  expect(point).toMatchObject({ state: "damaged" });
});

test("a part whose blob is gone is told as damaged, and its point with it", async () => {
  const { harness } = vault;
  const device = await enrolDevice(harness);
  const stored = await storeSample(harness, device, await newChain(harness, device));
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const [part] = await vault.services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ blob: Parameters<typeof vault.blobs.delete>[1] }[]>`
      select blob_id as blob from backup_parts where length = 40000`,
  );
  if (!part) throw new Error("no part");
  const bytes = await vault.blobs.readAll(tenantId, part.blob);
  await vault.blobs.delete(tenantId, part.blob);
  const offset = vaultLimits.headBytes + 5000;
  await expect(device.client.readRange(stored.fileId, offset, 10)).rejects.toMatchObject({
    code: "vault.part_damaged",
  });
  expect(await device.client.readRange(stored.fileId, 0, 10)).toHaveLength(10);
  expect(await listOf(device.client.points())).toMatchObject([{ state: "damaged" }]);
  expect(await vault.findings()).toHaveLength(1);
  // So that the check after each test is about the rows again.
  const again = await vault.blobs.put(tenantId, bytes);
  await vault.services.db.tenant(
    tenantId,
    (tx) => tx.sql`update backup_parts set blob_id = ${again.id} where blob_id = ${part.blob}`,
  );
});

test("R30: a damaged part is mended by its device with the bytes that stood there, and by no others", async () => {
  const { harness, services } = vault;
  const device = await enrolDevice(harness);
  const { fileId, file } = await storeSample(harness, device, await newChain(harness, device));
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const [part] = await services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ id: PartId; blob: BlobId }[]>`
      select id, blob_id as blob from backup_parts where length = 40000`,
  );
  if (!part) throw new Error("no part");
  const offset = vaultLimits.headBytes + 5000;
  const bytes = new Uint8Array(file.bytes.subarray(offset, offset + 40_000));
  const states = async () => (await listOf(device.client.points())).map(({ state }) => state);
  await vault.blobs.delete(tenantId, part.blob);
  await expect(device.client.readRange(fileId, offset, 10)).rejects.toMatchObject({ code: "vault.part_damaged" });
  const differs = { code: "vault.mend_differs", details: { offset, length: 40_000 } };
  await expect(device.client.mend(fileId, offset, bytes.slice(0, 39_999))).rejects.toMatchObject(differs);
  await expect(
    device.client.mend(
      fileId,
      offset,
      bytes.map((byte) => byte ^ 1),
    ),
  ).rejects.toMatchObject(differs);
  const other = await enrolDevice({ ...harness, addSpace: async () => device.spaceId });
  await expect(other.client.mend(fileId, offset, bytes)).rejects.toMatchObject({ code: "vault.not_found" });
  await expect(device.client.mend(fileId, file.bytes.length - 1, bytes)).rejects.toMatchObject({
    code: "vault.not_found",
  });
  expect(await states()).toEqual(["damaged"]);
  // More than the part is sent: what is sound beside it stays as it is.
  await device.client.mend(fileId, offset - 100, new Uint8Array(file.bytes.subarray(offset - 100, offset + 40_000)));
  expect(await states()).toEqual(["good"]);
  expect(Buffer.from(await bytesOf(device.client.readFile(fileId))).equals(file.bytes)).toBe(true);
  await device.client.mend(fileId, offset, bytes);
  // A part of which the rest can be read needs only what was lost.
  const now = new Date(vault.clock.nowMs());
  const [second] = await services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ id: PartId; blobId: BlobId }[]>`
      select id, blob_id as "blobId" from backup_parts where length = 40000`,
  );
  if (!second) throw new Error("no part");
  const mark = () => services.db.tenant(tenantId, (tx) => markPartDamaged(tx, second, now));
  expect(await mark()).toHaveLength(1);
  expect(await states()).toEqual(["damaged"]);
  await device.client.mend(fileId, offset + 7, bytes.slice(7, 100));
  expect(await states()).toEqual(["good"]);
  // Who read the old blob before it was mended marks nothing; it stays as long as the database can be set back.
  expect(await mark()).toBe(null);
  expect(await states()).toEqual(["good"]);
  await run("backup.collect");
  expect(await vault.blobs.readAll(tenantId, second.blobId)).toHaveLength(40_000);
  await live(7.1);
  await run("backup.collect");
  await expect(vault.blobs.readAll(tenantId, second.blobId)).rejects.toMatchObject({ kind: "not_found" });
  const audit = await services.db.tenant(
    tenantId,
    (tx) => tx.sql`select 1 from audit_entries where action = 'backup.blob_mended'`,
  );
  expect(audit).toHaveLength(2);
});

test("a space goes with its devices and points, but not while anything in it is locked", async () => {
  const { harness, services, clock } = vault;
  const device = await enrolDevice(harness, { lockDays: 2 });
  const chainId = await newChain(harness, device);
  await storeSample(harness, device, chainId);
  const { uploadId } = await openSample(harness, device, chainId);
  await putSampleParts(device, uploadId, sample(harness), [1]);
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const id = device.spaceId as SpaceId;
  const { name } = (await device.client.device()).space;
  const remove = (confirmation: string) =>
    services.db.tenant(tenantId, (tx) =>
      deleteSpaceWithContents(tx, vault.actorOf(tenantId), { id, confirmation, nowMs: clock.nowMs() }, (topic) =>
        services.bus.publish(topic),
      ),
    );
  await expect(remove(name)).rejects.toMatchObject({ code: "vault.point_locked" });
  expect((await device.client.device()).space.usedBytes).toBeGreaterThan(0);
  await harness.advance(3 * dayMs);
  await expect(remove("something else")).rejects.toMatchObject({ code: "spaces.confirmation" });
  await remove(name);
  await expect(device.client.device()).rejects.toMatchObject({ code: "vault.token_invalid" });
  await live(16);
  await run("backup.collect");
  await live(8);
  await run("backup.collect");
  expect(await blobCount()).toBe(0);
});

test("a device goes with its points once they are free", async () => {
  const { harness, services, clock } = vault;
  const device = await enrolDevice(harness, { lockDays: 1 });
  await storeSample(harness, device, await newChain(harness, device));
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const input = { id: device.deviceId as DeviceId, confirmation: "laptop", nowMs: clock.nowMs() };
  const remove = (nowMs: number) =>
    services.db.tenant(tenantId, (tx) =>
      deleteDeviceWithContents(tx, vault.actorOf(tenantId), { ...input, nowMs }, () => {}),
    );
  await expect(remove(clock.nowMs())).rejects.toMatchObject({ kind: "locked" });
  await harness.advance(2 * dayMs);
  await remove(clock.nowMs());
  const [space] = await services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ used: bigint }[]>`select used_bytes as used from spaces_spaces`,
  );
  expect(space?.used).toBe(0n);
});

test("R92: the orphan sweep takes a blob without a row once it is a day old, no other, and none under a legal hold", async () => {
  const { harness } = vault;
  const device = await enrolDevice(harness);
  await storeSample(harness, device, await newChain(harness, device));
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  const before = await blobCount();
  await live(2);
  await vault.blobs.put(tenantId, new Uint8Array([1]));
  await run("backup.orphans");
  expect(await blobCount()).toBe(before + 1);
  await live(2);
  await run("backup.orphans", true);
  expect(await blobCount()).toBe(before + 1);
  await run("backup.orphans");
  expect(await blobCount()).toBe(before);
});

test("a space's rate puts a part off with a time to come back, and paces reading", async () => {
  const clock = new FakeClock();
  const bandwidth = createBandwidth(clock);
  bandwidth.admit("a", 1000n, 5000);
  expect(() => bandwidth.admit("a", 1000n, 1)).toThrowError(
    expect.objectContaining({ code: "vault.bandwidth", details: { retryAtMs: clock.nowMs() + 3000 } }),
  );
  bandwidth.admit("b", 1000n, 1);
  bandwidth.admit("a", null, 1e9);
  await clock.advance(3000);
  bandwidth.admit("a", 1000n, 1000);
  let passed = false;
  const paced = bandwidth.pace("a", 1000n, 1000, new AbortController().signal).then(() => {
    passed = true;
  });
  await clock.advance(1999);
  expect(passed).toBe(false);
  await clock.advance(1);
  await paced;
});

test("a throttled part is refused before its body is read, over the wire", async () => {
  const { harness, services } = vault;
  const device = await enrolDevice(harness);
  const [tenantId] = vault.tenants;
  if (!tenantId) throw new Error("no tenant");
  await services.db.tenant(tenantId, (tx) => tx.sql`update spaces_spaces set bandwidth_bytes_per_second = 1000`);
  const { uploadId } = await openSample(harness, device, await newChain(harness, device));
  await putSampleParts(device, uploadId, sample(harness), [1]);
  const body = new Uint8Array(10);
  const reply = await fetch(`${harness.baseUrl}/vault/v1/uploads/${uploadId}/parts/7`, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${device.token}`,
      "content-type": "application/octet-stream",
      "x-offset": "0",
      "x-sha256": sha256(body),
    },
    body,
  });
  expect([reply.status, reply.headers.get("retry-after")]).toEqual([429, "3"]);
  expect(await reply.json()).toMatchObject({ code: "vault.bandwidth" });
});
