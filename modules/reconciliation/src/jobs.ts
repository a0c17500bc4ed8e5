import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { reconciliationLimits } from "./limits.ts";
import { type ReconciliationServices, reconcile } from "./reconcile.ts";

export const tenantTask = "reconciliation.tenant";

export const jobSchedules: readonly JobSchedule[] = [
  { task: "reconciliation.run", everyMs: reconciliationLimits.runEveryMs },
];

/** `reconciliation.run` goes through every customer; `reconciliation.tenant` is one, asked for by an operator. */
export function jobHandlers(services: ReconciliationServices): readonly JobHandler[] {
  return [
    {
      task: "reconciliation.run",
      async run(_payload, context) {
        await sweepTenants(services.db, context, async ({ tenantId, state }) => {
          if (state === "active") await reconcile(services, tenantId);
        });
      },
    },
    {
      task: tenantTask,
      async run(_payload, { tenantId }) {
        if (tenantId !== null) await reconcile(services, tenantId);
      },
    },
  ];
}
