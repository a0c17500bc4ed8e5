import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SeededRandom } from "@casaforte/testkit";
import { createVaultClient } from "@casaforte/vault";
import { type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { afterEach, expect, test, vi } from "vitest";
import { compareTrees } from "../../../../tests/interop/compare-trees.ts";
import { backup } from "../commands/backup.ts";
import type { RunContext } from "../commands/context.ts";
import { restore } from "../commands/restore.ts";
import { Notes } from "../notes.ts";
import { systemClock, systemRandom } from "../outside.ts";
import { PatternList } from "../select/pattern-list.ts";
import { Selection } from "../select/selection.ts";
import { AgentHome } from "../state/home.ts";
import { resolveRoots } from "../tree/roots.ts";
import { createVaultFetch } from "../vault-fetch.ts";
import { composePoint } from "./compose-point.ts";
import { listPoints } from "./find-point.ts";
import { unlockOrCreateChain } from "./unlock.ts";

vi.setConfig({ testTimeout: 300_000 });
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An enrolled device with a tree, and a copy of the tree as each point must give it back. */
async function startDevice(seed: number, incrementsMax = 2, repackBytesMax = 1e9) {
  const top = mkdtempSync(join(tmpdir(), "compose-"));
  cleanups.push(() => spawnSync("rm", ["-rf", top]));
  const vault: MemoryVault = await startMemoryVault({ clock: systemClock, random: systemRandom });
  cleanups.push(() => vault.close());
  /** Every request, in the order it was sent. */
  const asked: string[] = [];
  /** Bytes of all bodies of parts. */
  const sent = { bytes: 0 };
  const fetch = createVaultFetch();
  const open = (token?: string) =>
    createVaultClient({
      baseUrl: vault.baseUrl,
      fetch: (url, init) => {
        asked.push(`${init.method} ${new URL(url).pathname.replace(/[0-9a-f-]{36}/g, "ID")}`);
        if (url.includes("/parts/") && init.body instanceof Uint8Array) sent.bytes += init.body.length;
        return fetch(url, init);
      },
      clock: systemClock,
      random: systemRandom,
      ...(token === undefined ? {} : { token }),
    });
  const spaceId = vault.addSpace({ lockDays: 0 });
  const machine = { name: "laptop", os: "linux", agentVersion: "1", hostname: "laptop" } as const;
  const enrolled = await open().enrol({ token: vault.enrolmentToken(spaceId), ...machine });
  const client = open(enrolled.deviceToken);
  const chainId = "0198f000-0000-7000-8000-00000000000c";
  const { deviceId, deviceToken } = enrolled;
  const home = new AgentHome(join(top, "home"));
  home.create();
  const storageKey = await unlockOrCreateChain({
    vault: client,
    chainId,
    label: "laptop",
    password: async () => "correct horse",
  });
  const enrolment = {
    vaultUrl: vault.baseUrl,
    deviceId,
    deviceToken,
    name: "laptop",
    spaceId,
    spaceName: "s",
    chainId,
  };
  const context = (): RunContext => ({
    home,
    enrolment,
    vault: client,
    storageKey,
    notes: new Notes(),
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  const tree = join(top, "tree");
  mkdirSync(tree);
  const random = new SeededRandom(seed);
  const copies = new Map<string, string>();
  const chain = { incrementsMax, repackBytesMax };
  async function save() {
    const run = context();
    const done = await backup(run, { roots: resolveRoots([tree]), full: false, chain });
    expect(run.notes.kept).toEqual([]);
    const copy = join(top, `copy-${copies.size}`);
    cpSync(tree, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    copies.set(done.pointId, copy);
    return done;
  }
  /** Restores every point that the vault still has and compares it with the tree of that day. */
  async function check() {
    const points = await listPoints(client);
    for (const point of points) {
      const to = join(top, "restored");
      const run = context();
      await restore(
        { ...run, point },
        {
          destination: { kind: "directory", path: to },
          selection: new Selection({ paths: [], include: new PatternList([]), exclude: new PatternList([]) }),
          isLimited: false,
          onConflict: undefined,
          check: true,
          home,
        },
      );
      const was = copies.get(point.pointId) ?? "";
      expect(compareTrees(was, join(to, tree), { owners: false, xattrs: false, ignoreTimes: () => true })).toEqual([]);
      rmSync(to, { recursive: true });
    }
    return points;
  }
  return { tree, random, save, check, client, vault, context, spaceId, chainId, top, asked, sent };
}

/** Changes that a working day brings: new, grown, changed, moved and deleted files. */
function edit(tree: string, random: SeededRandom, day: number): void {
  const pick = (count: number) => (random.bytes(2)[0] ?? 0) % count;
  const name = (n: number) => join(tree, `d${n % 7}`, `f${n}.bin`);
  mkdirSync(join(tree, `d${day % 7}`), { recursive: true });
  for (let n = 0; n < 5; n++)
    writeFileSync(name(day * 7 + n * 7 + (day % 7)), random.bytes(20_000 + pick(250) * 2_000));
  rmSync(name(pick(200)), { force: true });
  appendFileSync(join(tree, "log.txt"), `day ${day}\n`.repeat(200 + pick(100)));
  writeFileSync(join(tree, "big.bin"), random.bytes(1_500_000 + pick(100) * 1000));
  const moved = join(tree, `moved-${day % 3}.txt`);
  writeFileSync(join(tree, "note.txt"), `note of ${day}`);
  renameSync(join(tree, "note.txt"), moved);
}

test("a run with nothing new asks the vault for little, and for nothing twice", async () => {
  const device = await startDevice(74, 60);
  edit(device.tree, device.random, 0);
  await device.save();
  device.asked.length = 0;
  await device.save();
  const count = (request: string) => device.asked.filter((one) => one === request).length;
  // What stands when the run begins, and what the VBM must name besides the new file.
  expect(count("GET /vault/v1/files")).toBe(2);
  expect(count("GET /vault/v1/chains/ID")).toBe(1);
  // The head waits for no answer, and after the commit comes only what needs its answer; the list of files, which does not,
  // may reach the vault behind it.
  const at = (request: string) => device.asked.indexOf(`PUT /vault/v1/uploads/ID/${request}`);
  expect(at("parts/0")).toBeGreaterThan(0);
  expect(at("parts/0")).toBeLessThan(at("block-map"));
  const commit = device.asked.indexOf("POST /vault/v1/uploads/ID/commit");
  const after = device.asked.slice(commit + 1).filter((one) => one !== "GET /vault/v1/files");
  expect(after).toEqual(["PUT /vault/v1/chains/ID/vbm"]);
  // Of the parent: its beginning, its end, its metadata, its superblock and its catalogue; of the new file nothing.
  expect(count("GET /vault/v1/files/ID")).toBeLessThanOrEqual(5);
  expect(device.asked.length).toBeLessThanOrEqual(17);
  await device.check();
});

test("a file that moved, was renamed or copied is not sent again, nor what stands behind inserted bytes", async () => {
  const device = await startDevice(75, 60);
  const [large, small] = [join(device.tree, "large"), join(device.tree, "small")];
  writeFileSync(large, device.random.bytes(12_000_000));
  writeFileSync(small, device.random.bytes(300_000));
  const first = await device.save();
  expect(first.sentBytes).toBeGreaterThan(12_300_000);
  /** What a run sends that has nothing new to send: its own head and metadata. */
  const bare = (await device.save()).sentBytes;
  const sentAfter = async (change: () => void) => {
    change();
    device.sent.bytes = 0;
    const done = await device.save();
    expect(device.sent.bytes, "what is told is what went over the line").toBe(done.sentBytes);
    return done.sentBytes - bare;
  };
  mkdirSync(join(device.tree, "deep"));
  const moved = join(device.tree, "deep", "elsewhere");
  // Names and places are data of the catalogue: a block of it, not of the files.
  expect(await sentAfter(() => renameSync(large, join(device.tree, "renamed")))).toBeLessThan(100_000);
  expect(await sentAfter(() => renameSync(join(device.tree, "renamed"), moved))).toBeLessThan(100_000);
  expect(await sentAfter(() => cpSync(moved, large))).toBeLessThan(100_000);
  const inserted = Buffer.concat([Buffer.from("inserted at the head"), readFileSync(moved)]);
  expect(await sentAfter(() => writeFileSync(moved, inserted))).toBeLessThan(1_500_000);
  await device.check();
});

test("fulls are composed without sending data, and every point gives back the tree of its day", async () => {
  const device = await startDevice(71);
  for (let day = 0; day < 6; day++) {
    edit(device.tree, device.random, day);
    await device.save();
  }
  const points = await device.check();
  expect(points.map((point) => point.kind).join(" ")).toBe("vbk vib vbk vib vbk vib");
  device.sent.bytes = 0;
  await composePoint(device.context(), { pointId: points.at(-1)?.pointId ?? "", repackBytesMax: 0 });
  const [full] = (await listPoints(device.client)).slice(-1);
  expect(full).toMatchObject({ kind: "vbk", pointId: points.at(-1)?.pointId });
  expect(full?.size).toBeGreaterThan(3_000_000);
  expect(device.sent.bytes, "a head and metadata, and no block").toBeLessThan(400_000);
});

test("a point in the middle becomes a full: the points before it may go, those after it stand on it", async () => {
  const device = await startDevice(72, 60);
  for (let day = 0; day < 4; day++) {
    edit(device.tree, device.random, day);
    await device.save();
  }
  const [first, second, third] = await listPoints(device.client);
  await composePoint(device.context(), { pointId: third?.pointId ?? "", repackBytesMax: 0 });
  await composePoint(device.context(), { pointId: third?.pointId ?? "", repackBytesMax: 0 });
  const before = (await device.client.device()).space.usedBytes;
  await device.client.deletePoint(second?.pointId ?? "");
  await device.client.deletePoint(first?.pointId ?? "");
  expect((await device.client.device()).space.usedBytes).toBeLessThan(before);
  expect((await device.check()).map((point) => point.kind)).toEqual(["vbk", "vib"]);
  edit(device.tree, device.random, 5);
  await device.save();
  expect((await device.check()).map((point) => point.kind)).toEqual(["vbk", "vib", "vib"]);
});

test("on a chain with a branch runs go on, and a full keeps what each branch needs", async () => {
  const device = await startDevice(77, 60);
  const large = join(device.tree, "large");
  const bytes = device.random.bytes(6_000_000);
  const save = async (withLarge: boolean) => {
    if (withLarge) writeFileSync(large, bytes);
    else rmSync(large, { force: true });
    writeFileSync(join(device.tree, "small"), device.random.bytes(1000));
    return device.save();
  };
  await save(true);
  const [middle, taken] = [await save(false), await save(true)];
  await device.client.deletePoint(taken.pointId);
  await save(false);
  // As vaults of before did, and let a point be replaced in spite of it.
  device.vault.undelete(taken.pointId);
  device.vault.setRefusesBranches(false);
  await save(false);
  expect(await device.check()).toHaveLength(5);
  await composePoint(device.context(), { pointId: middle.pointId, repackBytesMax: 0 });
  expect((await device.check()).map((point) => point.kind)).toEqual(["vbk", "vbk", "vib", "vib", "vib"]);
  await save(true);
  expect(await device.check()).toHaveLength(6);
});

test("dead data leaves with the composed full, and mostly dead blocks are sent again so that they can go too", async () => {
  const device = await startDevice(73);
  mkdirSync(join(device.tree, "d"));
  const file = (n: number) => join(device.tree, "d", `f${n}`);
  for (let n = 0; n < 160; n++) writeFileSync(file(n), device.random.bytes(100_000));
  await device.save();
  for (let n = 0; n < 160; n++) if (n % 10 !== 0) rmSync(file(n));
  for (let day = 1; day <= 2; day++) await device.save();
  // The third point is a full; its blocks hold one file in ten. The next run sends those files again.
  const again = await device.save();
  expect(again.sentBytes).toBeGreaterThan(16 * 100_000);
  await device.save();
  const points = await device.check();
  expect(points.map((point) => point.kind)).toEqual(["vbk", "vib", "vbk", "vib", "vbk"]);
  const sizes = points.filter((point) => point.kind === "vbk").map((point) => point.size);
  expect(sizes[0]).toBeGreaterThan(16_000_000);
  expect(sizes[1]).toBeGreaterThan(16_000_000);
  expect(sizes[2]).toBeLessThan(6_000_000);
});

test("no more of mostly dead blocks is sent again in one run than the cap allows", async () => {
  const capBytes = 450_000;
  const device = await startDevice(76, 2, capBytes);
  mkdirSync(join(device.tree, "d"));
  const file = (n: number) => join(device.tree, "d", `f${n}`);
  for (let n = 0; n < 160; n++) writeFileSync(file(n), device.random.bytes(100_000));
  await device.save();
  for (let n = 0; n < 160; n++) if (n % 10 !== 0) rmSync(file(n));
  const quiet = [(await device.save()).sentBytes, (await device.save()).sentBytes];
  const again = await device.save();
  // Whole files of 100,000 bytes, of which the cap takes four.
  expect(again.sentBytes - Math.max(...quiet)).toBeGreaterThan(200_000);
  expect(again.sentBytes - Math.min(...quiet)).toBeLessThan(capBytes + 100_000);
  await device.check();
});
