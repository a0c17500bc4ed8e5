import { Failure } from "@casaforte/kernel";
import type { PolicyWatch } from "@casaforte/modules/policies";
import { vaultLimits } from "@casaforte/vault";
import type { Bandwidth } from "./bandwidth.ts";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";

/** What sessions of one process share. */
export interface VaultShared {
  readonly services: BackupServices;
  readonly bandwidth: Bandwidth;
  readonly policyWatch: PolicyWatch;
  /** Parts being received, by device. */
  readonly inFlight: Map<string, number>;
  /** Bodies held whole to mend parts with them, of all devices. */
  readonly mending: { count: number };
}

/** Counts parts that one device sends at the same time. @throws rate_limited `vault.busy` above the limit. */
export async function whileInFlight<T>(shared: VaultShared, deviceId: string, work: () => Promise<T>): Promise<T> {
  const before = shared.inFlight.get(deviceId) ?? 0;
  if (before >= vaultLimits.partsInFlightMax) throw busy(shared, "too many parts in flight from this device");
  shared.inFlight.set(deviceId, before + 1);
  try {
    return await work();
  } finally {
    const now = (shared.inFlight.get(deviceId) ?? 1) - 1;
    if (now === 0) shared.inFlight.delete(deviceId);
    else shared.inFlight.set(deviceId, now);
  }
}

/** Counts bodies that are held whole in memory. @throws rate_limited `vault.busy` above the limit of the process. */
export async function whileMending(
  shared: Pick<VaultShared, "services" | "mending">,
  work: () => Promise<void>,
): Promise<void> {
  if (shared.mending.count >= backupLimits.mendsAtOnceMax) throw busy(shared, "too many parts are being mended");
  shared.mending.count++;
  try {
    await work();
  } finally {
    shared.mending.count--;
  }
}

const busy = ({ services }: Pick<VaultShared, "services">, message: string) =>
  new Failure("rate_limited", "vault.busy", message, { details: { retryAtMs: services.clock.nowMs() + 1_000 } });
