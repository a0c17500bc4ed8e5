import type { TenantTx } from "@casaforte/platform/db";
import type { AddCharge, ChargeId } from "./charge.ts";

/** False when it was charged before. */
export async function insertCharge(
  tx: TenantTx,
  row: Omit<AddCharge, "atMs"> & { readonly id: ChargeId; readonly at: Date },
): Promise<boolean> {
  const rows = await tx.sql`
    insert into billing_charges (tenant_id, id, source, source_key, description_it, description_en, net_cents, at)
    values (${tx.tenantId}, ${row.id}, ${row.source}, ${row.sourceKey}, ${row.description.it}, ${row.description.en},
      ${row.netCents}, ${row.at})
    on conflict (tenant_id, source, source_key) do nothing returning 1`;
  return rows.length === 1;
}

export interface Charge {
  readonly id: ChargeId;
  readonly descriptionIt: string;
  readonly descriptionEn: string;
  readonly netCents: bigint;
  readonly at: Date;
}

/** Charges of before an instant that stand on no issued invoice, oldest first. */
export async function selectUnbilledCharges(tx: TenantTx, until: Date): Promise<Charge[]> {
  return tx.sql<Charge[]>`
    select c.id, c.description_it as "descriptionIt", c.description_en as "descriptionEn", c.net_cents as "netCents", c.at
    from billing_charges c
    where c.tenant_id = ${tx.tenantId} and c.at < ${until} and not exists (
      select 1 from billing_line_charges l where l.tenant_id = c.tenant_id and l.charge_id = c.id)
    order by c.at, c.id`;
}
