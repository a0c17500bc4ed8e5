import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PolicySettings, policySettingsSchema } from "@casaforte/contract/policies";
import { Failure } from "@casaforte/kernel";
import { FakeClock } from "@casaforte/testkit";
import type { DevicePolicyReply, PolicyAcknowledgement } from "@casaforte/vault";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AgentHome } from "../state/home.ts";
import { passTime } from "../testing/pass-time.ts";
import { contentsOf, saveTree } from "../testing/saved-tree.ts";
import { ScanFilter } from "../tree/scan-filter.ts";
import { type DaemonEvent, type DaemonPorts, followPolicy } from "./daemon.ts";
import { readDaemonState } from "./daemon-state.ts";
import { lookMsMax } from "./limits.ts";
import { filePolicyFeed } from "./policy-feed.ts";
import { runInputOf } from "./policy-run.ts";
import { nextRunMs, scheduleInWords } from "./schedule.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 10, 30, 12, 0);
let top = "";

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "daemon-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const schedule = { kind: "cron", expression: "0 2 * * *", timeZone: "UTC", spreadMinutes: 0, catchUp: true } as const;
const settingsOf = (changes: Partial<PolicySettings> = {}): PolicySettings =>
  policySettingsSchema.parse({
    sources: [{ kind: "directory", name: "documents", paths: ["/srv"] }],
    schedule,
    retention: { points: 7, days: 0, weeks: 0, months: 0, years: 0 },
    lockDays: null,
    bandwidth: { bytesPerSecond: null, windows: [] },
    hooks: { before: [], after: [] },
    compression: "fast",
    snapshot: "off",
    chain: { incrementsMax: 14, repackBytesMax: 0 },
    verify: null,
    alerts: { onFailure: true, noSuccessDays: 0 },
    ...changes,
  });

/** A daemon on a clock of our own, under a policy, whose runs end as `outcomes` say. */
function startDaemon(
  more: {
    settings?: PolicySettings;
    clock?: FakeClock;
    mayRunCommands?: boolean;
    /** In place of a run that ends as `outcomes` say. */
    run?: (signal: AbortSignal) => Promise<{ readonly result: "ok" }>;
    update?: () => Promise<string | null>;
    /** Nothing that was kept from a run before. */
    isForgetful?: boolean;
    /** Whether the vault hears nothing. */
    isDeaf?: () => boolean;
  } = {},
) {
  const clock = more.clock ?? new FakeClock(start);
  const events: DaemonEvent[] = [];
  const runs: number[] = [];
  const outcomes: (Failure | "partial")[] = [];
  const verified: number[] = [];
  const verifyOutcomes: (Failure | "partial")[] = [];
  const acknowledged: PolicyAcknowledgement[] = [];
  const stop = new AbortController();
  const policyId = "00000000-0000-7000-8000-000000000001";
  const policy = { policyId, version: 1, name: "Offices", settings: more.settings ?? settingsOf() };
  const orders: DevicePolicyReply = { policy, runRequest: null };
  let waiting: PromiseWithResolvers<DevicePolicyReply> | null = null;
  const home = new AgentHome(join(top, "home"));
  const ports: DaemonPorts = {
    home,
    deviceId: "device",
    clock,
    feed: {
      kept: () => (more.isForgetful ? null : orders),
      next(signal) {
        waiting = Promise.withResolvers();
        signal.addEventListener("abort", () => waiting?.reject(signal.reason), { once: true });
        return waiting.promise;
      },
      acknowledge: async (input) => {
        if (more.isDeaf?.()) throw new Failure("unavailable", "vault.unreachable", "the line is down");
        acknowledged.push(input);
      },
    },
    mayRunCommands: () => more.mayRunCommands === true,
    isUnattended: () => true,
    run: async (_, signal) => {
      runs.push(clock.nowMs());
      if (more.run) return more.run(signal);
      const outcome = outcomes.shift();
      if (outcome instanceof Failure) throw outcome;
      return { result: outcome ?? "ok" };
    },
    verify: async (sampleBytes) => {
      verified.push(sampleBytes);
      const outcome = verifyOutcomes.shift();
      if (outcome instanceof Failure) throw outcome;
      return { result: outcome ?? "ok" };
    },
    onEvent: (event) => events.push(event),
    ...(more.update ? { update: more.update } : {}),
  };
  const ended = followPolicy(ports, stop.signal).catch((error: unknown) => error);
  return {
    clock,
    events,
    runs,
    outcomes,
    verified,
    verifyOutcomes,
    acknowledged,
    home,
    policy,
    ended,
    stop: async () => {
      stop.abort(new Failure("cancelled", "agent.interrupted", "stopped"));
      return ended;
    },
    send: (reply: Partial<DevicePolicyReply>) => waiting?.resolve({ ...orders, ...reply }),
  };
}

const at = (text: string): number => Date.parse(`2026-${text}Z`);
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("runs begin at their times, and the vault hears which policy is followed and when the next run is", async () => {
  const daemon = startDaemon();
  await passTime(daemon.clock, 38 * hour + 30 * 1000);
  expect(daemon.runs).toEqual([at("12-01T02:00:00"), at("12-02T02:00:00")]);
  expect(daemon.acknowledged[0]).toEqual({
    policy: {
      policyId: daemon.policy.policyId,
      version: 1,
      state: "following",
      code: null,
      nextRunAt: "2026-12-01T02:00:00.000Z",
    },
    takenRequestId: null,
  });
  expect(daemon.acknowledged.at(-1)?.policy?.nextRunAt).toBe("2026-12-03T02:00:00.000Z");
  expect(await daemon.stop()).toMatchObject({ code: "agent.interrupted" });
});

test("a sample is restored after the first backup and then every so many days; damage is told and is no failed backup", async () => {
  const daemon = startDaemon({ settings: settingsOf({ verify: { everyDays: 3, sampleBytes: 5_000_000 } }) });
  const partial = new Failure("corrupt", "agent.damaged", "a block failed its check");
  daemon.verifyOutcomes.push("partial", partial);
  await passTime(daemon.clock, (14 + 6 * 24) * hour + minute);
  expect(daemon.runs).toHaveLength(7);
  expect(daemon.verified).toEqual([5_000_000, 5_000_000, 5_000_000]);
  expect(daemon.events.filter(({ event }) => event === "verified")).toEqual([
    { event: "verified", result: "partial", code: "verify.damaged" },
    { event: "verified", result: "failed", code: "agent.damaged" },
    { event: "verified", result: "ok", code: null },
  ]);
  expect(readDaemonState(daemon.home)?.failures).toBe(0);
  await daemon.stop();
  const without = startDaemon();
  await passTime(without.clock, 38 * hour);
  expect(without.verified).toEqual([]);
  await without.stop();
});

test("once a day a newer version is asked for, a failure is told, one that is there ends the daemon, and a policy forbids it", async () => {
  const asked: number[] = [];
  const answers = [null, new Failure("corrupt", "agent.update_signature", "another key"), "0.2.0"];
  const clock = new FakeClock(start);
  const update = async () => {
    asked.push(clock.nowMs());
    const answer = answers.shift() ?? null;
    if (answer instanceof Failure) throw answer;
    return answer;
  };
  const daemon = startDaemon({ clock, update });
  await passTime(clock, 72 * hour);
  const [first = 0] = asked;
  expect(first).toBeLessThanOrEqual(start + 24 * hour);
  expect(asked.map((at) => Math.round((at - first) / hour))).toEqual([0, 24, 48]);
  expect(daemon.events.filter(({ event }) => event === "update")).toEqual([
    { event: "update", version: null, code: null },
    { event: "update", version: null, code: "agent.update_signature" },
    { event: "update", version: "0.2.0", code: null },
  ]);
  expect(await daemon.ended).toMatchObject({ code: "agent.updated" });
  asked.splice(0);
  const forbidden = startDaemon({ clock, update, settings: settingsOf({ agentUpdates: false }) });
  await passTime(clock, 30 * hour);
  expect(asked).toEqual([]);
  await forbidden.stop();
});

test("what the policy says of the chain is handed on to the run", () => {
  const chain = { incrementsMax: 5, repackBytesMax: 1_000_000 };
  expect(runInputOf(settingsOf({ chain }), false).chain).toEqual(chain);
});

test("a policy's rules hold where its path leads when the run begins, not where it led when the run was planned", async () => {
  for (const disk of ["old", "new"]) {
    mkdirSync(join(top, disk, "keep"), { recursive: true });
    for (const name of ["keep/file", "secret", "own", "keep/own"]) writeFileSync(join(top, disk, name), disk);
  }
  const path = join(top, "data");
  symlinkSync(join(top, "old"), path);
  const names = { include: [], exclude: ["secret", "/own"] };
  const sources: PolicySettings["sources"] = [
    { kind: "directory", name: "data", paths: [path], crossFileSystems: false, ...names },
  ];
  const input = runInputOf(settingsOf({ sources }), false);
  rmSync(path);
  symlinkSync(join(top, "new"), path);
  const rules = input.rules?.() ?? [];
  const saved = await saveTree([path], { filter: new ScanFilter(rules, () => undefined) });
  expect([...(await contentsOf(saved)).keys()]).toEqual(
    ["keep/file", "keep/own"].map((name) => join(top, "new", name)),
  );
  const mount = Buffer.from(join(top, "new", "disk"));
  const candidate = { shown: mount, path: mount, isDirectory: true, isOtherFileSystem: true };
  expect(new ScanFilter(rules, () => undefined).fateOf(candidate)).toBe("empty");
});

test("a machine that slept or was off makes one run up for all it missed, unless the policy lets them go", async () => {
  const first = startDaemon();
  await passTime(first.clock, 15 * hour);
  await first.stop();
  const later = new FakeClock(start + 5 * 24 * hour);
  const second = startDaemon({ clock: later });
  await passTime(later, minute);
  expect(second.runs).toHaveLength(1);
  expect(second.events).toContainEqual({ event: "run_begins", why: "made_up", lateMs: 3 * 24 * hour + 10 * hour });
  await second.stop();
  const noCatchUp = settingsOf({ schedule: { ...schedule, catchUp: false } });
  const third = startDaemon({ clock: new FakeClock(start + 8 * 24 * hour), settings: noCatchUp });
  await passTime(third.clock, minute);
  expect(third.runs).toEqual([]);
  expect(third.events).toContainEqual({ event: "missed", at: "2026-12-06T02:00:00.000Z" });
  await third.stop();
});

test("a failed run is tried again after pauses that double, also after a restart, until one succeeds", async () => {
  const daemon = startDaemon();
  daemon.outcomes.push(
    ...[1, 2, 3].map(() => new Failure("unavailable", "vault.unreachable", "the line is down")),
    "partial",
  );
  await passTime(daemon.clock, 14 * hour + 2 * minute);
  expect(daemon.runs.map((ms) => (ms - at("12-01T02:00:00")) / minute)).toEqual([0, 1]);
  await daemon.stop();
  const again = startDaemon({ clock: daemon.clock });
  again.outcomes.push(new Failure("unavailable", "vault.unreachable", "the line is down"), "partial");
  await passTime(again.clock, 3 * hour);
  expect(again.runs.map((ms) => Math.round((ms - at("12-01T02:00:00")) / minute))).toEqual([3, 7]);
  expect(readDaemonState(again.home)).toMatchObject({ failures: 0, retryAtMs: null });
  await again.stop();
});

test("a run that ends with the daemon is made up for, and soon where the daemon was told to stop", async () => {
  const manual = settingsOf({ schedule: { kind: "manual" } });
  const run = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const first = startDaemon({ settings: manual, run });
  await passTime(first.clock, minute);
  const requestId = "00000000-0000-7000-8000-000000000009";
  first.send({ runRequest: { requestId, at: new Date(start).toISOString() } });
  for (let turns = 0; turns < 5; turns++) await turn();
  await passTime(first.clock, 3 * hour);
  expect(first.runs).toHaveLength(1);
  await first.stop();
  expect(readDaemonState(first.home)).toMatchObject({ failures: 0 });
  const second = startDaemon({ settings: manual, clock: first.clock });
  await passTime(first.clock, 2 * minute);
  expect(second.events).toContainEqual({ event: "run_begins", why: "retry", lateMs: 0 });
  expect(second.runs).toHaveLength(1);
  await second.stop();
});

test("a run that takes the whole process with it is tried again after pauses that double", async () => {
  const runs: number[] = [];
  for (let restarts = 0; restarts < 20; restarts++) {
    // What was killed hears of no time any more.
    const clock = new FakeClock(at("12-01T01:59:00") + restarts * minute);
    const killed = startDaemon({ clock, run: () => new Promise<never>(() => undefined) });
    await passTime(clock, minute);
    if (killed.runs.length > 0) runs.push(restarts);
  }
  expect(runs).toEqual([0, 1, 3, 7, 15]);
});

test("under a policy that is refused a daemon sleeps, though a failed run was to be tried again", async () => {
  const clock = new FakeClock(start);
  const pauses: number[] = [];
  const sleep = clock.sleep.bind(clock);
  clock.sleep = (ms, signal) => {
    pauses.push(ms);
    return sleep(ms, signal);
  };
  const daemon = startDaemon({ clock });
  daemon.outcomes.push(new Failure("unavailable", "vault.unreachable", "the line is down"));
  await passTime(clock, at("12-01T02:00:30") - clock.nowMs());
  expect(daemon.runs).toHaveLength(1);
  const hook = { command: "true", timeoutSeconds: 5, onFailure: "stop" } as const;
  daemon.send({ policy: { ...daemon.policy, settings: settingsOf({ hooks: { before: [hook], after: [] } }) } });
  for (let turns = 0; turns < 5; turns++) await turn();
  pauses.length = 0;
  await passTime(clock, 10 * minute);
  expect(daemon.runs).toHaveLength(1);
  expect(Math.min(...pauses)).toBe(lookMsMax);
  await daemon.stop();
});

test("a daemon whose memory is damaged begins anew and says so", async () => {
  const home = new AgentHome(join(top, "home"));
  home.create();
  const policyId = "00000000-0000-7000-8000-000000000001";
  for (const text of ["\0\0\0", "null", "[]", JSON.stringify({ policyId })]) {
    writeFileSync(home.path("daemon.json"), text);
    const daemon = startDaemon();
    await passTime(daemon.clock, 15 * hour);
    expect(daemon.events[0], text).toEqual({ event: "forgotten", message: `${home.path("daemon.json")} is damaged` });
    expect(daemon.runs).toHaveLength(1);
    await daemon.stop();
  }
});

test("the pause before another try is never longer than an hour, and a run begun by hand counts as no failure", async () => {
  const daemon = startDaemon();
  for (let count = 0; count < 12; count++)
    daemon.outcomes.push(new Failure("unavailable", "vault.unreachable", "down"));
  daemon.outcomes.push(new Failure("locked", "agent.running", "at work"));
  await passTime(daemon.clock, 23 * hour);
  const pauses = daemon.runs.slice(1).map((ms, index) => (ms - (daemon.runs[index] ?? 0)) / minute);
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 1]);
  await daemon.stop();
});

test("a clock that was set back does not stop the runs, and one that was set on makes one up", async () => {
  const daemon = startDaemon();
  await passTime(daemon.clock, 15 * hour);
  await daemon.stop();
  const back = startDaemon({ clock: new FakeClock(start - 100 * 24 * hour) });
  await passTime(back.clock, 15 * hour);
  expect(back.runs).toHaveLength(1);
  await back.stop();
  const forth = startDaemon({ clock: new FakeClock(start + 400 * 24 * hour) });
  await passTime(forth.clock, minute);
  expect(forth.runs).toHaveLength(1);
  await forth.stop();
});

test("somebody's wish to run is taken once, told to the vault, and does not disturb the schedule", async () => {
  const daemon = startDaemon();
  await passTime(daemon.clock, minute);
  const requestId = "00000000-0000-7000-8000-000000000009";
  for (let times = 0; times < 2; times++) {
    daemon.send({ runRequest: { requestId, at: new Date(start).toISOString() } });
    for (let turns = 0; turns < 5; turns++) await turn();
    await passTime(daemon.clock, minute);
  }
  expect(daemon.runs).toHaveLength(1);
  expect(daemon.acknowledged.filter((said) => said.takenRequestId === requestId)).toHaveLength(1);
  await passTime(daemon.clock, 14 * hour);
  expect(daemon.runs).toHaveLength(2);
  await daemon.stop();
});

test("what was asked for is run once, also by a new process, and told until the vault has heard it", async () => {
  let isDeaf = true;
  const manual = settingsOf({ schedule: { kind: "manual" } });
  const requestId = "00000000-0000-7000-8000-000000000009";
  const asked = { runRequest: { requestId, at: new Date(start).toISOString() } };
  const toldOf = ({ acknowledged }: { acknowledged: PolicyAcknowledgement[] }) =>
    acknowledged.filter(({ takenRequestId }) => takenRequestId === requestId).length;
  const sendTo = async (daemon: ReturnType<typeof startDaemon>) => {
    daemon.send(asked);
    for (let turns = 0; turns < 5; turns++) await turn();
    await passTime(daemon.clock, 1_000);
  };
  const first = startDaemon({ settings: manual, isDeaf: () => isDeaf });
  await passTime(first.clock, 1_000);
  await sendTo(first);
  expect([first.runs.length, toldOf(first)]).toEqual([1, 0]);
  await first.stop();
  const second = startDaemon({ settings: manual, clock: first.clock, isDeaf: () => isDeaf });
  await passTime(second.clock, 1_000);
  await sendTo(second);
  expect([second.runs.length, toldOf(second)]).toEqual([0, 0]);
  isDeaf = false;
  await sendTo(second);
  await sendTo(second);
  expect([second.runs.length, toldOf(second)]).toEqual([0, 1]);
  await second.stop();
});

test("what was asked for and fails at once is tried again without a schedule; one that is taken away takes its retry along", async () => {
  const down = new Failure("unavailable", "vault.unreachable", "the line is down");
  const manual = settingsOf({ schedule: { kind: "manual" } });
  const daemon = startDaemon({ settings: manual });
  daemon.outcomes.push(down);
  await passTime(daemon.clock, 1_000);
  const send = async (reply: Partial<DevicePolicyReply>) => {
    daemon.send(reply);
    for (let turns = 0; turns < 5; turns++) await turn();
    await passTime(daemon.clock, 1_000);
  };
  const requestId = "00000000-0000-7000-8000-000000000009";
  await send({ runRequest: { requestId, at: new Date(start).toISOString() } });
  expect(daemon.runs).toHaveLength(1);
  await send({ runRequest: null });
  await passTime(daemon.clock, 2 * minute);
  expect(daemon.runs).toHaveLength(2);
  await daemon.stop();
  const planned = startDaemon({ clock: daemon.clock });
  planned.outcomes.push(down);
  await passTime(planned.clock, at("12-01T02:00:30") - planned.clock.nowMs());
  expect(planned.runs).toHaveLength(1);
  planned.send({ policy: { ...planned.policy, settings: manual } });
  for (let turns = 0; turns < 5; turns++) await turn();
  await passTime(planned.clock, hour);
  expect(planned.runs).toHaveLength(1);
  await planned.stop();
});

test("a policy with commands is refused, and said so, where the machine's owner has not allowed them", async () => {
  const hook = { command: "true", timeoutSeconds: 5, onFailure: "stop" } as const;
  const settings = settingsOf({ hooks: { before: [hook], after: [] } });
  const daemon = startDaemon({ settings });
  await passTime(daemon.clock, 15 * hour);
  expect(daemon.runs).toEqual([]);
  expect(daemon.acknowledged.at(-1)?.policy).toMatchObject({ state: "refused", code: "policy.commands_forbidden" });
  await daemon.stop();
  const allowed = startDaemon({ settings, mayRunCommands: true });
  await passTime(allowed.clock, 15 * hour);
  expect(allowed.runs.length).toBeGreaterThan(0);
  await allowed.stop();
});

test("a daemon that has no policy rests, though something was to be tried again long ago", async () => {
  new AgentHome(join(top, "home")).writeJson("daemon.json", {
    policyId: null,
    policyName: null,
    servedUntilMs: start - hour,
    failures: 1,
    retryAtMs: start - hour,
    nextRunAt: null,
  });
  const pauses: number[] = [];
  class ListeningClock extends FakeClock {
    override sleep(ms: number, signal?: AbortSignal): Promise<void> {
      pauses.push(ms);
      return super.sleep(ms, signal);
    }
  }
  const daemon = startDaemon({ clock: new ListeningClock(start), isForgetful: true });
  await passTime(daemon.clock, 2 * minute);
  await daemon.stop();
  expect([...new Set(pauses)]).toEqual([lookMsMax]);
  expect(daemon.runs).toEqual([]);
});

test("a revoked device ends its daemon instead of trying for ever", async () => {
  const daemon = startDaemon();
  daemon.outcomes.push(new Failure("unauthenticated", "vault.token_invalid", "revoked"));
  await passTime(daemon.clock, 15 * hour);
  expect(await daemon.ended).toMatchObject({ code: "vault.token_invalid" });
});

test("times are those of the policy's zone through a change to summer time, and each device has its own delay", () => {
  const rome = { ...schedule, timeZone: "Europe/Rome", expression: "30 2 * * *" };
  const runs: string[] = [];
  for (let ms = Date.UTC(2027, 2, 26, 12); runs.length < 4; ) {
    ms = nextRunMs(rome, "d", ms) ?? 0;
    runs.push(new Date(ms).toISOString());
  }
  expect(runs.slice(0, 2)).toEqual(["2027-03-27T01:30:00.000Z", expect.stringMatching(/^2027-03-28T0[01]:[03]0/)]);
  expect(runs.slice(2)).toEqual(["2027-03-29T00:30:00.000Z", "2027-03-30T00:30:00.000Z"]);
  const spread = { ...schedule, spreadMinutes: 60 };
  const delays = ["a", "b", "c"].map((id) => ((nextRunMs(spread, id, start) ?? 0) - at("12-01T02:00:00")) / minute);
  expect(new Set(delays).size).toBe(3);
  for (const delay of delays) expect(delay >= 0 && delay <= 60).toBe(true);
  expect(nextRunMs(spread, "a", (nextRunMs(spread, "a", start) ?? 0) - 1)).toBe(nextRunMs(spread, "a", start));
});

test("schedules are said in words", () => {
  const words = (expression: string) => scheduleInWords({ ...schedule, expression });
  expect(words("30 2 * * *")).toBe("every day at 02:30 (UTC)");
  expect(words("0 20 * * 1-5")).toBe("Monday to Friday at 20:00 (UTC)");
  expect(words("0 3 * * 7")).toBe("every Sunday at 03:00 (UTC)");
  expect(words("*/15 * * * *")).toBe("every 15 minutes");
  expect(words("1 2 3 4 5")).toBe("1 2 3 4 5 (UTC)");
});

test("a policy's sources become one run, and a policy file that is none is refused with the place", () => {
  const settings = settingsOf({
    sources: [
      {
        kind: "directory",
        name: "a",
        paths: ["/usr", "/etc"],
        include: [],
        exclude: ["*.tmp"],
        crossFileSystems: false,
      },
      { kind: "image", name: "disk", path: "/dev/vg/data" },
      { kind: "command", name: "db", command: "pg_dump shop | gzip", fileName: "shop.sql.gz" },
    ],
    snapshot: "auto",
  });
  const input = runInputOf(settings, true);
  expect(input.sources).toEqual([
    { kind: "path", path: "/usr" },
    { kind: "path", path: "/etc" },
    { kind: "path", path: "/dev/vg/data" },
    { kind: "command", name: "shop.sql.gz", argv: ["/bin/sh", "-c", "pg_dump shop | gzip"] },
  ]);
  expect(input.rules?.().map(({ under, oneFileSystem }) => [under, oneFileSystem])).toEqual([
    ["/usr", true],
    ["/etc", true],
  ]);
  expect([input.snapshot, runInputOf(settings, false).snapshot]).toEqual(["auto", "never"]);
  expect(filePolicyFeed(JSON.stringify({ name: "here", settings })).kept()?.policy?.settings).toEqual(settings);
  const broken = { name: "x", settings: { ...settings, compression: "tiny" } };
  expect(() => filePolicyFeed(JSON.stringify(broken))).toThrow(/settings\.compression/);
});
