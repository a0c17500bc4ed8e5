import { Failure, type TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import { selectTenant, updateTenantRow } from "./store.ts";

/**
 * Empties a departed tenant's row of everything but its id (R61): invoices keep the buyer's data themselves. Writes no
 * audit row: the tenant's log is gone by now. @throws not_found `tenancy.no_tenant`, precondition `tenancy.not_departed`.
 */
export async function forgetTenant(
  tx: OperatorTx,
  input: { readonly tenantId: TenantId; readonly nowMs: number },
): Promise<void> {
  const before = await selectTenant(tx, input.tenantId, true);
  if (before === null) throw new Failure("not_found", "tenancy.no_tenant", "there is no such tenant");
  if (before.state !== "departed")
    throw new Failure("precondition", "tenancy.not_departed", "only a departed tenant is forgotten");
  await updateTenantRow(
    tx,
    {
      ...before,
      name: `departed ${input.tenantId.slice(-12)}`,
      vatNumber: null,
      taxCode: null,
      address: null,
      postalCode: null,
      city: null,
      province: null,
      certifiedMail: null,
      invoiceRecipientCode: null,
    },
    new Date(input.nowMs),
  );
}
