import type { PolicySettings } from "@casaforte/contract/policies";
import type { DeviceId, Id } from "@casaforte/kernel";

export type PolicyId = Id<"Policy">;

/** What devices back up, when, and how long it is kept. */
export interface Policy {
  readonly id: PolicyId;
  readonly name: string;
  readonly version: number;
  readonly settings: PolicySettings;
  readonly updatedAt: Date;
}

/** A device's tie to its policy. */
export interface Assignment {
  readonly deviceId: DeviceId;
  readonly policyId: PolicyId;
  readonly acknowledgedVersion: number | null;
  readonly acknowledgedState: "following" | "refused" | null;
  readonly acknowledgedCode: string | null;
  readonly acknowledgedAt: Date | null;
  readonly nextRunAt: Date | null;
  /** Until then nothing starts by itself. */
  readonly pausedUntil: Date | null;
}

export interface RunRequest {
  readonly id: Id<"RunRequest">;
  readonly requestedAt: Date;
}
