import type { Clock, Logger, Random, SiteId } from "@casaforte/kernel";
import type { UsagePlan } from "@casaforte/modules/metering";
import type { Db, TenantTx } from "@casaforte/platform/db";

/** What ordering stands on; the composition root fills in what other products do. */
export interface OrderingServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where mail is kept: the provider's rule, the same for the same configuration (R33). */
  readonly mailSite: SiteId;
  /** Tells metering of every live mail account that its plan is now this one; null: nothing is owed. */
  mailPlanChanged(tx: TenantTx, plan: UsagePlan | null, cause: string): Promise<void>;
  /** How many mail accounts live. */
  countMailAccounts(tx: TenantTx): Promise<number>;
}
