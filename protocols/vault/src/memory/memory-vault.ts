import type { PolicySettings } from "@casaforte/contract/policies";
import { type Clock, Failure, type Id, newId, type Random, toBase64Url } from "@casaforte/kernel";
import type { VaultBackend } from "../backend.ts";
import { vaultProtocolVersion } from "../contract.ts";
import { vaultLimits } from "../limits.ts";
import type { PolicyAcknowledgement } from "../policy-contract.ts";
import type { RunReport } from "../report-contract.ts";
import { changePolicy } from "./policy.ts";
import { uploadIdleDaysMax } from "./replies.ts";
import { type Fate, listenVault } from "./server.ts";
import { memorySession } from "./session.ts";
import { type MemoryDevice, type MemorySpace, MemoryVaultState } from "./state.ts";

export interface MemoryVaultOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Decides what becomes of each request, to test how a client bears a bad network. */
  readonly fate?: (request: { readonly method: string; readonly path: string }) => Fate;
}

export interface MemorySpaceOptions {
  readonly quotaBytes?: number;
  readonly lockDays?: number;
  readonly suspended?: boolean;
}

/** A complete vault in memory behind real HTTP on a loopback port, for tests of agents. */
export interface MemoryVault extends AsyncDisposable {
  readonly baseUrl: string;
  /** Makes a space (1 TB, 14 days of lock by default) and returns its id. */
  addSpace(options?: MemorySpaceOptions): string;
  setQuota(spaceId: string, quotaBytes: number): void;
  suspend(spaceId: string): void;
  /** A single-use enrolment token, good for an hour. */
  enrolmentToken(spaceId: string): string;
  /** A read-only token for a device's chains, good for an hour. */
  restoreToken(deviceId: string): string;
  revokeDevice(deviceId: string): void;
  /** Whether uploads may have holes; they may, until this says otherwise. */
  setLeaveOutZeros(on: boolean): void;
  /** Whether a point that others build on is replaced only if they are one line of live ones; vaults of before did not ask. */
  setRefusesBranches(on: boolean): void;
  /** Takes a point out of the bin, also onto a chain that has gone on, as vaults of before did. */
  undelete(pointId: string): void;
  /** What the agent reported, oldest first. */
  reports(deviceId: string): readonly RunReport[];
  /** Assigns a policy, or with null takes it away. Another version of the same id counts up. */
  setPolicy(deviceId: string, policy: { readonly name: string; readonly settings: PolicySettings } | null): void;
  /** Asks for a run now; returns the request's id. */
  requestRun(deviceId: string): string;
  /** What the agent said of its policies, oldest first. */
  acknowledgements(deviceId: string): readonly PolicyAcknowledgement[];
  /** The parts stored so far of uploads that are still open, as the ends of their paths: `UPLOAD/parts/N`. */
  openParts(): readonly string[];
  /** Flips one stored bit of a file, as bad hardware would. */
  corrupt(fileId: string, offset: number): void;
  close(): Promise<void>;
}

const hourMs = 3_600_000;

function backendOf(state: MemoryVaultState, { clock, random }: MemoryVaultOptions): VaultBackend {
  return {
    hello: () => ({
      protocol: "casaforte-vault",
      version: vaultProtocolVersion,
      serverVersion: "memory",
      now: new Date(clock.nowMs()).toISOString(),
      limits: { ...vaultLimits, uploadIdleDaysMax },
    }),
    enrol: async (input) => {
      const found = state.enrolments.get(input.token);
      state.enrolments.delete(input.token);
      if (!found || found.untilMs <= clock.nowMs())
        throw new Failure("unauthenticated", "vault.enrolment_invalid", "the enrolment token is not valid");
      const device: MemoryDevice = {
        deviceId: newId<Id<"Device">>(clock, random),
        name: input.name,
        space: found.space,
        reports: new Map(),
        policy: {
          generation: 1,
          reply: { policy: null, runRequest: null },
          acknowledgements: [],
          waiting: new Set(),
        },
        revoked: false,
        partsInFlight: 0,
      };
      const deviceToken = toBase64Url(random.bytes(32));
      state.tokens.set(deviceToken, { access: "device", device, untilMs: Number.POSITIVE_INFINITY });
      return {
        deviceId: device.deviceId,
        deviceToken,
        spaceId: found.space.spaceId,
        spaceName: found.space.name,
      };
    },
    authenticate: async (token) => {
      const found = state.tokens.get(token);
      if (!found || found.untilMs <= clock.nowMs() || (found.access === "device" && found.device.revoked))
        throw new Failure("unauthenticated", "vault.token_invalid", "a valid bearer token is needed");
      return memorySession({ state, device: found.device, access: found.access, clock, random });
    },
  };
}

/** Starts a vault with nothing in it. */
export async function startMemoryVault(options: MemoryVaultOptions): Promise<MemoryVault> {
  const { clock, random } = options;
  const state = new MemoryVaultState();
  const listener = await listenVault({
    backend: backendOf(state, options),
    clock,
    ...(options.fate ? { fate: options.fate } : {}),
  });
  const spaceOf = (spaceId: string): MemorySpace => {
    const space = state.spaces.get(spaceId);
    if (!space) throw new Failure("not_found", "vault.not_found", "no such space");
    return space;
  };
  const deviceOf = (deviceId: string): MemoryDevice => {
    for (const { device } of state.tokens.values()) if (device.deviceId === deviceId) return device;
    throw new Failure("not_found", "vault.not_found", "no such device");
  };
  return {
    baseUrl: listener.baseUrl,
    addSpace: (space = {}) => {
      const spaceId = newId<Id<"Space">>(clock, random);
      state.spaces.set(spaceId, {
        spaceId,
        name: "Memory",
        quotaBytes: space.quotaBytes ?? 1e12,
        lockDays: space.lockDays ?? 14,
        bandwidthBytesPerSecond: null,
        pendingBytes: 0,
        suspended: space.suspended ?? false,
      });
      return spaceId;
    },
    setQuota: (spaceId, quotaBytes) => {
      spaceOf(spaceId).quotaBytes = quotaBytes;
    },
    suspend: (spaceId) => {
      spaceOf(spaceId).suspended = true;
    },
    enrolmentToken: (spaceId) => {
      const token = toBase64Url(random.bytes(32));
      state.enrolments.set(token, { space: spaceOf(spaceId), untilMs: clock.nowMs() + hourMs });
      return token;
    },
    restoreToken: (deviceId) => {
      const token = toBase64Url(random.bytes(32));
      state.tokens.set(token, { access: "restore", device: deviceOf(deviceId), untilMs: clock.nowMs() + hourMs });
      return token;
    },
    revokeDevice: (deviceId) => {
      deviceOf(deviceId).revoked = true;
    },
    setLeaveOutZeros: (on) => {
      state.leaveOutZeros = on;
    },
    setRefusesBranches: (on) => {
      state.refusesBranches = on;
    },
    undelete: (pointId) => {
      for (const file of state.files) if (file.pointId === pointId) file.deleted = false;
    },
    setPolicy: (deviceId, policy) => {
      const held = deviceOf(deviceId).policy;
      const { policyId = newId<Id<"Policy">>(clock, random), version = 0 } = held.reply.policy ?? {};
      const next = policy && { policyId, version: version + 1, ...policy };
      changePolicy(held, { ...held.reply, policy: next });
    },
    requestRun: (deviceId) => {
      const held = deviceOf(deviceId).policy;
      const requestId = newId<Id<"RunRequest">>(clock, random);
      const runRequest = { requestId, at: new Date(clock.nowMs()).toISOString() };
      changePolicy(held, { ...held.reply, runRequest });
      return requestId;
    },
    acknowledgements: (deviceId) => deviceOf(deviceId).policy.acknowledgements,
    reports: (deviceId) => [...deviceOf(deviceId).reports.values()],
    openParts: () =>
      [...state.uploads.values()]
        .filter((upload) => upload.state === "open")
        .flatMap((upload) => [...upload.parts.keys()].map((n) => `${upload.uploadId}/parts/${n}`)),
    corrupt: (fileId, offset) => {
      const file = state.files.find((other) => other.fileId === fileId);
      const part = file?.parts.find((p) => offset >= p.offset && offset < p.offset + p.length);
      if (!part) throw new Failure("not_found", "vault.not_found", "no such byte");
      part.bytes[offset - part.offset] = (part.bytes[offset - part.offset] ?? 0) ^ 1;
    },
    close: () => listener.close(),
    [Symbol.asyncDispose]: () => listener.close(),
  };
}
