import type { Clock, Logger, Random } from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";

export interface ProcessorMail {
  readonly to: string;
  readonly language: "it" | "en";
  readonly subject: string;
  readonly text: string;
}

/** What the sub-processors' register works with. */
export interface ProcessorServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly jobs: Jobs;
  readonly providerName: string;
  /** Of the customer console, without a slash at the end. */
  readonly consoleUrl: string;
  /** Active owners and administrators of the tenant of the transaction. */
  administrators(tx: TenantTx): Promise<readonly { readonly login: string; readonly language: "it" | "en" }[]>;
  /** Promised in the caller's transaction. */
  send(tx: TenantTx, mail: ProcessorMail): Promise<unknown>;
}
