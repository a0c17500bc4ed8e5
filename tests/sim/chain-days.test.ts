import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { BlobId } from "@casaforte/kernel";
import type { VaultFetch } from "@casaforte/vault";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createVaultFetch } from "../../apps/agent/src/vault-fetch.ts";
import { backupLimits } from "../../modules/backup/src/limits.ts";
import type { PartId } from "../../modules/backup/src/rows.ts";
import { markPartDamaged } from "../../modules/backup/src/store-collect.ts";
import { startTestVault, type TestVault } from "../../modules/backup/src/vault.test-support.ts";
import { depth } from "../support/depth.test-support.ts";
import { seededRun } from "../support/seed.test-support.ts";
import { ChainBench } from "./chain-bench.test-support.ts";
import { runChainDays } from "./chain-days-run.test-support.ts";
import { runChainFaults } from "./chain-faults-run.test-support.ts";
import { EditedTree } from "./tree-edits.test-support.ts";

let vault: TestVault;
beforeAll(async () => {
  vault = await startTestVault();
});
afterAll(() => vault?.[Symbol.asyncDispose]());

// Each makes weeks of backups: well under a minute on a free machine, minutes on one that runs everything at once.
vi.setConfig({ testTimeout: 400_000 });

const say = (line: string) => process.stdout.write(`${line}\n`);

test("R30: of a chain of daily points with composed fulls and retention, every point that is left gives back its day", async () => {
  const report = await runChainDays(vault, {
    random: seededRun("chain-days"),
    files: depth(12, 20),
    fileBytesMax: 250_000,
    days: 10,
    editsPerDay: depth(8, 12),
    checkEveryDays: 100,
    retention: { points: 3, days: 0, weeks: 2, months: 0, years: 0 },
    incrementsMax: 3,
    say,
  });
  expect(report.findings).toEqual([]);
  expect(report.composed).toBeGreaterThan(1);
  expect(report.expired).toBeGreaterThan(1);
  expect(report.partsDropped).toBeGreaterThan(0);
  expect(report.left).toBeGreaterThan(1);
});

test("R30: a point whose ancestors are kept for it alone is made a full by the next run, and they go", async () => {
  const report = await runChainDays(vault, {
    random: seededRun("chain-merge"),
    files: 5,
    fileBytesMax: 60_000,
    days: backupLimits.mergeAncestorsMin + 5,
    editsPerDay: 4,
    checkEveryDays: 100,
    isEachChecked: depth(false, true),
    retention: { points: 3, days: 0, weeks: 0, months: 0, years: 0 },
    incrementsMax: 60,
    say,
  });
  expect(report.findings).toEqual([]);
  expect(report.merged).toBe(1);
  expect(report.composed).toBe(0);
  expect(report.expired).toBeGreaterThanOrEqual(backupLimits.mergeAncestorsMin);
  expect(report.left).toBeLessThan(backupLimits.mergeAncestorsMin);
});

test("whichever k-th request, transaction, blob or file fails again and again, every committed point gives back its day", async () => {
  const random = seededRun("chain-faults");
  const ks = Array.from({ length: depth(4, 12) }, (_, index) => 3 + index * 20 + random.between(0, 15));
  const report = await runChainFaults(vault, { random, ks, checkEveryDays: 100, say });
  expect(report.findings).toEqual([]);
  expect(report.faults).toBeGreaterThan(5);
  expect(report.failedRuns).toBeGreaterThan(0);
  expect(report.points).toBeGreaterThan(3);
});

test("R30: once the vault has found a stored part damaged, the next point is a new full, whole and good", async () => {
  const random = seededRun("chain-damage");
  const retention = { points: 100, days: 0, weeks: 0, months: 0, years: 0 };
  using bench = await ChainBench.open(vault, { retention, incrementsMax: 5 });
  const tree = new EditedTree(bench.tree, random, { files: 5, fileBytesMax: 50_000 });
  await bench.backUp();
  const [whole] = await bench.keep();
  const tenantId = vault.tenantOf(bench.spaceId);
  await vault.services.db.tenant(tenantId, async (tx) => {
    const [part] = await tx.sql<{ id: PartId; blobId: BlobId }[]>`
      select id, blob_id as "blobId" from backup_parts order by length limit 1`;
    if (part) await markPartDamaged(tx, part, new Date(vault.clock.nowMs()));
  });
  tree.edit(1);
  expect(await bench.backUp()).toMatchObject({ kind: "vbk", told: [{ code: "chain_damaged" }] });
  const [next] = await bench.keep();
  expect([whole?.state, next?.state]).toEqual(["good", "good"]);
  tree.edit(1);
  expect(await bench.backUp()).toMatchObject({ kind: "vib", told: [] });
  expect((await bench.keep()).map(({ state }) => state)).toEqual(["good"]);
});

test("R30: without room for a new full a damaged point is kept in mind over increments, until one fits", async () => {
  const retention = { points: 100, days: 0, weeks: 0, months: 0, years: 0 };
  using bench = await ChainBench.open(vault, { retention, incrementsMax: 50 });
  mkdirSync(bench.tree);
  writeFileSync(join(bench.tree, "large"), randomBytes(12_000_000));
  const edit = (text: string) => writeFileSync(join(bench.tree, "small"), text);
  edit("one");
  // Each walk through the tree notes the socket once.
  const socket = createServer();
  await new Promise<void>((done) => socket.listen(join(bench.tree, "socket"), done));
  const leave = (roomBytes: number) =>
    vault.services.db.tenant(
      vault.tenantOf(bench.spaceId),
      (tx) => tx.sql`update spaces_spaces set quota_bytes = used_bytes + ${roomBytes} where id = ${bench.spaceId}`,
    );
  try {
    const { pointId } = await bench.backUp();
    const [first] = await bench.keep();
    bench.home.writeJson("damaged.json", { chainId: first?.chainId, pointId });
    edit("two");
    const fetch = createVaultFetch();
    let parts = 0;
    const cut: VaultFetch = async (url, init) => {
      if (init.method === "PUT" && url.includes("/parts/") && ++parts > 1) throw new Error("cut off");
      return fetch(url, init);
    };
    await expect(bench.backUp({ fetch: cut, triesMax: 1 })).rejects.toThrow();
    for (const text of ["three", "four"]) {
      await leave(6_000_000);
      edit(text);
      const told = [{ code: "chain_damaged" }, { code: "socket" }];
      expect(await bench.backUp()).toMatchObject({ kind: "vib", resumed: false, told });
    }
    await leave(1e9);
    expect(await bench.backUp()).toMatchObject({ kind: "vbk", told: [{ code: "socket" }, { code: "chain_damaged" }] });
    expect(await bench.backUp()).toMatchObject({ kind: "vib", told: [{ code: "socket" }] });
  } finally {
    socket.close();
  }
});
