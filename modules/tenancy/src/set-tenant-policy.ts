import { type Actor, Failure, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Tenant, TenantState } from "./tenant.ts";
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

/** Suspends, resumes or marks as departed. @throws precondition `tenancy.provider_state`, `tenancy.departed`. */
export function setTenantState(
  tx: OperatorTx,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly state: TenantState; readonly nowMs: number },
): Promise<Tenant> {
  if (input.tenantId === providerTenantId)
    throw new Failure("precondition", "tenancy.provider_state", "the provider's own tenant is always active");
  return changeTenant(tx, actor, { ...input, action: "tenancy.state_changed" }, (before) => {
    if (before.state === "departed" && input.state !== "departed")
      throw new Failure("precondition", "tenancy.departed", "a departed tenant does not come back");
    return { ...before, state: input.state };
  });
}
