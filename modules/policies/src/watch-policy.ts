import { type Clock, type DeviceId, Failure, type TenantId } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import type { Db } from "@casaforte/platform/db";
import type { StandingPolicy } from "@casaforte/vault";
import { standingPolicy } from "./follow-policy.ts";
import { policiesLimits } from "./limits.ts";

export interface PolicyWatchServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly bus: Bus;
}

/** What a device is to follow, or null when it still is what it knows after the wait. */
export type PolicyWatch = (
  device: { readonly tenantId: TenantId; readonly deviceId: DeviceId },
  asked: { readonly known: string | null; readonly waitMs: number; readonly signal: AbortSignal },
) => Promise<StandingPolicy | null>;

/**
 * Answers agents that ask for their policy and may wait for another. A hint only shortens the wait: what is answered is
 * read anew, so that a lost one costs at most the wait.
 */
export function createPolicyWatch({ db, clock, bus }: PolicyWatchServices): PolicyWatch {
  const waiting = new Map<DeviceId, number>();
  return async ({ tenantId, deviceId }, { known, waitMs, signal }) => {
    const look = () => db.tenant(tenantId, (tx) => standingPolicy(tx, deviceId, clock.nowMs()), { readOnly: true });
    const waits = waiting.get(deviceId) ?? 0;
    if (known === null || waitMs === 0 || waits >= policiesLimits.waitsPerDeviceMax) {
      const now = await look();
      return now.etag === known ? null : now;
    }
    const hinted = new AbortController();
    waiting.set(deviceId, waits + 1);
    const stops = [`policy:${deviceId}`, `device:${deviceId}`].map((topic) =>
      bus.subscribe(topic, () => hinted.abort()),
    );
    try {
      const before = await look();
      if (before.etag !== known) return before;
      await clock.sleep(waitMs, AbortSignal.any([hinted.signal, signal])).catch((error: unknown) => {
        if (signal.aborted) throw new Failure("cancelled", "vault.cancelled", "the client is gone", { cause: error });
        if (!hinted.signal.aborted) throw error;
      });
      const after = await look();
      return after.etag === known ? null : after;
    } finally {
      for (const stop of stops) stop();
      const left = (waiting.get(deviceId) ?? 1) - 1;
      if (left === 0) waiting.delete(deviceId);
      else waiting.set(deviceId, left);
    }
  };
}
