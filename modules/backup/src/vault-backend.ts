import { type DeviceId, newId } from "@casaforte/kernel";
import {
  createDeviceGate,
  type DeviceGate,
  enrolDevice,
  enrolmentInvalid,
  makeToken,
  tenantOfEnrolment,
} from "@casaforte/modules/devices";
import { createPolicyWatch } from "@casaforte/modules/policies";
import { requireSpace } from "@casaforte/modules/spaces";
import { type EnrolRequest, type Hello, type VaultBackend, vaultLimits, vaultProtocolVersion } from "@casaforte/vault";
import { type Bandwidth, createBandwidth } from "./bandwidth.ts";
import { backupLimits } from "./limits.ts";
import type { BackupServices } from "./services.ts";
import { vaultSession } from "./vault-session.ts";
import type { VaultShared } from "./vault-shared.ts";

export interface VaultBackendOptions extends BackupServices {
  /** Shown in hello, for reports. */
  readonly serverVersion: string;
  /** Shared with other readers of the same spaces; one of its own without. */
  readonly bandwidth?: Bandwidth;
}

/** The real vault: rows, blobs and quota behind the protocol's port. `gate` forgets tokens on hints; close it at the end. */
export function createVaultBackend(options: VaultBackendOptions): VaultBackend & { readonly gate: DeviceGate } {
  const { db, clock, random, bus } = options;
  const gate = createDeviceGate({ db, clock, bus });
  const shared: VaultShared = {
    services: options,
    bandwidth: options.bandwidth ?? createBandwidth(clock),
    policyWatch: createPolicyWatch({ db, clock, bus }),
    inFlight: new Map(),
    mending: { count: 0 },
  };
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
