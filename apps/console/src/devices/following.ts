import type { Policy } from "@casaforte/contract/policies";

/** What a device follows, out of the list of policies. */
export interface Following {
  readonly policyId: string;
  readonly name: string;
  readonly nextRunAt: string | null;
  /** Until then nothing starts by itself; null when it does. */
  readonly pausedUntil: string | null;
  readonly isRefused: boolean;
  /** Nothing starts by itself, paused or not. */
  readonly isManual: boolean;
}

/** By device id; a pause that is over counts no more. */
export function followingOf(policies: readonly Policy[], nowMs: number): ReadonlyMap<string, Following> {
  const found = new Map<string, Following>();
  for (const { id, name, devices, settings } of policies)
    for (const { deviceId, nextRunAt, pausedUntil, state } of devices) {
      const isPaused = pausedUntil !== null && Date.parse(pausedUntil) > nowMs;
      found.set(deviceId, {
        policyId: id,
        name,
        nextRunAt: isPaused ? null : nextRunAt,
        pausedUntil: isPaused ? pausedUntil : null,
        isRefused: state === "refused",
        isManual: settings.schedule.kind === "manual",
      });
    }
  return found;
}
