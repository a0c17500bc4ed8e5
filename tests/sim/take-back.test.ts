import { type BlobId, type DeviceId, Failure } from "@casaforte/kernel";
import type { PointReply } from "@casaforte/vault";
import { enrolDevice, enrolIn, headBytes, newChain, sample, storeSample } from "@casaforte/vault/conformance";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backupLimits } from "../../modules/backup/src/limits.ts";
import type { FileId, PartId, PointId } from "../../modules/backup/src/rows.ts";
import { markPartDamaged } from "../../modules/backup/src/store-collect.ts";
import { selectPointListing } from "../../modules/backup/src/store-points.ts";
import { takeBackFile } from "../../modules/backup/src/take-back-file.ts";
import { startTestVault, type TestVault } from "../../modules/backup/src/vault.test-support.ts";
import { askVerification, verifyAsked } from "../../modules/backup/src/verify-point.ts";
import { replaceByNoise, replaceByReferences } from "../support/noise-in-place.test-support.ts";
import { seededRun } from "../support/seed.test-support.ts";
import { ChainBench, dayMs } from "./chain-bench.test-support.ts";
import { EditedTree } from "./tree-edits.test-support.ts";

const lockDays = 10;
let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

/** A full and two increments of a real agent, a day apart, each locked for ten days. */
async function threeDays(seed: string) {
  const retention = { points: 100, days: 0, weeks: 0, months: 0, years: 0 };
  const bench = await ChainBench.open(vault, { retention, incrementsMax: 60 }, { lockDays });
  const tree = new EditedTree(bench.tree, seededRun(seed), { files: 8, fileBytesMax: 60_000 });
  const points: PointReply[] = [];
  for (let day = 0; day < 3; day++) {
    tree.edit(6);
    await bench.backUp();
    points.push(...(await bench.keep()));
    await vault.clock.advance(dayMs);
  }
  const [full, middle, newest] = points;
  if (full === undefined || middle === undefined || newest === undefined) throw new Error("three points");
  return { bench, tree, full, middle, newest, tenantId: vault.tenantOf(bench.spaceId) };
}
type Days = Awaited<ReturnType<typeof threeDays>>;

const replace = ({ bench: { device } }: Days, { pointId }: PointReply): Promise<string> =>
  replaceByNoise(device.client, vault.harness, pointId);

const takeBack = ({ tenantId }: Days, { pointId }: PointReply, fileId: string) =>
  vault.services.db.tenant(tenantId, (tx) => {
    const input = { pointId: pointId as PointId, fileId: fileId as FileId, nowMs: vault.clock.nowMs() };
    return takeBackFile(tx, vault.actorOf(tenantId), input);
  });

const rowsOf = <Row extends object>({ tenantId }: Days, wanted: "audits" | "blobs" | "room", id: string) =>
  vault.services.db.tenant(tenantId, async (tx): Promise<readonly Row[]> => {
    if (wanted === "audits")
      return tx.sql<Row[]>`select actor_kind as kind from audit_entries
        where action = 'backup.file_taken_back' and object_id = ${id}`;
    if (wanted === "room") return tx.sql<Row[]>`select used_bytes as used from spaces_spaces where id = ${id}`;
    return tx.sql<Row[]>`
      select p.blob_id as id from backup_extents e join backup_parts p on p.id = e.part_id where e.file_id = ${id}
      union select block_map_blob_id from backup_files where id = ${id}`;
  });

/** The points as the console lists them, oldest first. */
async function listingOf({ tenantId, bench }: Days) {
  const query = { beforePoint: null, from: null, to: null, count: 10 };
  const rows = await vault.services.db.tenant(tenantId, (tx) =>
    selectPointListing(tx, bench.device.deviceId as DeviceId, query),
  );
  return rows.reverse();
}

async function storedBlobs({ tenantId }: Days): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { id } of vault.blobs.list(tenantId)) ids.add(id);
  return ids;
}

/** The vault's jobs, night by night. */
async function pass(days: Days, nights: number): Promise<void> {
  for (let night = 0; night < nights; night++) {
    await vault.clock.advance(dayMs);
    await days.bench.tend();
  }
}

test("R30: what a stolen token put in a locked point's place is taken back, and the agent restores every point and goes on", async () => {
  const days = await threeDays("take-back");
  using bench = days.bench;
  const [before] = await rowsOf<{ used: bigint }>(days, "room", bench.spaceId);
  const middleFile = await replace(days, days.middle);
  const newestFile = await replace(days, days.newest);
  await pass(days, 5);
  await bench.check("replaced");
  expect(bench.findings.splice(0), "two points that do not open").toHaveLength(2);

  await takeBack(days, days.middle, middleFile);
  await takeBack(days, days.middle, middleFile);
  await takeBack(days, days.newest, newestFile);
  expect(await bench.check("taken back")).toBe(3);
  expect(bench.findings).toEqual([]);
  expect(await rowsOf(days, "audits", days.middle.pointId)).toEqual([{ kind: "user" }]);
  expect(await rowsOf(days, "room", bench.spaceId)).toEqual([before]);

  days.tree.edit(6);
  await bench.backUp();
  await bench.keep();
  expect(await bench.check("gone on")).toBe(4);
  // What was put there is kept in its turn until the locks have ended, and goes then; the points stay.
  await pass(days, lockDays + 16);
  expect(await bench.check("all that was replaced is gone")).toBe(4);
  expect(bench.findings).toEqual([]);
});

test("R30: a point's earlier file is kept until its lock has ended and for the days of the bin, and no longer", async () => {
  const days = await threeDays("kept-until");
  using bench = days.bench;
  const fileId = await replace(days, days.middle);
  const blobs = (await rowsOf<{ id: string }>(days, "blobs", fileId)).map(({ id }) => id);
  expect(blobs.length).toBeGreaterThan(1);
  const kept = async () => {
    const stored = await storedBlobs(days);
    return blobs.filter((id) => stored.has(id)).length;
  };
  const listed = async () => (await listingOf(days))[1]?.lockedUntil.getTime() ?? 0;
  const untilMs = Date.parse(days.middle.lockedUntil);
  expect(await listed(), "the newest point has prolonged the lock").toBeGreaterThan(untilMs);
  const lockedUntilMs = await listed();
  const binDays = backupLimits.binMs / dayMs;
  await pass(days, Math.round((lockedUntilMs - vault.clock.nowMs()) / dayMs) + binDays - 1);
  expect(await kept()).toBe(blobs.length);
  await takeBack(days, days.middle, fileId);
  expect(await bench.check("on the last day")).toBe(3);
  expect(bench.findings).toEqual([]);

  const again = await replace(days, days.middle);
  expect(again).toBe(fileId);
  await pass(days, binDays + 1);
  await expect(takeBack(days, days.middle, fileId)).rejects.toMatchObject({ code: "backup.file_gone" });
  await pass(days, backupLimits.partGraceMs / dayMs + 1);
  expect(await kept()).toBe(0);
  expect(await vault.findings()).toEqual([]);
});

test("R30: a full space does not bar the way back, and noise beyond a few files of one point is refused", async () => {
  const days = await threeDays("many");
  using bench = days.bench;
  const first = await replace(days, days.middle);
  for (let count = 1; count < backupLimits.earlierFilesMax; count++) await replace(days, days.middle);
  await expect(replace(days, days.middle)).rejects.toMatchObject({
    code: "vault.too_many",
    details: { max: backupLimits.earlierFilesMax },
  });
  await vault.services.db.tenant(
    days.tenantId,
    (tx) => tx.sql`update spaces_spaces set quota_bytes = used_bytes where id = ${bench.spaceId}`,
  );
  await takeBack(days, days.middle, first);
  expect(await bench.check("in a full space")).toBe(3);
  expect(bench.findings).toEqual([]);
  const stranger = await vault.newTenant();
  const foreign = takeBack({ ...days, tenantId: stranger }, days.middle, first);
  await expect(foreign).rejects.toBeInstanceOf(Failure);
  await expect(foreign).rejects.toMatchObject({ code: "backup.point_not_found" });
});

test("R30: what a stolen token sets aside is a quarter of the quota, whatever points it is of, and ends no other device's merges", async () => {
  const { harness, clock, services } = vault;
  const device = await enrolDevice(harness, { quotaBytes: 44e6, lockDays });
  const { client, spaceId } = device;
  const tenantId = vault.tenantOf(spaceId);
  const chainId = await newChain(harness, device);
  const one = await storeSample(harness, device, chainId, sample(harness, [8e6]));
  const other = await storeSample(harness, device, chainId, sample(harness, [8e6]));
  const away = await replaceByNoise(client, harness, one.pointId);
  expect(away).toBe(one.fileId);
  const before = (await client.device()).space;
  const big = headBytes + 8e6;
  await expect(replaceByNoise(client, harness, other.pointId)).rejects.toMatchObject({
    kind: "over_quota",
    code: "vault.over_quota",
    details: { quotaBytes: 44e6, setAsideBytes: 2 * big, setAsideBytesMax: 11e6 },
  });
  expect((await client.device()).space.usedBytes).toBe(before.usedBytes);
  expect(await client.readRange(other.fileId, 0, 8)).toEqual(other.file.bytes.slice(0, 8));
  const neighbour = await enrolIn(harness, spaceId);
  const theirs = await storeSample(harness, neighbour, await newChain(harness, neighbour), sample(harness, [8e6]));
  await replaceByNoise(neighbour.client, harness, theirs.pointId);
  // What a merge of the agent's replaces shares its content with it: it sets a head aside.
  await replaceByReferences(client, harness, other.pointId);
  await services.db.tenant(tenantId, (tx) => {
    const input = { pointId: one.pointId as PointId, fileId: away as FileId, nowMs: clock.nowMs() };
    return takeBackFile(tx, vault.actorOf(tenantId), input);
  });
  expect(await client.readRange(one.fileId, 0, 8)).toEqual(one.file.bytes.slice(0, 8));
  await clock.advance((lockDays + 1) * dayMs);
  await replaceByNoise(client, harness, other.pointId);
  expect(await vault.findings()).toEqual([]);
});

test("R30: what was verified is forgotten where a file is replaced or taken back, and of what builds upon it", async () => {
  const days = await threeDays("verified");
  using bench = days.bench;
  const { services, clock, actorOf } = vault;
  const { tenantId, full, middle, newest } = days;
  const ask = ({ pointId }: PointReply) =>
    services.db.tenant(tenantId, (tx) =>
      askVerification(tx, actorOf(tenantId), { pointId: pointId as PointId, nowMs: clock.nowMs() }),
    );
  const read = () => verifyAsked(services, tenantId, new AbortController().signal);
  const said = async () =>
    (await listingOf(days)).map(({ askedAt, verifiedState }) => [askedAt !== null, verifiedState]);
  const [nothing, good, waiting] = [
    [false, null],
    [true, "good"],
    [true, null],
  ] as const;
  for (const point of [full, middle, newest]) await ask(point);
  await read();
  expect(await said()).toEqual([good, good, good]);

  const away = await replace(days, middle);
  expect(await said()).toEqual([good, nothing, nothing]);
  // To the vault noise is as good as what was there: it is what the device sent.
  await ask(middle);
  await read();
  await ask(newest);
  expect(await said()).toEqual([good, good, waiting]);
  await clock.advance(1000);
  await takeBack(days, middle, away);
  expect(await said()).toEqual([good, nothing, waiting]);
  await read();
  expect(await said()).toEqual([good, nothing, good]);
  expect((await listingOf(days))[2]?.askedAt?.getTime(), "read after the change").toBe(clock.nowMs());
  expect(await bench.check("verified")).toBe(3);
  expect(bench.findings).toEqual([]);
});

test("R30: damage that a file took while it was set aside shows when it is taken back, in what builds upon it too", async () => {
  const days = await threeDays("damaged");
  using _bench = days.bench;
  const fileId = await replace(days, days.middle);
  const { db } = vault.services;
  const now = new Date(vault.clock.nowMs());
  const states = async () => (await listingOf(days)).map(({ pointState }) => pointState);
  await db.tenant(days.tenantId, async (tx) => {
    const [part] = await tx.sql<{ id: PartId; blobId: BlobId }[]>`
      select p.id, p.blob_id as "blobId" from backup_extents e join backup_parts p on p.id = e.part_id
      where e.file_id = ${fileId} limit 1`;
    if (part === undefined) throw new Error("a part");
    expect(await markPartDamaged(tx, part, now)).toEqual([]);
  });
  expect(await states()).toEqual(["good", "good", "good"]);
  await takeBack(days, days.middle, fileId);
  expect(await states()).toEqual(["good", "damaged", "damaged"]);
  expect(await vault.findings()).toEqual([]);
});
