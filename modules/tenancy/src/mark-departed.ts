import { type Actor, Failure, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Tenant } from "./tenant.ts";
import { changeTenant } from "./update-tenant.ts";

/** Marks a tenant as departed, for good; nobody of it signs in any more (R61). @throws precondition `tenancy.provider_state`. */
export function markTenantDeparted(
  tx: OperatorTx,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly nowMs: number },
): Promise<Tenant> {
  if (input.tenantId === providerTenantId)
    throw new Failure("precondition", "tenancy.provider_state", "the provider's own tenant is always active");
  return changeTenant(tx, actor, { ...input, action: "tenancy.state_changed" }, (before) => ({
    ...before,
    state: "departed",
  }));
}
