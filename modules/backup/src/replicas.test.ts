import { createHash } from "node:crypto";
import { type BlobId, type DeviceId, Failure, type SpaceId, type TenantId } from "@casaforte/kernel";
import { changeSpace } from "@casaforte/modules/spaces";
import type { BlobStore } from "@casaforte/platform/blobstore";
import { FaultPlan } from "@casaforte/testkit";
import { bytesOf, type EnrolledDevice, enrolDevice, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { collectTenant } from "./collect.ts";
import { backupLimits } from "./limits.ts";
import { makeReplicas } from "./make-replicas.ts";
import { mendParts } from "./mend-part.ts";
import { sweepOrphans } from "./orphan-sweep.ts";
import type { FileId, PartId } from "./rows.ts";
import { scrubTenant } from "./scrub.ts";
import { scrubReplicas } from "./scrub-replicas.ts";
import type { BackupServices } from "./services.ts";
import { markPartDamaged } from "./store-collect.ts";
import { selectCopies } from "./store-copies.ts";
import { selectReplicaLag } from "./store-replicas.ts";
import { siteId, startTestVault, type TestVault } from "./vault.test-support.ts";
import { whileMending } from "./vault-shared.ts";

const dayMs = 86_400_000;
const { signal } = new AbortController();
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());
beforeEach(() => void vault.tenants.splice(0));

interface Life {
  readonly tenantId: TenantId;
  readonly spaceId: string;
  readonly device: EnrolledDevice;
  /** The files stored, with what they must read as. */
  readonly files: readonly { readonly fileId: string; readonly bytes: Uint8Array }[];
}

/** A space sold with a copy, and a chain of two points with keyring and VBM in it. */
async function life(replicaPlan: "none" | "second_location" = "second_location", isShort = false): Promise<Life> {
  const { harness } = vault;
  const tenantId = await vault.newTenant();
  const spaceId = await vault.newSpace(tenantId, { quotaBytes: 1e9, lockDays: 0, replicaPlan });
  const device = await enrolDevice({ ...harness, addSpace: async () => spaceId });
  const chainId = await newChain(harness, device);
  await device.client.putKeyring(chainId, new Uint8Array([1, 2, 3]), 0);
  const full = await storeSample(harness, device, chainId, sample(harness, isShort ? [100] : [3000, 70_000]));
  if (isShort) return { tenantId, spaceId, device, files: [{ fileId: full.fileId, bytes: full.file.bytes }] };
  const parent = { fileId: full.fileId, fileRoot: full.file.commit.fileRoot };
  const next = await storeSample(harness, device, chainId, sample(harness, [100]), parent);
  await device.client.putVbm(chainId, new Uint8Array([4]), 0);
  const files = [full, next].map(({ fileId, file }) => ({ fileId, bytes: file.bytes }));
  return { tenantId, spaceId, device, files };
}

async function idsIn(store: BlobStore, tenantId: TenantId): Promise<BlobId[]> {
  const ids: BlobId[] = [];
  for await (const { id } of store.list(tenantId)) ids.push(id);
  return ids;
}
const jobsOf = (tenantId: TenantId) =>
  vault.services.db.tenant(tenantId, (tx) => tx.sql`select 1 from jobs_jobs where task = 'backup.replicas'`);
const pointStates = async (tenantId: TenantId) =>
  (await vault.services.db.tenant(tenantId, (tx) => tx.sql<{ state: string }[]>`select state from backup_points`)).map(
    ({ state }) => state,
  );

async function expectReadable({ device, files }: Life): Promise<void> {
  for (const { fileId, bytes } of files)
    expect(Buffer.from(await bytesOf(device.client.readFile(fileId))).equals(bytes)).toBe(true);
}

/** Turns a bit of every blob that `isBad` names, as a store that authenticates would report it. */
function damaging(store: BlobStore, isBad: (id: BlobId) => boolean): BlobStore {
  return {
    ...store,
    async *read(tenantId, id, range, options) {
      if (!isBad(id)) return yield* store.read(tenantId, id, range, options);
      // The first bytes are sound, so that reading must go on from the middle.
      const half = { offset: range?.offset ?? 0, length: Math.floor((range?.length ?? 2) / 2) };
      if (half.length > 0) yield* store.read(tenantId, id, half, options);
      throw new Failure("corrupt", "blob.corrupt", "a segment failed its check");
    },
  };
}

test("R28: a space sold with a copy gets one of every part, map, keyring and VBM, asked for in the commit; one without gets none", async () => {
  const kept = await life();
  const bare = await life("none");
  expect(await jobsOf(kept.tenantId)).toHaveLength(1);
  expect(await jobsOf(bare.tenantId)).toHaveLength(0);
  const firsts = await idsIn(vault.blobs, kept.tenantId);
  const wanted = await vault.services.db.tenant(kept.tenantId, (tx) => tx.sql`select 1 from backup_replicas`);
  expect(wanted).toHaveLength(firsts.length);
  expect(await makeReplicas(vault.services, kept.tenantId, signal)).toEqual({
    made: firsts.length,
    mended: 0,
    lost: 0,
  });
  expect(await makeReplicas(vault.services, kept.tenantId, signal)).toEqual({ made: 0, mended: 0, lost: 0 });
  expect(await makeReplicas(vault.services, bare.tenantId, signal)).toEqual({ made: 0, mended: 0, lost: 0 });
  expect(await idsIn(vault.replicas, kept.tenantId)).toHaveLength(firsts.length);
  expect(await idsIn(vault.replicas, bare.tenantId)).toEqual([]);
  const rows = await vault.services.db.tenant(
    kept.tenantId,
    (tx) => tx.sql<{ sha256: Buffer; blob: BlobId }[]>`select sha256, replica_blob_id as blob from backup_replicas`,
  );
  const spaceId = kept.spaceId as SpaceId;
  const copies = await vault.services.db.tenant(kept.tenantId, (tx) =>
    selectCopies(tx, { spaceId, pointId: null, after: null }, 1000),
  );
  const at = (place: string) => copies.filter((copy) => copy.place === place);
  expect(new Set(at("first").map(({ blobId }) => blobId))).toEqual(new Set(firsts));
  expect(at("replica").map(({ state }) => state)).toEqual(firsts.map(() => "stored"));
  for (const { sha256, blob } of rows) {
    const bytes = await vault.replicas.readAll(kept.tenantId, blob);
    expect(createHash("sha256").update(bytes).digest().equals(sha256)).toBe(true);
  }
  expect(await vault.findings()).toEqual([]);
});

test("reading goes on from the copy where the first fails in the middle, and the first is mended under a new name", async () => {
  const kept = await life();
  await makeReplicas(vault.services, kept.tenantId, signal);
  const bad = new Set(await idsIn(vault.blobs, kept.tenantId));
  const blobs = damaging(vault.blobs, (id) => bad.has(id));
  const another = await vault.another({ blobStoreFor: () => blobs });
  const device = { ...kept.device, client: kept.device.client };
  const { fileId, bytes } = kept.files[0] ?? { fileId: "", bytes: new Uint8Array() };
  const reply = await fetch(`${another.baseUrl}/vault/v1/files/${fileId}`, {
    headers: { authorization: `Bearer ${device.token}` },
  });
  expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true);
  await another.close();
  expect(new Set(await pointStates(kept.tenantId))).toEqual(new Set(["good"]));
  const { mended } = await makeReplicas({ ...vault.services, blobStoreFor: () => blobs }, kept.tenantId, signal);
  expect(mended).toBeGreaterThan(1);
  await collectTenant(vault.services, kept.tenantId, signal);
  await expectReadable(kept);
  expect(await vault.findings()).toEqual([]);
});

test("scrub of the first location writes a bad part anew from the copy; scrub of the second makes a bad copy anew", async () => {
  const kept = await life();
  await makeReplicas(vault.services, kept.tenantId, signal);
  const firsts = await idsIn(vault.blobs, kept.tenantId);
  const copies = await idsIn(vault.replicas, kept.tenantId);
  const partBlob = await vault.services.db.tenant(
    kept.tenantId,
    (tx) => tx.sql<{ id: BlobId }[]>`select blob_id as id from backup_parts limit 1`,
  );
  await vault.blobs.delete(kept.tenantId, partBlob[0]?.id as BlobId);
  await vault.replicas.delete(kept.tenantId, copies.at(-1) as BlobId);
  await vault.clock.advance(backupLimits.scrubEveryMs + dayMs);
  expect(await scrubTenant(vault.services, kept.tenantId, signal)).toMatchObject({ damaged: 0, mended: 1 });
  const second = await scrubReplicas(vault.services, kept.tenantId, signal);
  expect(second).toMatchObject({ parts: firsts.length, damaged: 0, mended: 1 });
  expect(new Set(await pointStates(kept.tenantId))).toEqual(new Set(["good"]));
  expect(await idsIn(vault.replicas, kept.tenantId)).toHaveLength(firsts.length);
  await expectReadable(kept);
  expect(await vault.findings()).toEqual([]);
});

test("where both copies are bad the points say so", async () => {
  const kept = await life();
  await makeReplicas(vault.services, kept.tenantId, signal);
  const bad = () => damaging(vault.blobs, () => true);
  const lost = { ...vault.services, blobStoreFor: bad, replicaStoreFor: () => damaging(vault.replicas, () => true) };
  await vault.clock.advance(backupLimits.scrubEveryMs + dayMs);
  const { damaged, mended } = await scrubTenant(lost, kept.tenantId, signal);
  expect({ damaged: damaged > 0, mended }).toEqual({ damaged: true, mended: 0 });
  expect(new Set(await pointStates(kept.tenantId))).toEqual(new Set(["damaged"]));
});

test("R28, R99: a second location that is away stops no commit and no reading, operators see how far it is behind, and the copies come when it is back", async () => {
  const away = (): BlobStore => {
    throw new Failure("unavailable", "site.replica_away", "the second location is not there");
  };
  const without: BackupServices = { ...vault.services, replicaStoreFor: away };
  const lag = async () =>
    (await vault.services.db.operator((tx) => selectReplicaLag(tx, siteId)))[0] ?? { waiting: 0, bytes: 0n };
  const before = await lag();
  const kept = await life();
  const behind = await lag();
  await expect(makeReplicas(without, kept.tenantId, signal)).rejects.toMatchObject({ code: "site.replica_away" });
  await expectReadable(kept);
  // A bad part meanwhile: its points count as damaged, and are good again once it could be mended.
  const { made } = await makeReplicas(vault.services, kept.tenantId, signal);
  expect(behind.waiting - before.waiting).toBe(made);
  expect(behind.bytes).toBeGreaterThan(before.bytes);
  expect(await lag()).toEqual(before);
  const [part] = await vault.services.db.tenant(
    kept.tenantId,
    (tx) => tx.sql<{ id: BlobId }[]>`select p.blob_id as id from backup_parts p order by p.id limit 1`,
  );
  await vault.blobs.delete(kept.tenantId, part?.id as BlobId);
  await vault.clock.advance(backupLimits.scrubEveryMs + dayMs);
  expect(await scrubTenant(without, kept.tenantId, signal)).toMatchObject({ damaged: 1, mended: 0 });
  expect(await pointStates(kept.tenantId)).toContain("damaged");
  expect(await makeReplicas(vault.services, kept.tenantId, signal)).toMatchObject({ mended: 1 });
  expect(new Set(await pointStates(kept.tenantId))).toEqual(new Set(["good"]));
  await expectReadable(kept);
});

test("copying that dies at any call goes on when it runs again, and leaves no copy without its row", async () => {
  const dying = (plan: FaultPlan): BackupServices => ({
    ...vault.services,
    db: {
      ...vault.services.db,
      async tenant(tenantId, work, options) {
        plan.pass("begins");
        const result = await vault.services.db.tenant(tenantId, work, options);
        plan.pass("has committed");
        return result;
      },
    },
    replicaStoreFor: () => ({
      ...vault.replicas,
      async put(tenantId, source, options) {
        plan.pass("put begins");
        const stored = await vault.replicas.put(tenantId, source, options);
        plan.pass("is stored");
        return stored;
      },
    }),
  });
  const counting = new FaultPlan(Number.POSITIVE_INFINITY);
  const kept = await life("second_location", true);
  const { made } = await makeReplicas(dying(counting), kept.tenantId, signal);
  expect(counting.calls).toBeGreaterThan(10);
  for (let k = 1; k <= counting.calls; k++) {
    await vault.services.db.tenant(kept.tenantId, (tx) => tx.sql`delete from backup_replicas`);
    for (const id of await idsIn(vault.replicas, kept.tenantId)) await vault.replicas.delete(kept.tenantId, id);
    const plan = new FaultPlan(k);
    await expect(makeReplicas(dying(plan), kept.tenantId, signal)).rejects.toThrow();
    await makeReplicas(vault.services, kept.tenantId, signal);
    await vault.clock.advance(2 * dayMs);
    await sweepOrphans(vault.services, kept.tenantId, siteId, signal, "replica");
    expect({ k, copies: (await idsIn(vault.replicas, kept.tenantId)).length }).toEqual({ k, copies: made });
    expect({ k, findings: await vault.findings() }).toEqual({ k, findings: [] });
  }
}, 120_000);

test("R28: copies go with what they copy, and all of them when the space is sold without from now on", async () => {
  const kept = await life();
  const change = (replicaPlan: "none" | "second_location") =>
    vault.services.db.tenant(kept.tenantId, (tx) =>
      changeSpace(tx, vault.actorOf(kept.tenantId), {
        id: kept.spaceId as Parameters<typeof changeSpace>[2]["id"],
        replicaPlan,
        nowMs: vault.clock.nowMs(),
      }),
    );
  await makeReplicas(vault.services, kept.tenantId, signal);
  await change("none");
  await collectTenant(vault.services, kept.tenantId, signal);
  expect(await idsIn(vault.replicas, kept.tenantId)).toEqual([]);
  await change("second_location");
  const { made } = await makeReplicas(vault.services, kept.tenantId, signal);
  expect(made).toBe((await idsIn(vault.blobs, kept.tenantId)).length);
  const points = await vault.services.db.tenant(
    kept.tenantId,
    (tx) => tx.sql<{ id: string }[]>`select p.id from backup_points p
      join backup_files f on f.tenant_id = p.tenant_id and f.id = p.file_id order by f.seq desc`,
  );
  for (const { id } of points) await kept.device.client.deletePoint(id);
  for (let days = 0; days < 16; days += 8) {
    await vault.clock.advance(8 * dayMs);
    await collectTenant(vault.services, kept.tenantId, signal);
  }
  // Keyring and VBM are left of the chain.
  expect(await idsIn(vault.blobs, kept.tenantId)).toHaveLength(2);
  expect(await idsIn(vault.replicas, kept.tenantId)).toHaveLength(2);
  expect(await vault.findings()).toEqual([]);
});

test("bytes that mend nothing are not held in memory, and those that do are of few devices at a time", async () => {
  const { services } = vault;
  const { tenantId, device, files } = await life("none", true);
  const [file] = files;
  const [part] = await services.db.tenant(
    tenantId,
    (tx) => tx.sql<{ id: PartId; blobId: BlobId; offset: bigint; length: bigint }[]>`
      select id, blob_id as "blobId", file_offset as "offset", length from backup_parts where file_offset > 0 limit 1`,
  );
  if (!file || !part) throw new Error("no part");
  const offset = Number(part.offset);
  const bytes = new Uint8Array(file.bytes.subarray(offset, offset + Number(part.length)));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const shared = { services, mending: { count: 0 } };
  const ends: (() => void)[] = [];
  const held = Array.from({ length: backupLimits.mendsAtOnceMax }, () =>
    whileMending(shared, () => new Promise<void>((end) => ends.push(end))),
  );
  async function* pieces(sent: Uint8Array<ArrayBuffer>) {
    for (const byte of sent) yield Uint8Array.of(byte);
  }
  let admitted = 0;
  const mend = (sent: Uint8Array<ArrayBuffer>) =>
    mendParts(services, {
      tenantId,
      deviceId: device.deviceId as DeviceId,
      ip: "192.0.2.1",
      fileId: file.fileId as FileId,
      offset,
      body: { length: sent.length, sha256, bytes: pieces(sent), signal },
      admit: () => void admitted++,
      whileHeld: (work) => whileMending(shared, work),
    });
  await mend(bytes);
  await expect(mend(bytes.slice(1))).rejects.toMatchObject({ code: "vault.hash_mismatch" });
  await services.db.tenant(tenantId, (tx) => markPartDamaged(tx, part, new Date(vault.clock.nowMs())));
  await expect(mend(bytes)).rejects.toMatchObject({ kind: "rate_limited", code: "vault.busy" });
  // What was refused unread was not charged.
  expect(admitted).toBe(2);
  expect(await pointStates(tenantId)).toEqual(["damaged"]);
  for (const end of ends) end();
  await Promise.all(held);
  // In single file with the commits of the chain: a point made meanwhile is marked, and good again, with the others.
  const mended = await services.db.tenant(tenantId, async (tx) => {
    await tx.sql`select 1 from backup_chains where tenant_id = ${tenantId} for update`;
    let isOver = false;
    let waits = 0;
    const mending = mend(bytes).finally(() => {
      isOver = true;
    });
    while (waits === 0 && !isOver)
      waits = (await tx.sql`select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`)
        .length;
    expect(waits).toBe(1);
    return { mending };
  });
  await mended.mending;
  expect(await pointStates(tenantId)).toEqual(["good"]);
});
