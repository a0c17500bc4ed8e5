import { type Clock, Failure } from "@casaforte/kernel";
import { backupLimits } from "./limits.ts";

/** Holds each space to its rate, in this process. Null rate: no limit. */
export interface Bandwidth {
  /** Takes a body's worth at once. @throws rate_limited `vault.bandwidth` with the time to come back. */
  admit(spaceId: string, bytesPerSecond: bigint | null, bytes: number): void;
  /** Waits until these bytes may pass. */
  pace(spaceId: string, bytesPerSecond: bigint | null, bytes: number, signal: AbortSignal): Promise<void>;
}

/**
 * One instant a space: when the bytes let through so far would have passed at the rate. Being ahead of it by more than
 * the burst means waiting; so one body larger than the rate still passes, and the next one waits for it.
 */
export function createBandwidth(clock: Clock): Bandwidth {
  const freeAtMs = new Map<string, number>();
  const lead = (spaceId: string) => Math.max(0, (freeAtMs.get(spaceId) ?? 0) - clock.nowMs());

  function take(spaceId: string, bytesPerSecond: bigint, bytes: number): void {
    const start = Math.max(clock.nowMs(), freeAtMs.get(spaceId) ?? 0);
    freeAtMs.set(spaceId, start + (bytes * 1000) / Number(bytesPerSecond));
  }

  return {
    admit(spaceId, bytesPerSecond, bytes) {
      if (bytesPerSecond === null) return;
      const ahead = lead(spaceId);
      if (ahead > backupLimits.bandwidthBurstMs)
        throw new Failure("rate_limited", "vault.bandwidth", "the space's rate is used up", {
          details: { retryAtMs: clock.nowMs() + ahead - backupLimits.bandwidthBurstMs },
        });
      take(spaceId, bytesPerSecond, bytes);
    },
    async pace(spaceId, bytesPerSecond, bytes, signal) {
      if (bytesPerSecond === null) return;
      take(spaceId, bytesPerSecond, bytes);
      const wait = lead(spaceId) - backupLimits.bandwidthBurstMs;
      if (wait > 0) await clock.sleep(wait, signal);
    },
  };
}
