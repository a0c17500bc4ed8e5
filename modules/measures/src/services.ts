import type { Clock, Random, TenantId } from "@casaforte/kernel";
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
  /** Who of a customer is told of measures: its contacts for legal matters, else owners and administrators. */
  recipients(tx: OperatorTx, tenantId: TenantId): Promise<readonly MeasureRecipient[]>;
  /** Promised in the caller's transaction. */
  mail(tx: OperatorTx | TenantTx, mail: MeasureMail): Promise<void>;
  /** What else has to follow: spaces take or refuse data by a state of their own. Idempotent. */
  switched(tx: OperatorTx, tenantId: TenantId, off: readonly Capability[]): Promise<void>;
}

export interface MeasureMail {
  readonly to: string;
  readonly language: "it" | "en";
  readonly subject: string;
  readonly text: string;
}
