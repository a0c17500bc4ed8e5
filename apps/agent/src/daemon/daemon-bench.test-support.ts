import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PolicySettings, policySettingsSchema } from "@casaforte/contract/policies";
import { Failure } from "@casaforte/kernel";
import { FakeClock } from "@casaforte/testkit";
import type { DevicePolicyReply, PolicyAcknowledgement } from "@casaforte/vault";
import { afterEach, beforeEach } from "vitest";
import { AgentHome } from "../state/home.ts";
import { type DaemonEvent, type DaemonPorts, followPolicy } from "./daemon.ts";

export const minute = 60_000;
export const hour = 60 * minute;
/** When every daemon of the bench begins, unless it is given a clock. */
export const start = Date.UTC(2026, 10, 30, 12, 0);
export const at = (text: string): number => Date.parse(`2026-${text}Z`);

export const policyId = "00000000-0000-7000-8000-000000000001";
/** What somebody asks for: one run, now. */
export const runRequest = { requestId: "00000000-0000-7000-8000-000000000009", at: new Date(start).toISOString() };
export const unreachable = () => new Failure("unavailable", "vault.unreachable", "the line is down");

export const schedule = {
  kind: "cron",
  expression: "0 2 * * *",
  timeZone: "UTC",
  spreadMinutes: 0,
  catchUp: true,
} as const;
export const settingsOf = (changes: Partial<PolicySettings> = {}): PolicySettings =>
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

export interface DaemonOptions {
  readonly settings?: PolicySettings;
  readonly clock?: FakeClock;
  readonly mayRunCommands?: boolean;
  /** In place of a run that ends as `outcomes` say. */
  readonly run?: (signal: AbortSignal) => Promise<{ readonly result: "ok" }>;
  readonly update?: () => Promise<string | null>;
  /** Nothing that was kept from a run before. */
  readonly isForgetful?: boolean;
  /** Whether the vault hears nothing. */
  readonly isDeaf?: () => boolean;
}

export type BenchDaemon = ReturnType<typeof startDaemon>;

/** A directory for each test of a file, in which its daemons, one after the other, have one home. */
export function daemonBench() {
  let top = "";
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), "daemon-"));
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));
  const home = () => new AgentHome(join(top, "home"));
  return {
    inTop: (...names: readonly string[]) => join(top, ...names),
    home,
    startDaemon: (more: DaemonOptions = {}) => startDaemon(home(), more),
  };
}

/** A daemon on a clock of our own, under a policy, whose runs end as `outcomes` say. */
function startDaemon(home: AgentHome, more: DaemonOptions = {}) {
  const clock = more.clock ?? new FakeClock(start);
  const events: DaemonEvent[] = [];
  const runs: number[] = [];
  const outcomes: (Failure | "partial")[] = [];
  const verified: number[] = [];
  const verifyOutcomes: (Failure | "partial")[] = [];
  const acknowledged: PolicyAcknowledgement[] = [];
  const stop = new AbortController();
  const policy = { policyId, version: 1, name: "Offices", settings: more.settings ?? settingsOf() };
  const orders: DevicePolicyReply = { policy, runRequest: null };
  let waiting: PromiseWithResolvers<DevicePolicyReply> | null = null;
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
        if (more.isDeaf?.()) throw unreachable();
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
    /** Other orders, and time for them to be taken. */
    send: async (reply: Partial<DevicePolicyReply>) => {
      waiting?.resolve({ ...orders, ...reply });
      for (let turns = 0; turns < 5; turns++) await turn();
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
