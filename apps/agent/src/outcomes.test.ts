import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "@casaforte/kernel";
import { type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { describeKeyring } from "@casaforte/vbk/seal";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listPoints } from "./chain/find-point.ts";
import { keyringOf } from "./chain/unlock.ts";
import { readStatus } from "./commands/status.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { systemClock, systemRandom } from "./outside.ts";
import type { Source } from "./sources/source.ts";
import { AgentHome, lastRunShape } from "./state/home.ts";
import { takeRunLock } from "./state/run-lock.ts";
import { enrolHome } from "./testing/enrolled-machine.ts";
import { backUp, restoreTo, vaultOf } from "./testing/in-process.ts";
import { noise } from "./testing/nasty-tree.ts";
import { saveTree } from "./testing/saved-tree.ts";
import { nodeAt, resolveRoots } from "./tree/roots.ts";

let top = "";
let tree = "";
let vault: MemoryVault;
let isCut: (path: string) => boolean = () => false;
let space = "";

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), "outcomes-"));
  tree = join(top, "tree");
  mkdirSync(tree);
  isCut = () => false;
  const fate = ({ path }: { path: string }) => (isCut(path) ? "drop" : "pass");
  vault = await startMemoryVault({ clock: systemClock, random: systemRandom, fate });
  space = vault.addSpace();
});
afterEach(async () => {
  await vault.close();
  rmSync(top, { recursive: true, force: true });
});

const enrolled = (name = "home", force = false): Promise<AgentHome> =>
  enrolHome(vault, join(top, name), { space, force });

const backup = (home: AgentHome, sources: readonly Source[] = [{ kind: "path", path: tree }]) => backUp(home, sources);

test("a name that goes away between listing and reading is told, and costs nothing", async () => {
  for (const name of ["a", "b", "c"]) writeFileSync(join(tree, name), noise(1, 2_000_000));
  const { notes, figures } = await saveTree([tree], { pace: () => void rmSync(join(tree, "b"), { force: true }) });
  expect(notes).toMatchObject([{ level: "told", code: "vanished" }]);
  expect(figures.files).toBe(2);
});

test("R30: a name that goes away in a snapshot, where nothing does, is lost", async () => {
  const frozen = join(top, "frozen");
  mkdirSync(join(frozen, "deep"), { recursive: true });
  for (const name of ["b", "c"]) writeFileSync(join(frozen, "deep", name), noise(1, 2_000_000));
  const roots = resolveRoots([tree]);
  nodeAt(roots, Buffer.from(tree)).reach = Buffer.from(frozen);
  const { notes } = await saveTree(roots, { pace: () => void rmSync(join(frozen, "deep", "c"), { force: true }) });
  expect(notes.map(({ level, code, path }) => `${level} ${code} ${path}`)).toEqual([
    `lost unreadable ${join(tree, "deep", "c")}`,
  ]);
});

test("a snapshot of an earlier run that cannot be taken away is told once with the run, which is ok", async () => {
  const home = await enrolled();
  const subvolume = join(top, ".casaforte-snapshot-7-0");
  symlinkSync(tree, subvolume);
  home.writeJson("snapshots.json", [{ kind: "btrfs", subvolume }]);
  const { result, notes } = await backup(home);
  expect({ result, notes }).toMatchObject({ result: "ok", notes: [{ code: "snapshot_left", path: subvolume }] });
});

test("a damaged list of snapshots, or what is no such list, is put aside and told once, and stops no backup", async () => {
  const home = await enrolled();
  const aside = home.path("snapshots.json.damaged");
  for (const text of ["\0\0\0", "null", "{}", "7", "[null]", '[{"kind":"lvm"}]']) {
    writeFileSync(home.path("snapshots.json"), text);
    const { result, notes } = await backup(home);
    expect({ result, notes }, text).toMatchObject({ result: "ok", notes: [{ code: "state_damaged", path: aside }] });
    expect(readFileSync(aside, "utf8")).toBe(text);
    expect(await backup(home)).toMatchObject({ result: "ok", notes: [] });
  }
});

test("the status is told also where the note of the last run is damaged, or something else", async () => {
  const home = await enrolled();
  await backup(home);
  const last = home.readKept("last-run.json", lastRunShape);
  for (const text of ["\0\0\0", "[]", "true", JSON.stringify({ ...last, notes: 7 })]) {
    writeFileSync(home.path("last-run.json"), text);
    expect((await readStatus(home)).lines, text).toContain("Last run:   none yet");
  }
});

test("a command that fails makes no point, and the vault hears the code without the command's words", async () => {
  const home = await enrolled();
  const sources: Source[] = [{ kind: "command", name: "db", argv: ["sh", "-c", "echo secret >&2; exit 1"] }];
  const error = await backup(home, sources).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "source.command_failed" });
  expect(exitCodeOf(error)).toBe(exitCodes.failed);
  expect(await listPoints(vaultOf(home))).toEqual([]);
  const { deviceId } = home.enrolment();
  expect(vault.reports(deviceId)).toMatchObject([{ result: "failed", code: "source.command_failed", message: null }]);
});

test("two agents that are clones of one device never spoil a point: one that loses the race is told, and runs again", async () => {
  const one = await enrolled();
  writeFileSync(join(tree, "file"), "first");
  await backup(one);
  cpSync(one.directory, join(top, "clone"), { recursive: true });
  const two = new AgentHome(join(top, "clone"));
  writeFileSync(join(tree, "file"), noise(7, 3_000_000));
  for (const end of await Promise.allSettled([backup(one), backup(two)])) {
    if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "vault.parent_moved" });
  }
  expect((await backup(two)).result).toBe("ok");
  const points = await listPoints(vaultOf(one));
  expect(points.length).toBeGreaterThanOrEqual(3);
  for (const [index, point] of points.entries()) {
    const out = join(top, `out-${index}`);
    expect((await restoreTo(one, point.pointId, out)).result).toBe("ok");
    const expected = index === 0 ? Buffer.from("first") : noise(7, 3_000_000);
    expect(readFileSync(join(out, tree, "file")).equals(expected)).toBe(true);
  }
});

test("a second run on the same machine is refused while the first is at work, with its own exit code", async () => {
  const home = await enrolled();
  writeFileSync(join(tree, "file"), "x");
  using _first = takeRunLock(home);
  const error = await backup(home).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "agent.running" });
  expect(exitCodeOf(error)).toBe(exitCodes.alreadyRunning);
});

test("a restore that the network cut goes on where it was when it is called again", async () => {
  const home = await enrolled();
  for (let index = 0; index < 40; index++) writeFileSync(join(tree, `f${index}`), noise(index + 1, 1_000_000));
  await backup(home);
  const out = join(top, "out");
  let reads = 0;
  isCut = (path) => path.includes("/files/") && ++reads > 10;
  await expect(restoreTo(home, "latest", out)).rejects.toMatchObject({ code: "vault.unreachable" });
  isCut = () => false;
  const done = await restoreTo(home, "latest", out);
  expect(done).toMatchObject({ result: "ok", resumed: true, lost: 0 });
  expect(done.same).toBeGreaterThan(0);
  expect(done.bytes + done.same * 1_000_000).toBeGreaterThanOrEqual(40_000_000);
  for (let index = 0; index < 40; index++) {
    expect(readFileSync(join(out, tree, `f${index}`)).equals(noise(index + 1, 1_000_000))).toBe(true);
  }
});

test("a revoked device is told so; enrolled again it begins with a new storage key and a full", async () => {
  const home = await enrolled();
  writeFileSync(join(tree, "file"), "x");
  await backup(home);
  const before = home.enrolment();
  const keyOf = async () => {
    const { chainId } = home.enrolment();
    return describeKeyring((await keyringOf({ vault: vaultOf(home), chainId })).bytes).storageKeyId;
  };
  const oldKey = await keyOf();
  vault.revokeDevice(before.deviceId);
  const error = await backup(home).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "vault.token_invalid" });
  expect(exitCodeOf(error)).toBe(exitCodes.notEnrolled);
  await enrolled("home", true);
  expect(home.enrolment().chainId).not.toBe(before.chainId);
  expect(await backup(home)).toMatchObject({ kind: "vbk", result: "ok" });
  expect(await keyOf()).not.toEqual(oldKey);
});

test("a full disk ends a restore with its name and its own exit code, and it goes on once there is room", async (context) => {
  const small = join(top, "small");
  mkdirSync(small);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", small]).status !== 0) return context.skip();
  try {
    expect(statfsSync(small).blocks * statfsSync(small).bsize).toBeLessThan(4_000_000);
    const home = await enrolled();
    for (let index = 0; index < 5; index++) writeFileSync(join(tree, `f${index}`), noise(index + 1, 1_000_000));
    await backup(home);
    const error = await restoreTo(home, "latest", small).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Failure);
    expect(error).toMatchObject({ code: "agent.disk_full" });
    expect(exitCodeOf(error)).toBe(exitCodes.diskFull);
    spawnSync("mount", ["-o", "remount,size=30m", small]);
    const done = await restoreTo(home, "latest", small);
    expect(done).toMatchObject({ result: "ok", resumed: true });
    expect(done.same).toBeGreaterThan(0);
  } finally {
    spawnSync("umount", [small]);
  }
});

test("a full disk of the agent's own state ends a backup with its name; points made before restore, and it goes on with room", async (context) => {
  const small = join(top, "state");
  mkdirSync(small);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", small]).status !== 0) return context.skip();
  try {
    const home = await enrolled("state");
    writeFileSync(join(tree, "first"), noise(1, 1_000_000));
    const made = await backup(home);
    for (let index = 0; index < 6; index++) writeFileSync(join(tree, `f${index}`), noise(index + 2, 4_000_000));
    const error = await backup(home).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "agent.state_full", message: expect.stringContaining(small) });
    expect(exitCodeOf(error)).toBe(exitCodes.diskFull);
    expect(vault.reports(home.enrolment().deviceId).at(-1)).toMatchObject({
      result: "failed",
      code: "agent.state_full",
    });
    await restoreTo(home, made.pointId, join(top, "before"));
    expect(readFileSync(join(top, "before", tree, "first"))).toEqual(noise(1, 1_000_000));
    spawnSync("mount", ["-o", "remount,size=100m", small]);
    expect(await backup(home)).toMatchObject({ result: "ok", kind: "vib" });
    await restoreTo(home, "latest", join(top, "after"));
    for (let index = 0; index < 6; index++)
      expect(readFileSync(join(top, "after", tree, `f${index}`)).equals(noise(index + 2, 4_000_000))).toBe(true);
  } finally {
    spawnSync("umount", [small]);
  }
});
