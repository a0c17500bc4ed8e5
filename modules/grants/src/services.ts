import type { Clock, Logger, PrincipalId, Random, TenantId } from "@casaforte/kernel";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import type { OperatorFacts } from "./types.ts";

export interface GrantMail {
  readonly to: string;
  readonly language: "it" | "en";
  readonly subject: string;
  readonly text: string;
}

/** What support access works with. */
export interface GrantServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly jobs: Jobs;
  readonly providerName: string;
  /** Of the customer console, without a slash at the end. */
  readonly consoleUrl: string;
  /** What is known of an operator now, and until when the sign-in named stands. */
  operatorFacts(id: PrincipalId, signInId: string | null): Promise<OperatorFacts>;
  /** @throws not_found unless this ticket is this customer's. */
  assertTicket(tx: OperatorTx, tenantId: TenantId, ticketId: string): Promise<void>;
  /** Active owners and administrators of the tenant of the transaction. */
  administrators(tx: TenantTx): Promise<readonly { readonly login: string; readonly language: "it" | "en" }[]>;
  /** Promised in the caller's transaction. */
  send(tx: TenantTx, mail: GrantMail): Promise<unknown>;
}
