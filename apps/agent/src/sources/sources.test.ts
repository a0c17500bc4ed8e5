import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { outputGraceMs } from "../limits.ts";
import { AgentHome } from "../state/home.ts";
import { noise } from "../testing/nasty-tree.ts";
import { stateOf } from "../testing/process-state.ts";
import { contentsOf, saveTree } from "../testing/saved-tree.ts";
import { nodeAt, type RootNode } from "../tree/roots.ts";
import { prepareSources } from "./prepare-sources.ts";
import { Snapshots } from "./snapshot.ts";
import type { Source } from "./source.ts";
import { supplyCommands } from "./supply-command.ts";
import { supplyDevice } from "./supply-device.ts";

let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "sources-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(top, { recursive: true, force: true });
});

const prepare = (sources: readonly Source[]): Promise<RootNode> =>
  prepareSources({
    sources,
    snapshot: "never",
    snapshots: new Snapshots(
      new AgentHome(join(top, "home")),
      () => Promise.reject(new Error("not installed")),
      () => undefined,
    ),
    onNote: () => undefined,
  });

test("several sources make one point: a tree, and what two commands print", async () => {
  writeFileSync(join(top, "file"), "of the tree");
  const roots = await prepare([
    { kind: "path", path: join(top, "file") },
    { kind: "command", name: "zeta", argv: ["printf", "%s", "small"] },
    { kind: "command", name: "dump.sql", argv: ["head", "-c", "5000000", "/dev/zero"] },
  ]);
  const contents = await contentsOf(await saveTree(roots));
  expect(contents.get(join(top, "file"))?.toString()).toBe("of the tree");
  expect(contents.get("/@commands/zeta")?.toString()).toBe("small");
  expect(contents.get("/@commands/dump.sql")?.equals(Buffer.alloc(5_000_000))).toBe(true);
});

test("a command's output is saved though the whole directory above it is a source too", async () => {
  writeFileSync(join(top, "file"), "of the tree");
  const roots = await prepare([{ kind: "path", path: top }]);
  nodeAt(roots, Buffer.from(join(top, "made"))).supply = supplyCommands([{ name: "out", argv: ["printf", "printed"] }]);
  const contents = await contentsOf(await saveTree(roots));
  expect(contents.get(join(top, "file"))?.toString()).toBe("of the tree");
  expect(contents.get(join(top, "made", "out"))?.toString()).toBe("printed");
});

test("a command that fails, is killed or is not there fails the whole point, with its last words", async () => {
  const fails = async (...argv: string[]) => saveTree(await prepare([{ kind: "command", name: "db", argv }]));
  await expect(fails("sh", "-c", "echo half; echo no such database >&2; exit 3")).rejects.toMatchObject({
    code: "source.command_failed",
    message: "the command for db failed: it ended with code 3: no such database",
  });
  await expect(fails("sh", "-c", "kill -9 $$")).rejects.toMatchObject({ code: "source.command_failed" });
  await expect(fails(join(top, "missing"))).rejects.toMatchObject({ code: "source.command_failed" });
});

test("a backup that is stopped ends the command and all it started", async () => {
  const stop = new AbortController();
  const pidFile = join(top, "pid");
  const script = `sleep 600 & echo $! > ${pidFile}; echo started; wait`;
  const roots = await prepare([{ kind: "command", name: "long", argv: ["sh", "-c", script] }]);
  const run = saveTree(roots, { signal: stop.signal, pace: () => void stop.abort(new Error("stopped")) });
  await expect(run).rejects.toThrow("stopped");
  const pid = Number(readFileSync(pidFile, "utf8"));
  await expect.poll(() => stateOf(pid)).toMatch(/gone|Z/);
});

test("a backup that is stopped does not wait for a command that does not listen, nor for what it left behind", async () => {
  const stopped = async (script: string) => {
    const stop = new AbortController();
    const roots = await prepare([{ kind: "command", name: "long", argv: ["sh", "-c", script] }]);
    await saveTree(roots, { signal: stop.signal, pace: () => void stop.abort(new Error("stopped")) });
  };
  const pidFile = join(top, "pid");
  await expect(stopped("trap '' TERM; echo started; while :; do sleep 1; done")).rejects.toThrow("stopped");
  const left = stopped(`setsid sleep 600 & echo $! > ${pidFile}; echo started; wait`);
  await expect(left).rejects.toThrow("stopped");
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
}, 30_000);

test("what a command printed before its end is saved whole, however late it is read", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const pidFile = join(top, "pid");
  const script = `echo $$ > ${pidFile}; exec head -c 100000 /dev/zero`;
  const roots = await prepare([{ kind: "command", name: "dump", argv: ["sh", "-c", script] }]);
  const pace = async () => {
    while (!/gone|Z/.test(stateOf(Number(readFileSync(pidFile, "utf8"))))) await turn();
    await turn();
    vi.advanceTimersByTime(10 * outputGraceMs);
  };
  const contents = await contentsOf(await saveTree(roots, { pace }));
  expect(contents.get("/@commands/dump")?.equals(Buffer.alloc(100_000))).toBe(true);
});

test("what a command left behind may print more, and fails the point when it is silent for long with the output open", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const more = join(top, "more");
  const later = `{ until [ -e ${more} ]; do sleep 0.01; done; printf second; } & echo first`;
  const prepared = await prepare([{ kind: "command", name: "db", argv: ["sh", "-c", later] }]);
  const saving = saveTree(prepared, { pace: () => void writeFileSync(more, "") });
  expect((await contentsOf(await saving)).get("/@commands/db")?.toString()).toBe("first\nsecond");

  const pidFile = join(top, "pid");
  const script = `setsid sleep 600 & echo $! > ${pidFile}; echo first`;
  const held = saveTree(await prepare([{ kind: "command", name: "db", argv: ["sh", "-c", script] }]));
  const ended = expect(held).rejects.toMatchObject({
    message: "the command for db failed: something that it left behind holds its output open",
  });
  let isOver = false;
  void held
    .catch(() => undefined)
    .then(() => {
      isOver = true;
    });
  for (let turns = 0; !isOver && turns < 100_000; turns++) {
    await turn();
    vi.advanceTimersByTime(outputGraceMs / 100);
  }
  await ended;
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a device is saved as one file of its size, and what is unused on it is a hole", async () => {
  const disk = Buffer.concat([noise(1, 3 << 20), Buffer.alloc(20 << 20), noise(2, (1 << 20) + 512)]);
  writeFileSync(join(top, "disk"), disk);
  const roots: RootNode = { name: Buffer.alloc(0), whole: false, children: new Map() };
  nodeAt(roots, Buffer.from("/dev/vdz")).supply = supplyDevice("/dev/vdz", join(top, "disk"));
  const saved = await saveTree(roots);
  expect((await contentsOf(saved)).get("/dev/vdz")?.equals(disk)).toBe(true);
  expect(saved.blocks.size).toBeLessThan(10);
});

test("a source that is not there is a failure; two commands of one name are wrong use", async () => {
  await expect(prepare([{ kind: "path", path: join(top, "gone") }])).rejects.toMatchObject({ code: "source.missing" });
  const twice: Source[] = [1, 2].map(() => ({ kind: "command", name: "a", argv: ["true"] }));
  await expect(prepare(twice)).rejects.toMatchObject({ code: "agent.usage" });
});
