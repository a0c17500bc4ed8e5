import { type Clock, type DeviceId, Failure } from "@casaforte/kernel";
import type { Bus } from "@casaforte/platform/bus";
import type { Db } from "@casaforte/platform/db";
import type { DeviceIdentity } from "./device.ts";
import { devicesLimits } from "./limits.ts";
import { selectIdentity, touchDevice } from "./store.ts";
import { hashToken } from "./token.ts";

/** Tells who a bearer token is, in one round trip or none. */
export interface DeviceGate {
  /** @throws unauthenticated `vault.token_invalid`. */
  authenticate(token: string): Promise<DeviceIdentity>;
  close(): void;
}

interface Entry {
  readonly identity: DeviceIdentity;
  readonly untilMs: number;
}

/**
 * A gate with a short memory: five seconds, or until a `device:<id>` hint. Writing transactions ask the device's row
 * itself, so the memory can only prolong reading, and by no more than that.
 */
export function createDeviceGate(services: { readonly db: Db; readonly clock: Clock; readonly bus: Bus }): DeviceGate {
  const { db, clock, bus } = services;
  const entries = new Map<string, Entry>();
  const watches = new Map<DeviceId, () => void>();
  const touched = new Map<DeviceId, number>();

  function forget(deviceId: DeviceId): void {
    for (const [key, entry] of entries) if (entry.identity.deviceId === deviceId) entries.delete(key);
    watches.get(deviceId)?.();
    watches.delete(deviceId);
  }

  function remember(key: string, identity: DeviceIdentity): void {
    if (entries.size >= devicesLimits.tokenCacheEntriesMax) {
      for (const stop of watches.values()) stop();
      for (const map of [entries, watches, touched]) map.clear();
    }
    const { deviceId } = identity;
    if (!watches.has(deviceId))
      watches.set(
        deviceId,
        bus.subscribe(`device:${deviceId}`, () => forget(deviceId)),
      );
    const untilMs = clock.nowMs() + devicesLimits.tokenCacheMs;
    entries.set(key, { identity, untilMs: Math.min(untilMs, identity.expiresAtMs ?? untilMs) });
  }

  async function touch({ tenantId, deviceId }: DeviceIdentity): Promise<void> {
    const nowMs = clock.nowMs();
    if (nowMs - (touched.get(deviceId) ?? 0) < devicesLimits.touchEveryMs) return;
    touched.set(deviceId, nowMs);
    await db.tenant(tenantId, async (tx) => {
      await touchDevice(tx, deviceId, new Date(nowMs));
      tx.afterCommit(() => bus.publish(`devices:${tenantId}`, deviceId));
    });
  }

  return {
    async authenticate(token) {
      const hash = hashToken(token);
      const key = hash.toString("base64");
      const known = entries.get(key);
      if (known && known.untilMs > clock.nowMs()) return known.identity;
      entries.delete(key);
      const identity = await db.lookup((tx) => selectIdentity(tx, hash, new Date(clock.nowMs())), { readOnly: true });
      if (identity === null)
        throw new Failure("unauthenticated", "vault.token_invalid", "a valid bearer token is needed");
      remember(key, identity);
      if (identity.access === "device") await touch(identity);
      return identity;
    },
    close() {
      for (const stop of watches.values()) stop();
      watches.clear();
      entries.clear();
    },
  };
}
