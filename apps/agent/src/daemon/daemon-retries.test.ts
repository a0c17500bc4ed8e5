import { writeFileSync } from "node:fs";
import { Failure } from "@casaforte/kernel";
import { FakeClock } from "@casaforte/testkit";
import type { DevicePolicyReply, PolicyAcknowledgement } from "@casaforte/vault";
import { expect, test } from "vitest";
import { passTime } from "../testing/pass-time.ts";
import {
  at,
  type BenchDaemon,
  daemonBench,
  hour,
  minute,
  policyId,
  runRequest,
  settingsOf,
  start,
  unreachable,
} from "./daemon-bench.test-support.ts";
import { readDaemonState } from "./daemon-state.ts";
import { lookMsMax } from "./limits.ts";

const { home, startDaemon } = daemonBench();

test("a failed run is tried again after pauses that double, also after a restart, until one succeeds", async () => {
  const daemon = startDaemon();
  daemon.outcomes.push(...[1, 2, 3].map(() => unreachable()), "partial");
  await passTime(daemon.clock, 14 * hour + 2 * minute);
  expect(daemon.runs.map((ms) => (ms - at("12-01T02:00:00")) / minute)).toEqual([0, 1]);
  await daemon.stop();
  const again = startDaemon({ clock: daemon.clock });
  again.outcomes.push(unreachable(), "partial");
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
  await first.send({ runRequest });
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

test("the pause before another try is never longer than an hour, and a run begun by hand counts as no failure", async () => {
  const daemon = startDaemon();
  for (let count = 0; count < 12; count++) daemon.outcomes.push(unreachable());
  daemon.outcomes.push(new Failure("locked", "agent.running", "at work"));
  await passTime(daemon.clock, 23 * hour);
  const pauses = daemon.runs.slice(1).map((ms, index) => (ms - (daemon.runs[index] ?? 0)) / minute);
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 1]);
  await daemon.stop();
});

test("somebody's wish to run is taken once, told to the vault, and does not disturb the schedule", async () => {
  const daemon = startDaemon();
  await passTime(daemon.clock, minute);
  for (let times = 0; times < 2; times++) {
    await daemon.send({ runRequest });
    await passTime(daemon.clock, minute);
  }
  expect(daemon.runs).toHaveLength(1);
  expect(daemon.acknowledged.filter((said) => said.takenRequestId === runRequest.requestId)).toHaveLength(1);
  await passTime(daemon.clock, 14 * hour);
  expect(daemon.runs).toHaveLength(2);
  await daemon.stop();
});

test("what was asked for is run once, also by a new process, and told until the vault has heard it", async () => {
  let isDeaf = true;
  const manual = settingsOf({ schedule: { kind: "manual" } });
  const asked = { runRequest };
  const toldOf = ({ acknowledged }: { acknowledged: PolicyAcknowledgement[] }) =>
    acknowledged.filter(({ takenRequestId }) => takenRequestId === runRequest.requestId).length;
  const sendTo = async (daemon: BenchDaemon) => {
    await daemon.send(asked);
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
  const down = unreachable();
  const manual = settingsOf({ schedule: { kind: "manual" } });
  const daemon = startDaemon({ settings: manual });
  daemon.outcomes.push(down);
  await passTime(daemon.clock, 1_000);
  const send = async (reply: Partial<DevicePolicyReply>) => {
    await daemon.send(reply);
    await passTime(daemon.clock, 1_000);
  };
  await send({ runRequest });
  expect(daemon.runs).toHaveLength(1);
  await send({ runRequest: null });
  await passTime(daemon.clock, 2 * minute);
  expect(daemon.runs).toHaveLength(2);
  await daemon.stop();
  const planned = startDaemon({ clock: daemon.clock });
  planned.outcomes.push(down);
  await passTime(planned.clock, at("12-01T02:00:30") - planned.clock.nowMs());
  expect(planned.runs).toHaveLength(1);
  await planned.send({ policy: { ...planned.policy, settings: manual } });
  await passTime(planned.clock, hour);
  expect(planned.runs).toHaveLength(1);
  await planned.stop();
});

test("a daemon that has no policy rests, though something was to be tried again long ago", async () => {
  home().writeJson("daemon.json", {
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

test("a daemon whose memory is damaged begins anew and says so", async () => {
  const kept = home();
  kept.create();
  for (const text of ["\0\0\0", "null", "[]", JSON.stringify({ policyId })]) {
    writeFileSync(kept.path("daemon.json"), text);
    const daemon = startDaemon();
    await passTime(daemon.clock, 15 * hour);
    expect(daemon.events[0], text).toEqual({ event: "forgotten", message: `${kept.path("daemon.json")} is damaged` });
    expect(daemon.runs).toHaveLength(1);
    await daemon.stop();
  }
});
