import type { Actor, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Tenant } from "./tenant.ts";
import { changeTenant } from "./update-tenant.ts";

/** Turns the tenant's own rule on or off: people without a second factor may only enrol one (R52). */
export function setTenantPolicy(
  tx: TenantTx | OperatorTx,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly requireTwoFactor: boolean; readonly nowMs: number },
): Promise<Tenant> {
  return changeTenant(tx, actor, { ...input, action: "tenancy.policy_changed" }, (before) => ({
    ...before,
    requireTwoFactor: input.requireTwoFactor,
  }));
}
