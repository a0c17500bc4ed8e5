import type { DeviceId, SpaceId, TenantId } from "@casaforte/kernel";
import type { RunNote } from "@casaforte/vault";

export type DeviceKind = "desktop" | "server" | "vm";
export type DeviceOs = "linux" | "windows" | "darwin" | "freebsd" | "other";
export type RunResult = "ok" | "partial" | "failed";

/** An enrolled machine. */
export interface Device {
  readonly id: DeviceId;
  readonly spaceId: SpaceId;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly os: DeviceOs;
  readonly osVersion: string | null;
  readonly hostname: string;
  readonly agentVersion: string;
  readonly state: "active" | "revoked" | "deleted";
  readonly enrolledAt: Date;
  readonly lastSeenAt: Date | null;
  readonly lastResult: RunResult | null;
  readonly lastResultAt: Date | null;
  readonly lastSuccessAt: Date | null;
  /** When its backup password was last shown to open what it keeps. */
  readonly keyProvedAt: Date | null;
}

/** What a bearer token stands for. */
export interface DeviceIdentity {
  readonly tenantId: TenantId;
  readonly deviceId: DeviceId;
  readonly spaceId: SpaceId;
  readonly access: "device" | "restore";
  /** Of a restore token. */
  readonly expiresAtMs: number | null;
}

/** How a run ended, as the agent tells it. */
export interface DeviceRun {
  readonly runId: string;
  /** `verify`: a sample was restored and compared; the files are those of the sample. */
  readonly kind: "backup" | "verify";
  readonly result: RunResult;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly pointId: string | null;
  readonly filesTotal: bigint;
  readonly filesUnreadable: bigint;
  readonly bytesRead: bigint;
  readonly bytesSent: bigint;
  readonly code: string | null;
  readonly message: string | null;
  /** What the run had to say of single names, by kind. */
  readonly notes: readonly RunNote[];
}
