import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { tenantName } from "./create-tenant.ts";
import { checkTaxIdentity } from "./italian-tax-identity.ts";
import { selectTenant, updateTenantRow } from "./store.ts";
import type { CompanyData, Language, Tenant } from "./tenant.ts";

export interface UpdateTenantInput extends Partial<CompanyData> {
  readonly tenantId: TenantId;
  readonly name?: string;
  readonly language?: Language;
  readonly nowMs: number;
}

/** One tenant. @throws not_found `tenancy.no_tenant`. */
export async function readTenant(tx: TenantTx | OperatorTx, tenantId: TenantId): Promise<Tenant> {
  const tenant = await selectTenant(tx, tenantId);
  if (tenant === null) throw new Failure("not_found", "tenancy.no_tenant", "there is no such tenant");
  return tenant;
}

/** Changes name, language and company data; what is absent stays. Old and new values go to the audit log. */
export async function updateTenant(tx: TenantTx | OperatorTx, actor: Actor, input: UpdateTenantInput): Promise<Tenant> {
  const { tenantId, nowMs, ...changes } = input;
  return changeTenant(tx, actor, { tenantId, nowMs, action: "tenancy.tenant_updated" }, (before) => {
    const next = { ...before, ...changes, name: changes.name === undefined ? before.name : tenantName(changes.name) };
    checkTaxIdentity(next);
    return next;
  });
}

/** Locks the row, applies the change and records only the fields that differ. */
export async function changeTenant(
  tx: TenantTx | OperatorTx,
  actor: Actor,
  what: { readonly tenantId: TenantId; readonly nowMs: number; readonly action: string },
  change: (before: Tenant) => Tenant,
): Promise<Tenant> {
  const before = await selectTenant(tx, what.tenantId, true);
  if (before === null) throw new Failure("not_found", "tenancy.no_tenant", "there is no such tenant");
  const at = new Date(what.nowMs);
  const next = { ...change(before), updatedAt: at };
  await updateTenantRow(tx, next, at);
  const differing = (Object.keys(next) as (keyof Tenant)[]).filter(
    (key) => key !== "updatedAt" && key !== "createdAt" && before[key] !== next[key],
  );
  await recordAudit(tx, actor, {
    tenantId: what.tenantId,
    action: what.action,
    object: { kind: "tenant", id: what.tenantId },
    details: {
      old: Object.fromEntries(differing.map((key) => [key, String(before[key])])),
      new: Object.fromEntries(differing.map((key) => [key, String(next[key])])),
    },
  });
  return next;
}
