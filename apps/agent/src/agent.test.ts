import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { afterEach, expect, test, vi } from "vitest";
import { compareTrees } from "../../../tests/interop/compare-trees.ts";
import { systemClock, systemRandom } from "./outside.ts";
import { type AgentRun, runAgent } from "./testing/agent-process.ts";
import { makeNastyTree, noise } from "./testing/nasty-tree.ts";

const password = "correct horse battery";
const isRoot = process.getuid?.() === 0;
const cleanups: (() => unknown)[] = [];

// Each test starts the program several times: seconds on a free machine, a minute on one that runs everything at once.
vi.setConfig({ testTimeout: 300_000 });

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Bench {
  readonly vault: MemoryVault;
  readonly spaceId: string;
  readonly top: string;
  readonly tree: string;
  agent(
    args: readonly string[],
    options?: { password?: string | null; newPassword?: string; home?: string },
  ): Promise<AgentRun>;
  restored(name: string): string;
}

async function startBench(
  options: { quotaBytes?: number; fate?: Parameters<typeof startMemoryVault>[0]["fate"] } = {},
): Promise<Bench> {
  const top = mkdtempSync(join(tmpdir(), "agent-"));
  // rm, since rmSync cannot reach the bottom of the deepest directory.
  cleanups.push(() => spawnSync("rm", ["-rf", top]));
  const vault = await startMemoryVault({
    clock: systemClock,
    random: systemRandom,
    ...(options.fate ? { fate: options.fate } : {}),
  });
  cleanups.push(() => vault.close());
  const spaceId = vault.addSpace(options.quotaBytes === undefined ? {} : { quotaBytes: options.quotaBytes });
  const tree = join(top, "tree");
  mkdirSync(tree);
  const agent: Bench["agent"] = (args, more = {}) => runAgent(args, { home: join(top, "home"), password, ...more });
  const enrolled = await agent([
    "enroll",
    "--vault",
    vault.baseUrl,
    "--token",
    vault.enrolmentToken(spaceId),
    "--name",
    "Bench 1",
  ]);
  expect(enrolled).toMatchObject({ code: 0, stderr: "" });
  return { vault, spaceId, top, tree, agent, restored: (name) => join(top, name, tree) };
}

const json = (run: AgentRun) => JSON.parse(run.stdout);

/** Directories above the tree get their times from the machine, which goes on changing them. */
const compared = (left: string, right: string) => compareTrees(left, right, { owners: isRoot });

test("a tree of every nastiness comes back with every byte and attribute, and an increment after it", async () => {
  const bench = await startBench();
  makeNastyTree(bench.tree, 2_000);
  const first = await bench.agent(["backup", bench.tree, "--json"]);
  expect(first.stderr).toBe("");
  expect(json(first)).toMatchObject({ kind: "vbk", result: isRoot ? "ok" : "partial" });
  const to = join(bench.top, "one");
  const restored = await bench.agent(["restore", "latest", "--to", to, "--json"]);
  expect(restored.stderr).toBe("");
  expect(restored.code).toBe(isRoot ? 0 : 3);
  expect(compared(bench.tree, bench.restored("one"))).toEqual([]);

  appendFileSync(join(bench.tree, "large"), "more");
  rmSync(join(bench.tree, "small-3"), { recursive: true });
  const second = json(await bench.agent(["backup", bench.tree, "--json"]));
  expect(second).toMatchObject({ kind: "vib" });
  expect(second.sentBytes).toBeLessThan(8_000_000);
  await bench.agent(["restore", "latest", "--to", join(bench.top, "two")]);
  expect(compared(bench.tree, bench.restored("two"))).toEqual([]);
  // What had changed a moment before the first run was read once more by the second; now it is taken over.
  const third = json(await bench.agent(["backup", bench.tree, "--json"]));
  expect(third.figures.unchangedFiles).toBeGreaterThan(1450);
  const verified = json(await bench.agent(["verify", "--json"]));
  expect(verified).toMatchObject({ result: "ok", lost: 0 });
  const sampled = json(await bench.agent(["verify", "--sample", "1", "--json"]));
  expect(sampled).toMatchObject({ result: "ok", lost: 0 });
  expect(sampled.files).toBeGreaterThan(0);
  expect(sampled.files).toBeLessThan(verified.files / 2);
  const points = json(await bench.agent(["points", "--json"]));
  expect(points).toHaveLength(3);
  await bench.agent([
    "restore",
    points[0].pointId,
    "--to",
    join(bench.top, "old"),
    "--path",
    join(bench.tree, "small-3"),
  ]);
  expect(readdirSync(bench.restored("old"))).toEqual(["small-3"]);
  expect(json(await bench.agent(["status", "--json"]))).toMatchObject({ lastRun: { result: "ok" }, unfinished: null });
  expect(statSync(join(bench.top, "home", "enrolment.json")).mode & 0o777).toBe(0o600);
});

test("a machine that never saw the device restores from address, restore token and password", async () => {
  const bench = await startBench();
  writeFileSync(join(bench.tree, "file"), noise(1, 3_000_000));
  const done = json(await bench.agent(["backup", bench.tree, "--json"]));
  expect(done.result).toBe("ok");
  const { deviceId } = json(await bench.agent(["status", "--json"]));
  const token = bench.vault.restoreToken(deviceId);
  const home = join(bench.top, "another machine");
  const to = join(bench.top, "new");
  const run = await bench.agent(["restore", "latest", "--vault", bench.vault.baseUrl, "--token", token, "--to", to], {
    home,
  });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(compared(bench.tree, bench.restored("new"))).toEqual([]);

  const mounted = Promise.withResolvers<Buffer>();
  const drive = ["mount", "latest", "--vault", bench.vault.baseUrl, "--token", token, "--json"];
  const ended = await runAgent(drive, {
    home,
    password,
    onSpawn: (child) =>
      child.stdout?.once("data", (line: Buffer) => {
        const { url } = JSON.parse(line.toString()) as { url: string };
        const read = fetch(`${url}${bench.tree.slice(1)}/file`).then(async (file) =>
          Buffer.from(await file.arrayBuffer()),
        );
        read.then(mounted.resolve, mounted.reject).finally(() => child.kill("SIGINT"));
      }),
  });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect((await mounted.promise).equals(noise(1, 3_000_000))).toBe(true);
});

const isLookOrReport = /^GET |^POST .*\/reports$/;

test("a wrong password is told by the keyring alone and changes nothing", async () => {
  const asked: string[] = [];
  const bench = await startBench({
    fate: ({ method, path }) => {
      asked.push(`${method} ${path}`);
      return "pass";
    },
  });
  /**
   * What only a run with the right password asks for: a file's bytes, room for one, anything else that writes. A backup
   * fetches sealed metadata while the password is stretched.
   */
  const beyond = (isBackup = false) =>
    asked.filter((request) => {
      const isBytes = /\/(files\/|uploads)/.test(request) && !(isBackup && /^GET .*\/files\//.test(request));
      return isBytes || !isLookOrReport.test(request);
    });
  writeFileSync(join(bench.tree, "file"), "x");
  await bench.agent(["backup", bench.tree]);
  expect(beyond()).toContainEqual(expect.stringMatching(/^POST .*\/uploads$/));
  asked.length = 0;
  await bench.agent(["verify"]);
  expect(beyond()).toContainEqual(expect.stringMatching(/^GET .*\/files\//));
  for (const args of [["backup", bench.tree], ["restore", "latest", "--to", join(bench.top, "no")], ["verify"]]) {
    asked.length = 0;
    const run = await bench.agent(args, { password: "incorrect horse" });
    expect(run.code).toBe(4);
    expect(run.stderr).toContain("seal.wrong_password");
    expect(asked).toContainEqual(expect.stringMatching(/\/keyring/));
    expect(beyond(args[0] === "backup")).toEqual([]);
  }
  expect(json(await bench.agent(["points", "--json"]))).toHaveLength(1);
  expect(readdirSync(bench.top)).not.toContain("no");
});

test("a forgotten password is replaced with the recovery secret, and old points open with the new one", async () => {
  const bench = await startBench();
  writeFileSync(join(bench.tree, "file"), "x");
  await bench.agent(["backup", bench.tree]);
  const { recoverySecret } = json(await bench.agent(["recovery", "create", "--json"]));
  const recoveryFile = join(bench.top, "kit");
  writeFileSync(recoveryFile, `${recoverySecret}\n`);
  const changed = await bench.agent(["recovery", "use", "--recovery-file", recoveryFile], {
    newPassword: "another horse",
  });
  expect(changed).toMatchObject({ code: 0, stderr: "" });
  expect((await bench.agent(["verify"])).code).toBe(4);
  expect((await bench.agent(["verify"], { password: "another horse" })).code).toBe(0);
  expect((await bench.agent(["verify", "--recovery-file", recoveryFile])).code).toBe(0);
});

test("a machine that remembers runs unattended, until it is told to forget", async () => {
  const bench = await startBench();
  writeFileSync(join(bench.tree, "file"), "x");
  await bench.agent(["backup", bench.tree]);
  const unattended = { password: null };
  expect((await bench.agent(["backup", bench.tree], unattended)).code).toBe(2);
  await bench.agent(["remember"]);
  for (const name of ["device-key.json", "device-secret.json"]) {
    expect(statSync(join(bench.top, "home", name)).mode & 0o777).toBe(0o600);
  }
  expect((await bench.agent(["backup", bench.tree], unattended)).code).toBe(0);
  expect((await bench.agent(["backup", bench.tree], { password: "incorrect horse" })).code).toBe(4);
  expect((await bench.agent(["verify"], unattended)).code).toBe(2);
  await bench.agent(["forget"]);
  expect((await bench.agent(["backup", bench.tree], unattended)).code).toBe(2);
});

test("one flipped bit in a stored part costs the files in its block, by name, and no others, and the next point is whole", async () => {
  const bench = await startBench();
  for (let index = 0; index < 6; index++) writeFileSync(join(bench.tree, `file-${index}`), noise(index + 1, 1_000_000));
  await bench.agent(["backup", bench.tree]);
  const [point] = json(await bench.agent(["points", "--json"]));
  bench.vault.corrupt(point.fileId, 1_052_672 + 2_500_000);
  const verified = json(await bench.agent(["verify", "--json"]));
  expect(verified).toMatchObject({ result: "partial", nextIsFull: true });
  // A sample as large as the point is all of it.
  const sampled = json(await bench.agent(["verify", "--sample", "1000", "--json"]));
  expect(sampled).toMatchObject({ result: "partial", pointId: point.pointId });
  expect(sampled.notes.length).toBeGreaterThan(0);
  expect(verified.notes).toEqual(expect.arrayContaining(sampled.notes));
  const to = join(bench.top, "rest");
  const run = await bench.agent(["restore", "latest", "--to", to, "--json"]);
  expect(run.code).toBe(3);
  const lost = json(run).notes.map((note: { path: string }) => note.path.slice(note.path.lastIndexOf("/") + 1));
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.length).toBeLessThan(4);
  const left = readdirSync(bench.restored("rest"));
  expect([...left, ...lost].sort()).toEqual(readdirSync(bench.tree).sort());
  for (const name of left)
    expect(readFileSync(join(bench.restored("rest"), name))).toEqual(readFileSync(join(bench.tree, name)));
  // Nothing changed on the disk, and yet everything is sent again: what lay in the damaged block too.
  const again = json(await bench.agent(["backup", bench.tree, "--json"]));
  expect(again).toMatchObject({ kind: "vbk", notes: [{ code: "chain_damaged" }] });
  expect(json(await bench.agent(["verify", "--json"]))).toMatchObject({ result: "ok", lost: 0 });
  expect(json(await bench.agent(["backup", bench.tree, "--json"]))).toMatchObject({ kind: "vib", notes: [] });
});

test("R30: verify --repair sends a damaged block again, so that the point is whole; what the disk lost meanwhile is named", async () => {
  // What a vault says that does not take what is sent again; null: it does.
  let says: number | null = 404;
  const fate = ({ path }: { path: string }) =>
    says !== null && path.endsWith("/mended") ? { status: says } : ("pass" as const);
  const bench = await startBench({ fate });
  for (let index = 0; index < 6; index++) writeFileSync(join(bench.tree, `file-${index}`), noise(index + 1, 1_000_000));
  await bench.agent(["backup", bench.tree]);
  const [point] = json(await bench.agent(["points", "--json"]));
  // The point that is damaged is under the head.
  await bench.agent(["backup", bench.tree]);
  // Two blocks of one part: either alone does not make it what it was.
  bench.vault.corrupt(point.fileId, 1_052_672 + 1_500_000);
  bench.vault.corrupt(point.fileId, 1_052_672 + 4_500_000);
  const repair = ["verify", point.pointId, "--repair", "--json"];
  const refused = await bench.agent(repair);
  expect(refused.code).toBe(3);
  const none = { damagedBlocks: 2, mendedBlocks: 0, trouble: expect.any(String) };
  expect(json(refused)).toMatchObject({ result: "partial", nextIsFull: true, repair: none });
  expect(json(refused).notes.length).toBeGreaterThan(0);
  // Nothing is amiss that the vault knows of, and yet the blocks do not open.
  says = 204;
  const kept = json(await bench.agent(repair));
  expect(kept).toMatchObject({ result: "partial", repair: { damagedBlocks: 2, mendedBlocks: 0, trouble: null } });
  says = null;
  const repaired = await bench.agent(repair);
  expect(repaired.code).toBe(0);
  const mended = { damagedBlocks: 2, mendedBlocks: 2, trouble: null };
  const whole = { result: "ok", lost: 0, nextIsFull: false, repair: mended };
  expect(json(repaired)).toMatchObject(whole);
  expect(json(await bench.agent(["backup", bench.tree, "--json"]))).toMatchObject({ kind: "vib", notes: [] });
  const to = join(bench.top, "rest");
  expect((await bench.agent(["restore", point.pointId, "--to", to])).code).toBe(0);
  for (const name of readdirSync(bench.tree))
    expect(readFileSync(join(bench.restored("rest"), name))).toEqual(readFileSync(join(bench.tree, name)));

  bench.vault.corrupt(point.fileId, 1_052_672 + 1_500_000);
  for (let index = 0; index < 6; index++)
    writeFileSync(join(bench.tree, `file-${index}`), noise(index + 10, 1_000_000));
  const lost = json(await bench.agent(repair));
  expect(lost).toMatchObject({ result: "partial", repair: { damagedBlocks: 1, mendedBlocks: 0 } });
  expect(lost.notes.length).toBeGreaterThan(0);
  expect((await bench.agent(["verify", "--repair", "--sample", "5"])).code).toBe(2);
});

test("a full space is told with its figures and its own exit code", async () => {
  const bench = await startBench({ quotaBytes: 20_000_000 });
  writeFileSync(join(bench.tree, "file"), noise(1, 40_000_000));
  const run = await bench.agent(["backup", bench.tree]);
  expect(run.code).toBe(7);
  expect(run.stderr).toContain("vault.over_quota");
  expect(json(await bench.agent(["points", "--json"]))).toEqual([]);
});

test("an unreadable file makes the result partial: it is named here and counted at the vault, and all others restore", async () => {
  const bench = await startBench();
  for (const name of ["open", "closed"]) writeFileSync(join(bench.tree, name), name);
  chmodSync(join(bench.tree, "closed"), 0);
  const who = { home: join(bench.top, "home"), password, isBoundByModes: true };
  const run = await runAgent(["backup", bench.tree, "--json"], who);
  expect(run).toMatchObject({ code: 3, stderr: "" });
  const closed = join(bench.tree, "closed");
  const notes = [{ level: "lost", code: "no_permission", path: closed }];
  expect(json(run)).toMatchObject({ result: "partial", unreadable: 1, notes });
  const { deviceId } = json(await runAgent(["status", "--json"], who));
  const told = { notes: [{ level: "lost", code: "no_permission", count: 1 }] };
  expect(bench.vault.reports(deviceId)).toMatchObject([{ result: "partial", filesUnreadable: 1, code: null, ...told }]);
  expect(JSON.stringify(bench.vault.reports(deviceId))).not.toContain("closed");
  expect((await runAgent(["status"], who)).stdout).toContain(`${closed}: EACCES`);
  expect((await runAgent(["restore", "latest", "--to", join(bench.top, "to")], who)).code).toBe(0);
  expect(readdirSync(bench.restored("to"))).toEqual(["open"]);
});

test("a missing root fails, and the vault hears of it without its path", async () => {
  const bench = await startBench();
  const missing = await bench.agent(["backup", join(bench.top, "nothing here")]);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("source.missing");
  const { deviceId } = json(await bench.agent(["status", "--json"]));
  expect(bench.vault.reports(deviceId)).toMatchObject([{ result: "failed", code: "source.missing", message: null }]);
});

test("usage errors, a machine that is not enrolled and an unreachable vault have their own codes", async () => {
  const bench = await startBench();
  expect((await bench.agent(["backup"])).code).toBe(2);
  expect((await bench.agent(["status"], { home: join(bench.top, "none") })).code).toBe(5);
  await bench.agent(["restore", "latest"]).then((run) => expect(run.code).toBe(2));
  await bench.vault.close();
  expect((await bench.agent(["status"])).code).toBe(6);
});
