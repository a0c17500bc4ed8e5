import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PolicySettings, policySettingsSchema } from "@casaforte/contract/policies";
import { type Fate, type MemoryVault, startMemoryVault } from "@casaforte/vault/memory";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock, systemRandom } from "../outside.ts";
import { AgentHome } from "../state/home.ts";
import { type AgentRun, runAgent } from "../testing/agent-process.ts";
import { noise } from "../testing/nasty-tree.ts";
import { type DaemonState, readDaemonState } from "./daemon-state.ts";

vi.setConfig({ testTimeout: 300_000 });

const password = "correct horse battery";
let top = "";
let vault: MemoryVault;
let fate: (path: string) => Fate = () => "pass";
let partsAtMs: number[] = [];
const started: Daemon[] = [];

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), "daemon-process-"));
  mkdirSync(join(top, "tree"));
  fate = () => "pass";
  partsAtMs = [];
  vault = await startMemoryVault({
    clock: systemClock,
    random: systemRandom,
    fate: ({ method, path }) => {
      if (method === "PUT" && /\/parts\/\d+$/.test(path)) partsAtMs.push(systemClock.nowMs());
      return fate(path);
    },
  });
});
afterEach(async () => {
  for (const daemon of started.splice(0)) await daemon.stop();
  await vault.close();
  rmSync(top, { recursive: true, force: true });
});

const homePath = () => join(top, "home");
const agent = (args: readonly string[], given: string | null = password) =>
  runAgent(args, { home: homePath(), password: given });
const json = (run: AgentRun) => JSON.parse(run.stdout);

interface Daemon {
  /** What it printed so far, a line each. */
  readonly events: Readonly<Record<string, unknown>>[];
  stop(): Promise<AgentRun>;
}

/** The program as its service starts it. */
function startDaemon(): Daemon {
  const events: Record<string, unknown>[] = [];
  let child: ChildProcess | undefined;
  let rest = "";
  const ended = runAgent(["run", "--json"], {
    home: homePath(),
    password: null,
    onSpawn: (spawned) => {
      child = spawned;
      spawned.stdout?.on("data", (text: Buffer) => {
        const lines = (rest + text.toString()).split("\n");
        rest = lines.pop() ?? "";
        events.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
      });
    },
  });
  const daemon = {
    events,
    stop: () => {
      child?.kill("SIGTERM");
      return ended;
    },
  };
  started.push(daemon);
  return daemon;
}

const hookFile = () => join(top, "hooks");

const settings = (): PolicySettings =>
  policySettingsSchema.parse({
    sources: [{ kind: "directory", name: "documents", paths: [join(top, "tree")] }],
    // Not while the test runs: what begins was asked for, or made up for.
    schedule: { kind: "cron", expression: "0 0 1 1 *", timeZone: "UTC", spreadMinutes: 0, catchUp: true },
    retention: { points: 7, days: 0, weeks: 0, months: 0, years: 0 },
    lockDays: null,
    bandwidth: { bytesPerSecond: 4_000_000, windows: [] },
    hooks: {
      before: [{ command: `echo before >> ${hookFile()}`, timeoutSeconds: 60, onFailure: "stop" }],
      after: [{ command: `echo after $CASAFORTE_RESULT >> ${hookFile()}`, timeoutSeconds: 60, onFailure: "stop" }],
    },
    compression: "small",
    snapshot: "auto",
    chain: { incrementsMax: 14, repackBytesMax: 0 },
    verify: { everyDays: 7, sampleBytes: 1_000_000 },
    alerts: { onFailure: true, noSuccessDays: 0 },
  });

test("the daemon's program follows a policy: commands, pace, packing, sample; without the vault it keeps to the last one", async () => {
  const token = vault.enrolmentToken(vault.addSpace());
  expect(await agent(["enroll", "--vault", vault.baseUrl, "--token", token, "--name", "Shop"])).toMatchObject({
    code: 0,
  });
  const { deviceId } = json(await agent(["status", "--json"]));
  await agent(["backup", join(top, "tree")]);
  await agent(["remember"]);
  await agent(["allow-snapshots", "no"]);
  // Digits: LZ4 finds nothing in them to shorten, zstd half.
  const text = noise(1, 10_000_000).toString("hex");
  writeFileSync(join(top, "tree", "digits"), text);
  vault.setPolicy(deviceId, { name: "Shops", settings: settings() });

  const daemon = startDaemon();
  const refused = { state: "refused", code: "policy.commands_forbidden" };
  await vi.waitFor(() => expect(vault.acknowledgements(deviceId).at(-1)?.policy).toMatchObject(refused), waiting);
  expect((await agent(["allow-commands", "yes"])).code).toBe(0);
  partsAtMs = [];
  vault.requestRun(deviceId);
  await vi.waitFor(() => expect(vault.reports(deviceId).at(-1)).toMatchObject({ kind: "verify" }), waiting);

  const [, run, sample] = vault.reports(deviceId);
  expect(run).toMatchObject({ result: "ok", code: null, filesTotal: 1 });
  expect(run?.bytesSent).toBeLessThan(text.length * 0.7);
  // All but the last part went at the pace of the policy; none of them had to wait for its turn before the first.
  expect((partsAtMs.at(-1) ?? 0) - (partsAtMs[0] ?? 0)).toBeGreaterThan(1000);
  expect(readFileSync(hookFile(), "utf8")).toBe("before\nafter ok\n");
  expect(sample).toMatchObject({ result: "ok", pointId: run?.pointId, filesUnreadable: 0 });
  const said = daemon.events.find(({ event }) => event === "notes");
  expect(said?.["notes"]).toMatchObject([{ code: "no_snapshot", message: expect.stringContaining("allow-snapshots") }]);
  expect((await daemon.stop()).code).toBe(0);

  // A year later, by what it remembers, on a line that brings no orders.
  const home = new AgentHome(homePath());
  const state = readDaemonState(home);
  home.writeJson("daemon.json", { ...state, servedUntilMs: 0 } satisfies Partial<DaemonState>);
  fate = (path) => (path.includes("policy") ? "drop" : "pass");
  const again = startDaemon();
  await vi.waitFor(() => expect(vault.reports(deviceId)).toHaveLength(4), waiting);
  expect(again.events).toContainEqual(expect.objectContaining({ event: "policy", name: "Shops", state: "following" }));
  expect(again.events).toContainEqual(expect.objectContaining({ event: "run_begins", why: "made_up" }));
  expect(readFileSync(hookFile(), "utf8")).toBe("before\nafter ok\nbefore\nafter ok\n");
  expect(json(await agent(["points", "--json"]))).toHaveLength(3);
});

const waiting = { timeout: 60_000, interval: 50 };
