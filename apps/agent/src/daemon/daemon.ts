import type { PolicySettings } from "@casaforte/contract/policies";
import { type Clock, Failure } from "@casaforte/kernel";
import type { DevicePolicyReply } from "@casaforte/vault";
import type { AgentHome } from "../state/home.ts";
import { type DaemonState, freshState, keepDaemonState, readDaemonState } from "./daemon-state.ts";
import { dailyDue, firstDailyMs } from "./daily.ts";
import { lookMsMax, missedAfterMs, retryMsFirst, retryMsMax } from "./limits.ts";
import type { PolicyFeed } from "./policy-feed.ts";
import { hasCommands } from "./policy-run.ts";
import { nextRunMs } from "./schedule.ts";

export type DaemonEvent =
  | {
      readonly event: "policy";
      readonly name: string | null;
      readonly state: "following" | "refused" | "none";
      readonly code: string | null;
      readonly nextRunAt: string | null;
    }
  | { readonly event: "run_begins"; readonly why: RunReason; readonly lateMs: number }
  | {
      readonly event: "run_ends";
      readonly result: "ok" | "partial" | "failed";
      readonly code: string | null;
      readonly message: string | null;
      readonly retryAt: string | null;
    }
  | { readonly event: "verified"; readonly result: "ok" | "partial" | "failed"; readonly code: string | null }
  | { readonly event: "update"; readonly version: string | null; readonly code: string | null }
  | { readonly event: "missed"; readonly at: string }
  /** What was remembered could not be read. */
  | { readonly event: "forgotten"; readonly message: string };

export type RunReason = "scheduled" | "made_up" | "retry" | "asked";

export interface DaemonPorts {
  readonly home: AgentHome;
  readonly deviceId: string;
  readonly clock: Clock;
  readonly feed: PolicyFeed;
  /** Whether this device lets a policy run commands. */
  readonly mayRunCommands: () => boolean;
  /** Whether runs need no password here. */
  readonly isUnattended: () => boolean;
  /** One backup. @throws as `runBackup` does. */
  readonly run: (settings: PolicySettings, signal: AbortSignal) => Promise<{ readonly result: "ok" | "partial" }>;
  /** Restores a sample of the newest point and compares it. @throws as `runVerify` does. */
  readonly verify: (sampleBytes: number, signal: AbortSignal) => Promise<{ readonly result: "ok" | "partial" }>;
  /** Takes a newer version, if there is one: then its number. Absent where something else updates the agent. */
  readonly update?: (signal: AbortSignal) => Promise<string | null>;
  readonly onEvent: (event: DaemonEvent) => void;
}

interface Due {
  readonly why: RunReason;
  readonly lateMs: number;
  readonly requestId: string | null;
}

/**
 * Follows the device's policy until it is stopped: runs at their times, makes one up for all that were missed, tries a
 * failed one again after longer and longer pauses, and takes new orders while it waits.
 * @throws unauthenticated `vault.token_invalid` when the device was revoked; precondition `agent.updated` when a newer
 *   version is to be started; the signal's reason.
 */
export async function followPolicy(ports: DaemonPorts, signal: AbortSignal): Promise<never> {
  return new Daemon(ports).run(signal);
}

class Daemon {
  readonly #ports: DaemonPorts;
  #state: DaemonState;
  #orders: DevicePolicyReply = { policy: null, runRequest: null };
  /** The last request of which the vault knows that it was taken. */
  #told: string | null = null;
  #wake: (() => void) | null = null;
  #isNew = true;
  #broken: unknown = null;
  #next: { settings: PolicySettings; servedUntilMs: number; nextMs: number | null } | null = null;

  constructor(ports: DaemonPorts) {
    this.#ports = ports;
    const onDamaged = ({ message }: Failure) => ports.onEvent({ event: "forgotten", message });
    this.#state = readDaemonState(ports.home, onDamaged) ?? freshState;
  }

  async run(signal: AbortSignal): Promise<never> {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, ended.signal]);
    const kept = this.#ports.feed.kept();
    if (kept !== null) this.#take(kept);
    const listening = this.#listen(both);
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.#broken !== null) throw this.#broken;
        this.#mindClock();
        if (this.#isNew) await this.#announce(signal);
        const due = this.#due();
        if (due !== null) await this.#runOnce(due, signal);
        else if (this.#mayUpdate()) await this.#update(signal);
        else await this.#pause(signal);
      }
    } finally {
      ended.abort(new Failure("cancelled", "agent.interrupted", "the daemon ends"));
      await listening;
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        this.#take(await this.#ports.feed.next(signal));
        this.#wake?.();
      }
    } catch (error) {
      if (!signal.aborted) this.#broken = error;
      this.#wake?.();
    }
  }

  #take(orders: DevicePolicyReply): void {
    const { policy } = orders;
    const before = this.#orders.policy?.settings.schedule.kind;
    this.#orders = orders;
    this.#isNew = true;
    if (policy?.policyId === this.#state.policyId) {
      // A schedule that was taken away, as in a pause, takes with it what was to be tried again; what somebody asked for
      // under a policy without one is tried again however often the same orders come.
      if (policy?.settings.schedule.kind === "manual" && before === "cron" && this.#state.retryAtMs !== null)
        this.#save({ ...this.#state, retryAtMs: null });
      return;
    }
    // What was missed under another policy is not this one's.
    const { updateAskedAtMs, takenRequestId } = this.#state;
    this.#save({
      ...freshState,
      ...(updateAskedAtMs === undefined ? {} : { updateAskedAtMs }),
      ...(takenRequestId === undefined ? {} : { takenRequestId }),
      policyId: policy?.policyId ?? null,
      policyName: policy?.name ?? null,
      servedUntilMs: this.#ports.clock.nowMs(),
    });
  }

  /** Why the policy cannot be followed here; null when it can. */
  #refusal(): string | null {
    const settings = this.#orders.policy?.settings;
    if (settings === undefined) return null;
    if (hasCommands(settings) && !this.#ports.mayRunCommands()) return "policy.commands_forbidden";
    if (!this.#ports.isUnattended()) return "policy.no_key";
    try {
      this.#nextMs();
      return null;
    } catch (error) {
      return error instanceof Failure ? error.code : "policy.schedule";
    }
  }

  #nextMs(): number | null {
    const { policy } = this.#orders;
    if (policy === null) return null;
    const { servedUntilMs } = this.#state;
    // Asked at every look at the clock, and worked out once: time zones are slow.
    if (this.#next?.settings !== policy.settings || this.#next.servedUntilMs !== servedUntilMs) {
      const nextMs = nextRunMs(policy.settings.schedule, this.#ports.deviceId, servedUntilMs);
      this.#next = { settings: policy.settings, servedUntilMs, nextMs };
    }
    return this.#next.nextMs;
  }

  /** A clock that was set back makes no run wait for what was tomorrow. */
  #mindClock(): void {
    const nowMs = this.#ports.clock.nowMs();
    if (this.#state.servedUntilMs > nowMs) this.#save({ ...this.#state, servedUntilMs: nowMs });
  }

  #due(): Due | null {
    const { policy, runRequest } = this.#orders;
    if (policy === null || this.#refusal() !== null) return null;
    const nowMs = this.#ports.clock.nowMs();
    if (runRequest !== null && runRequest.requestId !== this.#state.takenRequestId) {
      return { why: "asked", lateMs: 0, requestId: runRequest.requestId };
    }
    const nextMs = this.#nextMs();
    if (nextMs !== null && nextMs <= nowMs) {
      const lateMs = nowMs - nextMs;
      const { schedule } = policy.settings;
      if (lateMs <= missedAfterMs) return { why: "scheduled", lateMs, requestId: null };
      if (schedule.kind === "cron" && schedule.catchUp) return { why: "made_up", lateMs, requestId: null };
      this.#ports.onEvent({ event: "missed", at: iso(nextMs) });
      this.#save({ ...this.#state, servedUntilMs: nowMs });
    }
    const { retryAtMs, failures } = this.#state;
    if (retryAtMs === null) return null;
    // Further off than any pause is long: the clock was set back.
    const isDue = retryAtMs <= nowMs || retryAtMs > nowMs + retryMsMax;
    return isDue ? { why: "retry", lateMs: failures, requestId: null } : null;
  }

  async #runOnce(due: Due, signal: AbortSignal): Promise<void> {
    const { policy } = this.#orders;
    if (policy === null) return;
    const { clock, onEvent } = this.#ports;
    const before = this.#state.failures;
    // A run that ends with this process is tried again by the next one: as one that failed, since it may be what ends them.
    const failures = before + 1;
    const taken = due.requestId === null ? {} : { takenRequestId: due.requestId };
    const retryAtMs = this.#retryAtMs(failures);
    this.#save({ ...this.#state, ...taken, servedUntilMs: clock.nowMs(), failures, retryAtMs });
    onEvent({ event: "run_begins", why: due.why, lateMs: due.lateMs });
    try {
      await this.#acknowledge(due.requestId, signal);
      const { result } = await this.#ports.run(policy.settings, signal);
      this.#save({ ...this.#state, failures: 0, retryAtMs: null });
      onEvent({ event: "run_ends", result, code: null, message: null, retryAt: null });
      await this.#verifyIfDue(policy.settings, signal);
    } catch (error) {
      // One that was stopped is no failure, and is made up for by whoever goes on.
      if (signal.aborted && this.#state.retryAtMs !== null)
        this.#save({ ...this.#state, failures: before, retryAtMs: this.#retryAtMs(1) });
      signal.throwIfAborted();
      if (error instanceof Failure && error.code === "vault.token_invalid") throw error;
      this.#failed(error, before);
    }
    this.#isNew = true;
  }

  /** After a backup, when the policy's days are over since the last time: what fails is told, and is no failed backup. */
  async #verifyIfDue({ verify }: PolicySettings, signal: AbortSignal): Promise<void> {
    const { clock, onEvent } = this.#ports;
    const last = this.#state.verifiedAtMs;
    // Runs of a day come a little earlier or later: an hour of grace keeps "every 7 days" from becoming every 8.
    if (verify === null || (last !== undefined && clock.nowMs() - last < verify.everyDays * dayMs - hourMs)) return;
    this.#save({ ...this.#state, verifiedAtMs: clock.nowMs() });
    try {
      const { result } = await this.#ports.verify(verify.sampleBytes, signal);
      onEvent({ event: "verified", result, code: result === "ok" ? null : "verify.damaged" });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Failure && error.code === "vault.token_invalid") throw error;
      onEvent({ event: "verified", result: "failed", code: error instanceof Failure ? error.code : "agent.internal" });
    }
  }

  /** Once a day, between runs, unless the policy says no. */
  #mayUpdate(): boolean {
    const { update, clock, deviceId } = this.#ports;
    if (update === undefined || this.#orders.policy?.settings.agentUpdates === false) return false;
    const { updateAskedAtMs } = this.#state;
    if (updateAskedAtMs !== undefined) return dailyDue(updateAskedAtMs, clock.nowMs());
    // A fleet that was installed in one hour does not come in one hour.
    this.#save({ ...this.#state, updateAskedAtMs: firstDailyMs(deviceId, clock.nowMs()) });
    return false;
  }

  async #update(signal: AbortSignal): Promise<void> {
    const { update, clock, onEvent } = this.#ports;
    this.#save({ ...this.#state, updateAskedAtMs: clock.nowMs() });
    try {
      const version = (await update?.(signal)) ?? null;
      onEvent({ event: "update", version, code: null });
      if (version !== null) throw new Failure("precondition", "agent.updated", `start again: ${version} is installed`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Failure && error.code === "agent.updated") throw error;
      onEvent({ event: "update", version: null, code: error instanceof Failure ? error.code : "agent.internal" });
    }
  }

  /** After so many failures in a row. */
  #retryAtMs(failures: number): number {
    return this.#ports.clock.nowMs() + Math.min(retryMsMax, retryMsFirst * 2 ** Math.min(failures - 1, 10));
  }

  #failed(error: unknown, before: number): void {
    const known = error instanceof Failure ? error : null;
    // A run that somebody began by hand is no failure of this one.
    const isBusy = known?.code === "agent.running";
    const failures = before + (isBusy ? 0 : 1);
    const retryAtMs = this.#retryAtMs(isBusy ? 1 : failures);
    this.#save({ ...this.#state, failures, retryAtMs });
    this.#ports.onEvent({
      event: "run_ends",
      result: "failed",
      code: known?.code ?? "agent.internal",
      message: known?.message ?? String(error),
      retryAt: iso(retryAtMs),
    });
  }

  async #announce(signal: AbortSignal): Promise<void> {
    this.#isNew = false;
    const { policy } = this.#orders;
    const code = this.#refusal();
    const nextMs = code === null ? this.#nextMs() : null;
    const nextRunAt = nextMs === null ? null : iso(nextMs);
    if (nextRunAt !== this.#state.nextRunAt) this.#save({ ...this.#state, nextRunAt });
    const state = policy === null ? "none" : code === null ? "following" : "refused";
    this.#ports.onEvent({ event: "policy", name: policy?.name ?? null, state, code, nextRunAt });
    // A request that comes again although it was taken: the vault was not told, by this process or by one before.
    const requestId = this.#orders.runRequest?.requestId ?? null;
    const isUntold = requestId === this.#state.takenRequestId && requestId !== this.#told;
    await this.#acknowledge(isUntold ? requestId : null, signal);
  }

  /** Tells the vault; when it cannot be reached the runs go on all the same. */
  async #acknowledge(takenRequestId: string | null, signal: AbortSignal): Promise<void> {
    const { policy } = this.#orders;
    if (policy === null && takenRequestId === null) return;
    const code = this.#refusal();
    const standing = policy && {
      policyId: policy.policyId,
      version: policy.version,
      state: code === null ? ("following" as const) : ("refused" as const),
      code,
      nextRunAt: this.#state.nextRunAt,
    };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    await this.#ports.feed.acknowledge({ policy: standing, takenRequestId }, limit).then(
      () => (this.#told = takenRequestId ?? this.#told),
      () => signal.throwIfAborted(),
    );
  }

  /** Until the next thing is due, new orders come, or it is time to look at the clock again. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const awake = new AbortController();
    this.#wake = () => awake.abort();
    try {
      if (this.#isNew || this.#broken !== null) return;
      // Under no policy, or one that cannot be followed, nothing is due, however long ago it was to be tried again.
      const isFollowing = this.#orders.policy !== null && this.#refusal() === null;
      const times = isFollowing ? [this.#nextMs(), this.#state.retryAtMs].filter((at) => at !== null) : [];
      const pauseMs = Math.min(lookMsMax, ...times.map((at) => Math.max(at - clock.nowMs(), 1)));
      await clock.sleep(pauseMs, AbortSignal.any([signal, awake.signal]));
    } catch (error) {
      if (!awake.signal.aborted) throw error;
    } finally {
      this.#wake = null;
    }
  }

  #save(state: DaemonState): void {
    this.#state = state;
    keepDaemonState(this.#ports.home, state);
  }
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const iso = (ms: number): string => new Date(ms).toISOString();
