import type { Clock, Random, SpaceId, TenantId } from "@casaforte/kernel";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Capability } from "./capabilities.ts";

export interface MeasureRecipient {
  readonly address: string;
  readonly language: "it" | "en";
}

/** What measures work with. */
export interface MeasureServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly providerName: string;
  /** The console's address, without a slash at the end. */
  readonly consoleUrl: string;
  /** Who of a customer is told of measures: owners and administrators, and its contacts for legal matters (R102). */
  recipients(tx: OperatorTx, tenantId: TenantId): Promise<readonly MeasureRecipient[]>;
  /** Promised in the caller's transaction. */
  mail(tx: OperatorTx | TenantTx, mail: MeasureMail): Promise<void>;
  /** What else has to follow: spaces take or refuse data by a state of their own. Idempotent. */
  switched(tx: OperatorTx, state: SwitchedState): Promise<void>;
  /** Whether the debt that dunning knows by this key still stands (R48). */
  isOwed(tenantId: TenantId, sourceKey: string): Promise<boolean>;
}

/** What measures in force take from a customer now. */
export interface SwitchedState {
  readonly tenantId: TenantId;
  readonly off: readonly Capability[];
  /** Spaces that take nothing new, each by a measure about it alone (R48). */
  readonly spaces: readonly SpaceId[];
  /** The customer is not told of the measure that changed this (R66). */
  readonly isSilent: boolean;
}

export interface MeasureMail {
  readonly to: string;
  readonly language: "it" | "en";
  readonly subject: string;
  readonly text: string;
}
