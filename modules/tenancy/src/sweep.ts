import { Failure, type TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
import type { JobContext } from "@casaforte/platform/jobs";
import { tenancyLimits } from "./limits.ts";
import { selectTenantsAfter } from "./store.ts";
import type { TenantState } from "./tenant.ts";

export interface TenantRef {
  readonly tenantId: TenantId;
  readonly state: TenantState;
}

/** Every tenant in the order of ids, for jobs that sweep tenant by tenant; a page at a time, no transaction kept open. */
export async function* eachTenant(db: Db, signal?: AbortSignal): AsyncGenerator<TenantRef> {
  let after: TenantId | null = null;
  for (;;) {
    signal?.throwIfAborted();
    const from: TenantId | null = after;
    const page: TenantRef[] = await db.lookup((tx) => selectTenantsAfter(tx, from, tenancyLimits.sweepPageSize), {
      readOnly: true,
    });
    yield* page;
    const last: TenantRef | undefined = page.at(-1);
    if (last === undefined || page.length < tenancyLimits.sweepPageSize) return;
    after = last.tenantId;
  }
}

/**
 * Does a job's work for every tenant; one tenant's trouble is logged and keeps no other from its turn. @throws unavailable
 * `sweep.incomplete` at the end, with `failed` and the first trouble as its cause, so that the job is tried again.
 */
export async function sweepTenants(
  db: Db,
  { signal, logger }: Pick<JobContext, "signal" | "logger">,
  work: (tenant: TenantRef) => Promise<void>,
): Promise<void> {
  let failed = 0;
  let cause: unknown;
  for await (const tenant of eachTenant(db, signal)) {
    try {
      await work(tenant);
    } catch (error) {
      signal.throwIfAborted();
      if (failed++ === 0) cause = error;
      logger.error("sweep.tenant_failed", error, { tenantId: tenant.tenantId });
    }
  }
  if (failed > 0)
    throw new Failure("unavailable", "sweep.incomplete", "some tenants could not be swept", {
      cause,
      details: { failed },
    });
}
