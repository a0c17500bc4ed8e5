import type { TenantId } from "@casaforte/kernel";
import type { Db } from "@casaforte/platform/db";
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
