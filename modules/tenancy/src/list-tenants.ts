import { Failure, parseId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import { tenancyLimits } from "./limits.ts";
import { selectTenants } from "./store.ts";
import type { Tenant, TenantState } from "./tenant.ts";

export interface ListTenantsInput {
  /** Part of the name, or a whole VAT number or codice fiscale. */
  readonly search?: string;
  readonly state?: TenantState;
  /** From the page before. */
  readonly cursor?: string;
  readonly count?: number;
}

export interface TenantPage {
  readonly tenants: readonly Tenant[];
  readonly nextCursor: string | null;
}

/** Tenants by name, a page at a time, for operators. @throws invalid `tenancy.cursor`. */
export async function listTenants(tx: OperatorTx, input: ListTenantsInput): Promise<TenantPage> {
  const count = Math.min(Math.max(1, input.count ?? 50), tenancyLimits.pageSizeMax);
  const rows = await selectTenants(tx, {
    search: input.search === undefined || input.search.trim() === "" ? null : input.search.trim().slice(0, 200),
    state: input.state ?? null,
    after: input.cursor === undefined ? null : parseCursor(input.cursor),
    count: count + 1,
  });
  const tenants = rows.slice(0, count);
  const last = tenants.at(-1);
  return {
    tenants,
    nextCursor: rows.length > count && last ? `${last.tenantId}${last.name}` : null,
  };
}

function parseCursor(text: string): { name: string; tenantId: TenantId } {
  if (text.length < 37) throw new Failure("invalid", "tenancy.cursor", "the cursor is not one of ours");
  return { tenantId: parseId<TenantId>(text.slice(0, 36)), name: text.slice(36) };
}
