import type { InvoiceId, TenantId } from "@casaforte/kernel";
import type { BillingUnit } from "@casaforte/modules/catalogue";
import type { OperatorTx } from "@casaforte/platform/db";
import type { StoredLine } from "./invoice.ts";

/** A line of a plan on a customer's invoice. */
export interface PlanLine extends StoredLine {
  readonly tenantId: TenantId;
  readonly invoiceId: InvoiceId;
}

/** Whether any invoice of what was used before an instant was issued. */
export async function selectIsIssued(tx: OperatorTx, until: Date): Promise<boolean> {
  const [row] = await tx.sql<{ found: boolean }[]>`
    select exists (select 1 from billing_invoices i where i.tenant_id is not null
      and i.kind = 'invoice' and i.state = 'issued' and i.until = ${until}) as found`;
  return row?.found ?? false;
}

/** Customers with a plan, who were not yet invoiced for what they used of it before an instant. */
export async function countHeld(
  tx: OperatorTx,
  { sku, unit }: { readonly sku: string; readonly unit: BillingUnit },
  until: Date,
): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(distinct l.tenant_id)::int as count
    from billing_lines l join billing_invoices i on i.tenant_id = l.tenant_id and i.id = l.invoice_id
    where l.tenant_id is not null and l.sku_id = ${sku} and l.unit = ${unit} and not l.is_correction and l.from_at < ${until}
      and i.kind = 'invoice' and i.state = 'draft'`;
  return row?.count ?? 0;
}

/**
 * Lines of one plan on all customers' invoices up to an instant, or on their drafts; a page, in order. Neither what a credit
 * note took back nor corrections, which belong to earlier months and their prices.
 */
export async function selectPlanLines(
  tx: OperatorTx,
  of: { readonly sku: string; readonly unit: BillingUnit; readonly issuedUntil: Date | null },
  after: PlanLine | null,
  count: number,
): Promise<PlanLine[]> {
  const { sku, unit, issuedUntil } = of;
  return tx.sql<PlanLine[]>`
    select l.tenant_id as "tenantId", l.invoice_id as "invoiceId", l.line, l.service_id as "serviceId", l.sku_id as sku, l.unit,
      l.description_it as "descriptionIt", l.description_en as "descriptionEn", l.from_at as "from", l.until_at as until,
      l.quantity, l.price_micros as "priceMicros", l.net_cents as "netCents", l.basis_points::bigint as "basisPoints", l.nature,
      l.is_correction as "isCorrection"
    from billing_lines l join billing_invoices i on i.tenant_id = l.tenant_id and i.id = l.invoice_id
    where l.sku_id = ${sku} and l.unit = ${unit} and not l.is_correction and i.kind = 'invoice'
      and ${issuedUntil === null ? tx.sql`i.state = 'draft'` : tx.sql`i.state = 'issued' and i.until = ${issuedUntil}`}
      and not exists (select 1 from billing_invoices c
        where c.tenant_id = i.tenant_id and c.credits = i.id and c.state = 'issued')
      and (${after?.tenantId ?? null}::uuid is null or (l.tenant_id, l.invoice_id, l.line)
        > (${after?.tenantId ?? null}::uuid, ${after?.invoiceId ?? null}::uuid, ${after?.line ?? null}::int))
    order by l.tenant_id, l.invoice_id, l.line limit ${count}`;
}
