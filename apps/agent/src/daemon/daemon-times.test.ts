import { Failure } from "@casaforte/kernel";
import { FakeClock } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { passTime } from "../testing/pass-time.ts";
import { at, daemonBench, hour, minute, schedule, settingsOf, start } from "./daemon-bench.test-support.ts";
import { readDaemonState } from "./daemon-state.ts";
import { nextRunMs, scheduleInWords } from "./schedule.ts";

const { startDaemon } = daemonBench();

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
