import { type DeviceId, Failure, newId } from "@casaforte/kernel";
import {
  createDeviceGate,
  type DeviceGate,
  enrolDevice,
  enrolmentInvalid,
  makeToken,
  tenantOfEnrolment,
} from "@casaforte/modules/devices";
import { requireSpace } from "@casaforte/modules/spaces";
import { type EnrolRequest, type Hello, type VaultBackend, vaultLimits, vaultProtocolVersion } from "@casaforte/vault";
import { type Bandwidth, createBandwidth } from "./bandwidth.ts";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";
import { vaultSession } from "./vault-session.ts";

export interface VaultBackendOptions extends BackupServices {
  /** Shown in hello, for reports. */
  readonly serverVersion: string;
}

/** What sessions of one process share. */
export interface VaultShared {
  readonly services: BackupServices;
  readonly bandwidth: Bandwidth;
  /** Parts being received, by device. */
  readonly inFlight: Map<string, number>;
}

/** The real vault: rows, blobs and quota behind the protocol's port. `gate` forgets tokens on hints; close it at the end. */
export function createVaultBackend(options: VaultBackendOptions): VaultBackend & { readonly gate: DeviceGate } {
  const { db, clock, random, bus } = options;
  const gate = createDeviceGate({ db, clock, bus });
  const shared: VaultShared = { services: options, bandwidth: createBandwidth(clock), inFlight: new Map() };
  return {
    gate,
    hello: (): Hello => ({
      protocol: "casaforte-vault",
      version: vaultProtocolVersion,
      serverVersion: options.serverVersion,
      now: new Date(clock.nowMs()).toISOString(),
      limits: { ...vaultLimits, uploadIdleDaysMax: backupLimits.uploadIdleDaysMax },
    }),
    enrol: (input, { ip }) => enrol(input, ip),
    authenticate: async (token, { ip }) => vaultSession(shared, await gate.authenticate(token), ip),
  };

  async function enrol(input: EnrolRequest, ip: string) {
    const tenantId = await db.lookup((tx) => tenantOfEnrolment(tx, input.token), { readOnly: true });
    if (tenantId === null) throw enrolmentInvalid();
    const deviceId = newId<DeviceId>(clock, random);
    const { token: deviceToken, hash: deviceTokenHash } = makeToken("device", random);
    const { token, name, os, hostname, agentVersion } = input;
    const osVersion = input.osVersion ?? null;
    const nowMs = clock.nowMs();
    const device = { deviceId, token, name, os, osVersion, hostname, agentVersion, deviceTokenHash, ip, nowMs };
    return db.tenant(tenantId, async (tx) => {
      const spaceId = await enrolDevice(tx, device);
      const space = await requireSpace(tx, spaceId);
      tx.afterCommit(() => bus.publish(`devices:${tenantId}`, deviceId));
      return { deviceId, deviceToken, spaceId, spaceName: space.name };
    });
  }
}

/** Counts parts that one device sends at the same time. @throws rate_limited `vault.busy` above the limit. */
export async function whileInFlight<T>(shared: VaultShared, deviceId: string, work: () => Promise<T>): Promise<T> {
  const before = shared.inFlight.get(deviceId) ?? 0;
  if (before >= vaultLimits.partsInFlightMax)
    throw new Failure("rate_limited", "vault.busy", "too many parts in flight from this device", {
      details: { retryAtMs: shared.services.clock.nowMs() + 1_000 },
    });
  shared.inFlight.set(deviceId, before + 1);
  try {
    return await work();
  } finally {
    const now = (shared.inFlight.get(deviceId) ?? 1) - 1;
    if (now === 0) shared.inFlight.delete(deviceId);
    else shared.inFlight.set(deviceId, now);
  }
}
