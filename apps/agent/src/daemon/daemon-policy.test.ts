import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { PolicySettings } from "@casaforte/contract/policies";
import { FakeClock } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { passTime } from "../testing/pass-time.ts";
import { contentsOf, saveTree } from "../testing/saved-tree.ts";
import { ScanFilter } from "../tree/scan-filter.ts";
import { at, daemonBench, hour, minute, settingsOf, start, unreachable } from "./daemon-bench.test-support.ts";
import { lookMsMax } from "./limits.ts";
import { filePolicyFeed } from "./policy-feed.ts";
import { runInputOf } from "./policy-run.ts";

const { inTop, startDaemon } = daemonBench();

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

test("under a policy that is refused a daemon sleeps, though a failed run was to be tried again", async () => {
  const clock = new FakeClock(start);
  const pauses: number[] = [];
  const sleep = clock.sleep.bind(clock);
  clock.sleep = (ms, signal) => {
    pauses.push(ms);
    return sleep(ms, signal);
  };
  const daemon = startDaemon({ clock });
  daemon.outcomes.push(unreachable());
  await passTime(clock, at("12-01T02:00:30") - clock.nowMs());
  expect(daemon.runs).toHaveLength(1);
  const hook = { command: "true", timeoutSeconds: 5, onFailure: "stop" } as const;
  await daemon.send({ policy: { ...daemon.policy, settings: settingsOf({ hooks: { before: [hook], after: [] } }) } });
  pauses.length = 0;
  await passTime(clock, 10 * minute);
  expect(daemon.runs).toHaveLength(1);
  expect(Math.min(...pauses)).toBe(lookMsMax);
  await daemon.stop();
});

test("what the policy says of the chain is handed on to the run", () => {
  const chain = { incrementsMax: 5, repackBytesMax: 1_000_000 };
  expect(runInputOf(settingsOf({ chain }), false).chain).toEqual(chain);
});

test("a policy's rules hold where its path leads when the run begins, not where it led when the run was planned", async () => {
  for (const disk of ["old", "new"]) {
    mkdirSync(inTop(disk, "keep"), { recursive: true });
    for (const name of ["keep/file", "secret", "own", "keep/own"]) writeFileSync(inTop(disk, name), disk);
  }
  const path = inTop("data");
  symlinkSync(inTop("old"), path);
  const names = { include: [], exclude: ["secret", "/own"] };
  const sources: PolicySettings["sources"] = [
    { kind: "directory", name: "data", paths: [path], crossFileSystems: false, ...names },
  ];
  const input = runInputOf(settingsOf({ sources }), false);
  rmSync(path);
  symlinkSync(inTop("new"), path);
  const rules = input.rules?.() ?? [];
  const saved = await saveTree([path], { filter: new ScanFilter(rules, () => undefined) });
  expect([...(await contentsOf(saved)).keys()]).toEqual(["keep/file", "keep/own"].map((name) => inTop("new", name)));
  const mount = Buffer.from(inTop("new", "disk"));
  const candidate = { shown: mount, path: mount, isDirectory: true, isOtherFileSystem: true };
  expect(new ScanFilter(rules, () => undefined).fateOf(candidate)).toBe("empty");
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
