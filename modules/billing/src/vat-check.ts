import { type Id, newId, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { billingLimits } from "./limits.ts";
import type { BillingServices } from "./services.ts";
import { insertVatCheck, selectVatCheck } from "./store-collection.ts";
import { decideVat, otherMemberStates, type VatCheckOutcome, type VatDecision } from "./vat-decision.ts";

/**
 * Asks VIES for a tenant whose treatment hangs on it and has no fresh answer, and keeps the answer as evidence (R47). An
 * outage is kept too; it decides nothing.
 */
export async function refreshVatCheck(
  services: BillingServices,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock, random } = services;
  const nowMs = clock.nowMs();
  const tenant = await db.tenant(tenantId, (tx) => readTenant(tx, tenantId), { readOnly: true });
  const { country, vatNumber } = tenant;
  if (vatNumber === null || !otherMemberStates.has(country)) return;
  const known = await db.tenant(tenantId, (tx) => outcomeOf(tx, country, vatNumber, nowMs), { readOnly: true });
  if (known === "valid" || known === "invalid") return;
  const answer = await services.askVat(country, vatNumber, signal);
  await db.tenant(tenantId, (tx) =>
    insertVatCheck(tx, {
      id: newId<Id<"VatCheck">>(clock, random),
      country,
      vatNumber,
      ...answer,
      at: new Date(clock.nowMs()),
    }),
  );
}

async function outcomeOf(tx: TenantTx, country: string, vatNumber: string, nowMs: number): Promise<VatCheckOutcome> {
  const since = new Date(nowMs - billingLimits.vatCheckMs);
  return (await selectVatCheck(tx, country, vatNumber, since)) ?? "not_asked";
}

/** How this tenant's services are taxed, on the evidence there is (R47). */
export async function tenantVat(tx: TenantTx, usesOss: boolean, nowMs: number): Promise<VatDecision> {
  const { country, vatNumber } = await readTenant(tx, tx.tenantId);
  const check = vatNumber === null ? "not_asked" : await outcomeOf(tx, country, vatNumber, nowMs);
  return decideVat({ country, vatNumber, check, usesOss });
}
