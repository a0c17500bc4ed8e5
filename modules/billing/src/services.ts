import type { Clock, Logger, Random, ServiceId } from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";

/** What VIES answers. `evidence` is kept as it came (R47). */
export interface VatAnswer {
  readonly outcome: "valid" | "invalid" | "unavailable";
  readonly evidence: Readonly<Record<string, string>>;
}

/** Asks whether a VAT number of the Union is in force. Never throws: what goes wrong is `unavailable`. */
export type AskVat = (country: string, vatNumber: string, signal: AbortSignal) => Promise<VatAnswer>;

/** A message about money to the people of a customer who look after it. */
export interface BillingMessage {
  readonly kind: "invoice_issued" | "reminder" | "budget";
  readonly values: Readonly<Record<string, string>>;
}

/** A service whose last reminder was sent (R48). */
export interface OverdueService {
  readonly serviceId: ServiceId;
  readonly invoiceNumber: string;
  /** Day, `2026-11-30`. */
  readonly dueOn: string;
  readonly step: number;
}

export interface BillingServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly askVat: AskVat;
  /** Queues a mail to the customer's owners and billing people, in this transaction. */
  mailBilling(tx: TenantTx, message: BillingMessage): Promise<void>;
  /** The last reminder for a service went out and it still owes; in the same transaction. */
  overdue?(tx: TenantTx, overdue: OverdueService): Promise<void>;
}
