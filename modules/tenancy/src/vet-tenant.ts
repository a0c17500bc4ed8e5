import type { Actor, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { lockUnvetted, selectTenant, selectVetted } from "./store.ts";
import type { Tenant } from "./tenant.ts";
import { changeTenant } from "./update-tenant.ts";

/**
 * An operator has seen that an organisation that signed itself up is who it says (R73): what it may hold is bounded as
 * everybody's from now on. Again is nothing. @throws not_found `tenancy.no_tenant`.
 */
export async function vetTenant(
  tx: OperatorTx,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly nowMs: number },
): Promise<Tenant> {
  const before = await selectTenant(tx, input.tenantId, true);
  if (before?.vetted) return before;
  return changeTenant(tx, actor, { ...input, action: "tenancy.tenant_vetted" }, (tenant) => ({
    ...tenant,
    vetted: true,
  }));
}

/**
 * True for an organisation that signed itself up and that no operator has vetted (R73). What it takes is then counted:
 * its transactions that ask this come one after the other, so that what each has counted holds until it commits.
 */
export async function holdUnvetted(tx: TenantTx): Promise<boolean> {
  if (await selectVetted(tx)) return false;
  await lockUnvetted(tx);
  return true;
}
