import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TenantTx } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backupLimits } from "../../modules/backup/src/limits.ts";
import type { FileId, PointId } from "../../modules/backup/src/rows.ts";
import { takeBackFile } from "../../modules/backup/src/take-back-file.ts";
import { undeletePoint } from "../../modules/backup/src/undelete-point.ts";
import { startTestVault, type TestVault } from "../../modules/backup/src/vault.test-support.ts";
import { ChainBench, dayMs } from "./chain-bench.test-support.ts";

let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

/** A device with one small file and a large one that comes and goes, whose blocks are then used by some points and not by others. */
async function startBench() {
  vault.tenants.splice(0);
  const retention = { points: 100, days: 0, weeks: 0, months: 0, years: 0 };
  const bench = await ChainBench.open(vault, { retention, incrementsMax: 60 });
  const tenantId = vault.tenantOf(bench.spaceId);
  const large = vault.random.bytes(3_000_000);
  mkdirSync(bench.tree, { recursive: true });
  const save = async (withLarge: boolean) => {
    if (withLarge) writeFileSync(join(bench.tree, "large"), large);
    else rmSync(join(bench.tree, "large"), { force: true });
    writeFileSync(join(bench.tree, "small"), vault.random.bytes(1000));
    const done = await bench.backUp();
    await bench.keep();
    await vault.clock.advance(60_000);
    return done;
  };
  const act = <T>(what: (tx: TenantTx) => Promise<T>) => vault.services.db.tenant(tenantId, what);
  const actor = vault.actorOf(tenantId);
  const undelete = (pointId: string) =>
    act((tx) => undeletePoint(tx, actor, { pointId: pointId as PointId, nowMs: vault.clock.nowMs() }));
  const takeBack = (pointId: string, fileId: string) =>
    act((tx) =>
      takeBackFile(tx, actor, { pointId: pointId as PointId, fileId: fileId as FileId, nowMs: vault.clock.nowMs() }),
    );
  const kinds = async () => (await bench.points()).map(({ kind, state }) => `${kind}:${state}`).join(" ");
  const { client } = bench.device;
  return { bench, client, save, act, undelete, takeBack, kinds };
}

test("a point is not made a full while one that needs its blocks lies in the bin: taken back, that one gives back all", async () => {
  const { bench, client, save, undelete, kinds } = await startBench();
  using _ = bench;
  await save(true);
  const [middle, last] = [await save(false), await save(true)];
  await client.deletePoint(last.pointId);
  await expect(bench.compose(middle.pointId)).rejects.toMatchObject({ code: "vault.point_needed" });
  await undelete(last.pointId);
  // An agent that listed the chain before that knows nothing of it.
  await expect(bench.compose(middle.pointId)).rejects.toMatchObject({ code: "vault.point_needed" });
  expect(await bench.check("taken back")).toBe(3);

  await vault.clock.advance(backupLimits.revivedUnknownMs + 60_000);
  await bench.compose(middle.pointId);
  expect(await kinds()).toBe("vbk:good vbk:good vib:good");
  expect(await bench.check("composed")).toBe(3);
  expect(bench.findings).toEqual([]);
});

test("nor while the earlier file of a point that became a full itself is kept and builds on it", async () => {
  const { bench, save, act, takeBack } = await startBench();
  using _ = bench;
  await save(true);
  const [middle, last] = [await save(false), await save(true)];
  const [, , earlier] = await act((tx) => tx.sql<{ id: string }[]>`select id from backup_files order by seq`);
  await bench.compose(last.pointId);
  await expect(bench.compose(middle.pointId)).rejects.toMatchObject({ code: "vault.point_needed" });
  await takeBack(last.pointId, earlier?.id ?? "");
  expect(await bench.check("taken back")).toBe(3);

  await bench.compose(last.pointId);
  await vault.clock.advance(backupLimits.binMs + dayMs);
  await bench.tend();
  await bench.compose(middle.pointId);
  expect(await bench.check("composed")).toBe(3);
  expect(bench.findings).toEqual([]);
});

test("a point is not taken back beside what was made since: its files are restored from the bin, and runs go on", async () => {
  const { bench, client, save, undelete, kinds } = await startBench();
  using _ = bench;
  await save(true);
  await save(false);
  const gone = await save(true);
  await client.deletePoint(gone.pointId);
  const next = await save(false);
  await expect(undelete(gone.pointId)).rejects.toMatchObject({ code: "backup.chain_went_on" });
  expect(await save(true)).toMatchObject({ kind: "vib", told: [] });
  expect(await bench.check("gone on")).toBe(4);

  // Once the later points are gone as well there is room for it.
  const [newest] = (await bench.points()).slice(-1);
  await client.deletePoint(newest?.pointId ?? "");
  await client.deletePoint(next.pointId);
  await undelete(gone.pointId);
  expect(await kinds()).toBe("vbk:good vib:good vib:good");
  expect(await save(false)).toMatchObject({ kind: "vib", told: [] });
  expect(bench.findings).toEqual([]);
});

test("a full that was deleted does not come back between an increment and what that builds on, nor does an earlier file", async () => {
  const { bench, client, save, act, undelete, takeBack } = await startBench();
  using _ = bench;
  await save(true);
  const first = await save(false);
  const [, earlier] = await act((tx) => tx.sql<{ id: string }[]>`select id from backup_files order by seq`);
  await bench.compose(first.pointId);
  await client.deletePoint(first.pointId);
  await save(false);
  await expect(undelete(first.pointId)).rejects.toMatchObject({ code: "backup.chain_went_on" });
  await expect(takeBack(first.pointId, earlier?.id ?? "")).rejects.toMatchObject({ code: "backup.point_deleted" });
  expect(await save(true)).toMatchObject({ kind: "vib", told: [] });
  expect(bench.findings).toEqual([]);
});

test("an agent that is refused a full goes on with its run, and says so", async () => {
  const { bench, client, save, act } = await startBench();
  using _ = bench;
  await save(true);
  const [middle, last] = [await save(false), await save(true)];
  await client.deletePoint(last.pointId);
  // As the vault may have named it when nothing lay in the bin yet.
  await act(
    (tx) => tx.sql`update backup_chains set merge_point_id = ${middle.pointId} where tenant_id = ${tx.tenantId}`,
  );
  const done = await save(true);
  expect(done).toMatchObject({ result: "ok", kind: "vib" });
  expect(done.told).toMatchObject([{ level: "told", code: "chain_not_composed" }]);
  expect(await bench.check("gone on")).toBe(3);
  expect(bench.findings).toEqual([]);
});
