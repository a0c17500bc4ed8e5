import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMemoryVault } from "@casaforte/vault/memory";
import { afterEach, expect, test, vi } from "vitest";
import { compareTrees } from "../../../tests/interop/compare-trees.ts";
import { partBytes } from "./limits.ts";
import { systemClock, systemRandom } from "./outside.ts";
import { runAgent } from "./testing/agent-process.ts";
import { noise } from "./testing/nasty-tree.ts";

const cleanups: (() => unknown)[] = [];

// Each test starts the program several times: seconds on a free machine, a minute on one that runs everything at once.
vi.setConfig({ testTimeout: 300_000 });

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Matches the request of the `nth` part that goes out. Four travel at a time, so by then at least `nth - 4` are confirmed. */
function partNumber(nth: number) {
  let seen = 0;
  return { test: (request: string) => /^PUT .*parts\/\d+$/.test(request) && ++seen === nth };
}

/** A vault that kills the agent with SIGKILL when a request matches, once for each pattern. */
async function startDeadlyVault(
  killAt: { test(request: string): boolean }[],
  fate: "drop" | "drop_reply" | "pass",
  signal: NodeJS.Signals = "SIGKILL",
  files = 60,
) {
  const top = mkdtempSync(join(tmpdir(), "agent-resume-"));
  cleanups.push(() => rmSync(top, { recursive: true, force: true }));
  let child: ChildProcess | null = null;
  const sent: string[] = [];
  const vault = await startMemoryVault({
    clock: systemClock,
    random: systemRandom,
    fate: ({ method, path }) => {
      if (method === "PUT") sent.push(path);
      if (!killAt[0]?.test(`${method} ${path}`)) return "pass";
      killAt.shift();
      child?.kill(signal);
      return fate;
    },
  });
  cleanups.push(() => vault.close());
  const tree = join(top, "tree");
  mkdirSync(tree);
  for (let index = 0; index < files; index++) writeFileSync(join(tree, `file-${index}`), noise(index + 1, 1_000_000));
  const home = join(top, "home");
  const agent = (args: readonly string[]) =>
    runAgent(args, { home, password: "correct horse", onSpawn: (spawned) => (child = spawned) });
  const token = vault.enrolmentToken(vault.addSpace());
  const enrolled = await agent(["enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Bench"]);
  expect(enrolled.code, enrolled.stderr).toBe(0);
  const backup = async () => {
    const run = await agent(["backup", tree, "--json"]);
    return { killed: run.code === null, code: run.code, ...(run.code === null ? {} : JSON.parse(run.stdout)) };
  };
  const check = async () => {
    const to = join(top, `out-${readdirSync(top).length}`);
    const run = await agent(["restore", "latest", "--to", to]);
    expect(run.stderr).toBe("");
    expect(compareTrees(tree, join(to, tree))).toEqual([]);
    expect((await agent(["verify"])).code).toBe(0);
    return JSON.parse((await agent(["points", "--json"])).stdout) as unknown[];
  };
  return { tree, home, backup, check, sent, vault };
}

test("an agent killed in mid-upload goes on where it was and sends no part twice", async () => {
  const bench = await startDeadlyVault([partNumber(7)], "drop");
  expect(await bench.backup()).toMatchObject({ killed: true });
  const stored = bench.vault.openParts();
  expect(stored.length).toBeGreaterThanOrEqual(3);
  bench.sent.splice(0);
  const done = await bench.backup();
  expect(done).toMatchObject({ result: "ok", resumed: true, kind: "vbk" });
  expect(bench.sent.filter((path) => stored.some((part) => path.endsWith(part)))).toEqual([]);
  expect(done.sentBytes).toBeLessThan(60_000_000 - 2 * partBytes);
  expect(await bench.check()).toHaveLength(1);
  expect(readdirSync(bench.home)).not.toContain("upload");
});

test("an interrupted agent says so, and the next run goes on", async () => {
  const bench = await startDeadlyVault([/^PUT .*parts\/4$/], "pass", "SIGINT");
  expect(await bench.backup()).toMatchObject({ code: 130, error: { code: "agent.interrupted" } });
  expect(await bench.backup()).toMatchObject({ result: "ok", resumed: true });
  expect(await bench.check()).toHaveLength(1);
});

test("a tree that changed while the agent was dead is saved as it is when the run goes on", async () => {
  // Of some sixteen parts at most four travel ahead, so that neither death finds the whole tree read already. They are
  // counted, since they leave in the order in which they are full; up to three of the first run may count for the second.
  const bench = await startDeadlyVault([partNumber(4), partNumber(6)], "drop_reply", "SIGKILL", 120);
  expect(await bench.backup()).toMatchObject({ killed: true });
  rmSync(join(bench.tree, "file-3"));
  appendFileSync(join(bench.tree, "file-1"), "more");
  writeFileSync(join(bench.tree, "added"), noise(99, 5_000_000));
  expect(await bench.backup()).toMatchObject({ killed: true });
  rmSync(join(bench.tree, "file-20"));
  expect(await bench.backup()).toMatchObject({ result: "ok", resumed: true });
  expect(await bench.check()).toHaveLength(1);
  writeFileSync(join(bench.tree, "file-9"), noise(1, 2_000_000));
  const next = await bench.backup();
  expect(next).toMatchObject({ result: "ok", kind: "vib" });
  // What the dead runs stored is in the index: equal content is found again.
  expect(next.sentBytes).toBeLessThan(5_500_000);
  expect(await bench.check()).toHaveLength(2);
});

test("an agent killed before the commit finishes the same point", async () => {
  const bench = await startDeadlyVault([/^PUT .*block-map$/, /^PUT .*parts\/0$/], "drop");
  expect(await bench.backup()).toMatchObject({ killed: true });
  expect(await bench.backup()).toMatchObject({ killed: true });
  const done = await bench.backup();
  expect(done).toMatchObject({ result: "ok", resumed: true });
  expect(done.sentBytes).toBeLessThan(10_000_000);
  expect(await bench.check()).toHaveLength(1);
});

/** Lets a journal say that its metadata were written for a vault that took so many holes. */
function claimHoles(home: string, holesMax: number): void {
  const file = join(home, "upload", "journal");
  const rows = readFileSync(file, "utf8")
    .split("\n")
    .map((row) => {
      if (!row.includes('{"end":')) return row;
      const text = row.slice(17).replace(/"holesMax":\d+/, `"holesMax":${holesMax}`);
      return `${createHash("sha256").update(text).digest("hex").slice(0, 16)} ${text}`;
    });
  writeFileSync(file, rows.join("\n"));
}

test("an upload that the vault would now take otherwise is begun anew, and one that turns out spoilt is given up", async () => {
  const bench = await startDeadlyVault([/^PUT .*parts\/0$/, /^PUT .*parts\/0$/], "drop", "SIGKILL", 3);
  bench.vault.setLeaveOutZeros(false);
  expect(await bench.backup()).toMatchObject({ killed: true });
  const whole = bench.vault.openParts();
  bench.vault.setLeaveOutZeros(true);
  expect(await bench.backup()).toMatchObject({ killed: true });
  const holed = bench.vault.openParts();
  expect([whole.length > 0, holed.length > 0]).toEqual([true, true]);
  expect(holed.filter((part) => whole.includes(part))).toEqual([]);
  // As when the parts were taken by a process that knew no holes.
  bench.vault.setLeaveOutZeros(false);
  claimHoles(bench.home, 0);
  bench.sent.splice(0);
  expect(await bench.backup()).toMatchObject({ result: "ok", resumed: false, kind: "vbk" });
  const [upload] = holed.map((part) => part.slice(0, 36));
  expect(bench.sent.filter((path) => path.includes(`${upload}/parts`))).not.toEqual([]);
  expect(bench.vault.openParts()).toEqual([]);
  expect(await bench.check()).toHaveLength(1);
});

test("an agent killed after the vault committed begins a new point", async () => {
  const bench = await startDeadlyVault([/^POST .*commit$/], "drop_reply");
  expect(await bench.backup()).toMatchObject({ killed: true });
  expect(await bench.backup()).toMatchObject({ result: "ok", resumed: false, kind: "vib" });
  expect(await bench.check()).toHaveLength(2);
});

test("a spool lost with the machine's power leads to a fresh upload, not to a hole", async () => {
  const bench = await startDeadlyVault([/^PUT .*parts\/5$/], "drop");
  expect(await bench.backup()).toMatchObject({ killed: true });
  const upload = join(bench.home, "upload");
  for (const name of readdirSync(upload)) if (name === "spool" || name.startsWith("part-")) rmSync(join(upload, name));
  expect(await bench.backup()).toMatchObject({ result: "ok", kind: "vbk" });
  expect(await bench.check()).toHaveLength(1);
});

test("lost requests, lost replies, busy answers and a stopped vault only cost time", async () => {
  const top = mkdtempSync(join(tmpdir(), "agent-network-"));
  cleanups.push(() => rmSync(top, { recursive: true, force: true }));
  let count = 0;
  const vault = await startMemoryVault({
    clock: systemClock,
    random: systemRandom,
    fate: ({ path }) => {
      if (path.endsWith("/enrolments")) return "pass";
      const turn = count++ % 9;
      if (turn === 2) return "drop";
      if (turn === 4) return "drop_reply";
      if (turn === 6) return { status: 503 };
      return turn === 8 ? { status: 429, retryAfter: 0 } : "pass";
    },
  });
  cleanups.push(() => vault.close());
  const tree = join(top, "tree");
  mkdirSync(tree);
  for (let index = 0; index < 30; index++) writeFileSync(join(tree, `file-${index}`), noise(index + 1, 1_000_000));
  const agent = (args: readonly string[]) => runAgent(args, { home: join(top, "home"), password: "correct horse" });
  await agent([
    "enrol",
    "--vault",
    vault.baseUrl,
    "--token",
    vault.enrolmentToken(vault.addSpace()),
    "--name",
    "Bench",
  ]);
  expect((await agent(["backup", tree])).code).toBe(0);
  expect((await agent(["restore", "latest", "--to", join(top, "out")])).code).toBe(0);
  expect(compareTrees(tree, join(top, "out", tree))).toEqual([]);
  expect(count).toBeGreaterThan(30);
});
