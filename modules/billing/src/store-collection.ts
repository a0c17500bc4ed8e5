import type { InvoiceId, ServiceId, TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { VatTreatment } from "./vat-decision.ts";

export async function insertDue(
  tx: TenantTx,
  invoiceId: InvoiceId,
  serviceId: ServiceId,
  cents: bigint,
): Promise<void> {
  await tx.sql`
    insert into billing_dues (tenant_id, invoice_id, service_id, cents)
    values (${tx.tenantId}, ${invoiceId}, ${serviceId}, ${cents})`;
}

export interface OpenDue {
  readonly invoiceId: InvoiceId;
  readonly serviceId: ServiceId;
  readonly dueOn: string;
  readonly cents: bigint;
  readonly openCents: bigint;
  /** The last reminder that went out; 0: none. */
  readonly step: number;
}

/** What is owed by invoice and service, oldest first; of one invoice, or of all that are open. */
export async function selectOpenDues(tx: TenantTx, invoiceId: InvoiceId | null): Promise<OpenDue[]> {
  return tx.sql<OpenDue[]>`
    select d.invoice_id as "invoiceId", d.service_id as "serviceId", to_char(i.due_on, 'YYYY-MM-DD') as "dueOn", d.cents,
      d.cents - coalesce((select sum(a.cents) from billing_allocations a where a.tenant_id = d.tenant_id
        and a.invoice_id = d.invoice_id and a.service_id = d.service_id), 0)::bigint as "openCents",
      coalesce((select max(r.step) from billing_reminders r where r.tenant_id = d.tenant_id
        and r.invoice_id = d.invoice_id and r.service_id = d.service_id), 0) as step
    from billing_dues d join billing_invoices i on i.tenant_id = d.tenant_id and i.id = d.invoice_id
    where d.tenant_id = ${tx.tenantId} and (${invoiceId}::uuid is null or d.invoice_id = ${invoiceId})
    order by i.due_on, d.invoice_id, d.service_id`;
}

export interface Payment {
  readonly id: string;
  readonly invoiceId: InvoiceId;
  readonly key: string;
  readonly cents: bigint;
  /** `YYYY-MM-DD`. */
  readonly paidOn: string;
  readonly method: "bank_transfer" | "sepa" | "card" | "other";
  readonly reference: string;
  readonly recordedBy: string;
  readonly recordedAt: Date;
}

/** One collector at a time for a customer's money. */
export async function lockCollection(tx: TenantTx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('billing.collect'), hashtext(${tx.tenantId}))`;
}

/** False when this payment was recorded before. */
export async function insertPayment(tx: TenantTx, payment: Payment): Promise<boolean> {
  const rows = await tx.sql`
    insert into billing_payments (tenant_id, id, invoice_id, key, cents, paid_on, method, reference, recorded_by, recorded_at)
    values (${tx.tenantId}, ${payment.id}, ${payment.invoiceId}, ${payment.key}, ${payment.cents},
      ${payment.paidOn}::text::date, ${payment.method}, ${payment.reference}, ${payment.recordedBy}, ${payment.recordedAt})
    on conflict (tenant_id, key) do nothing returning 1`;
  return rows.length === 1;
}

export async function selectPayments(tx: TenantTx, invoiceId: InvoiceId): Promise<Payment[]> {
  return tx.sql<Payment[]>`
    select id, invoice_id as "invoiceId", key, cents, to_char(paid_on, 'YYYY-MM-DD') as "paidOn", method, reference,
      recorded_by as "recordedBy", recorded_at as "recordedAt"
    from billing_payments where tenant_id = ${tx.tenantId} and invoice_id = ${invoiceId} order by recorded_at, id`;
}

export async function insertAllocation(
  tx: TenantTx,
  allocation: {
    readonly paymentId: string | null;
    readonly creditId: InvoiceId | null;
    readonly invoiceId: InvoiceId;
    readonly serviceId: ServiceId;
    readonly cents: bigint;
  },
): Promise<void> {
  await tx.sql`
    insert into billing_allocations (tenant_id, payment_id, credit_id, invoice_id, service_id, cents)
    values (${tx.tenantId}, ${allocation.paymentId}, ${allocation.creditId}, ${allocation.invoiceId},
      ${allocation.serviceId}, ${allocation.cents})`;
}

/** False when this step was taken before. */
export async function insertReminder(tx: TenantTx, due: OpenDue, step: number, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    insert into billing_reminders (tenant_id, invoice_id, service_id, step, sent_at)
    values (${tx.tenantId}, ${due.invoiceId}, ${due.serviceId}, ${step}, ${now}) on conflict do nothing returning 1`;
  return rows.length === 1;
}

export interface StoredReceipt {
  readonly kind: "delivered" | "rejected" | "undeliverable";
  readonly transmission: number;
  readonly sdiId: string;
  readonly errors: readonly { readonly code: string; readonly description: string }[];
  readonly at: Date | null;
  readonly receivedAt: Date;
}

/** False when it was imported before. */
export async function insertReceipt(
  tx: TenantTx,
  id: string,
  invoiceId: InvoiceId,
  receipt: StoredReceipt,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into billing_receipts (tenant_id, invoice_id, id, transmission, kind, sdi_id, errors, at, received_at)
    values (${tx.tenantId}, ${invoiceId}, ${id}, ${receipt.transmission}, ${receipt.kind}, ${receipt.sdiId},
      ${tx.sql.json(receipt.errors as never)}, ${receipt.at}, ${receipt.receivedAt})
    on conflict (tenant_id, invoice_id, sdi_id, kind) do nothing returning 1`;
  return rows.length === 1;
}

export async function selectReceipts(tx: TenantTx, invoiceId: InvoiceId): Promise<StoredReceipt[]> {
  return tx.sql<StoredReceipt[]>`
    select kind, transmission, sdi_id as "sdiId", errors, at, received_at as "receivedAt"
    from billing_receipts where tenant_id = ${tx.tenantId} and invoice_id = ${invoiceId} order by received_at, id`;
}

export async function selectFileOwner(
  tx: LookupTx | OperatorTx,
  fileName: string,
): Promise<{ tenantId: TenantId; invoiceId: InvoiceId; transmission: number } | null> {
  const [row] = await tx.sql<{ tenantId: TenantId; invoiceId: InvoiceId; transmission: number }[]>`
    select tenant_id as "tenantId", invoice_id as "invoiceId", transmission from billing_file_owner(${fileName})`;
  return row ?? null;
}

export async function insertVatCheck(
  tx: TenantTx,
  check: {
    readonly id: string;
    readonly country: string;
    readonly vatNumber: string;
    readonly outcome: "valid" | "invalid" | "unavailable";
    readonly evidence: Readonly<Record<string, string>>;
    readonly at: Date;
  },
): Promise<void> {
  await tx.sql`
    insert into billing_vat_checks (tenant_id, id, country, vat_number, outcome, evidence, at)
    values (${tx.tenantId}, ${check.id}, ${check.country}, ${check.vatNumber}, ${check.outcome},
      ${tx.sql.json(check.evidence as never)}, ${check.at})`;
}

/** The newest answer that decides something, or else that VIES was away. */
export async function selectVatCheck(
  tx: TenantTx,
  country: string,
  vatNumber: string,
  since: Date,
): Promise<"valid" | "invalid" | "unavailable" | null> {
  const [row] = await tx.sql<{ outcome: "valid" | "invalid" | "unavailable" }[]>`
    select outcome from billing_vat_checks
    where tenant_id = ${tx.tenantId} and country = ${country} and vat_number = ${vatNumber} and at >= ${since}
    order by outcome = 'unavailable', at desc limit 1`;
  return row?.outcome ?? null;
}

export async function selectBudget(tx: TenantTx): Promise<bigint | null> {
  const [row] = await tx.sql<{ cents: bigint }[]>`
    select monthly_cents as cents from billing_budgets where tenant_id = ${tx.tenantId}`;
  return row?.cents ?? null;
}

export async function upsertBudget(tx: TenantTx, cents: bigint | null, now: Date): Promise<void> {
  if (cents === null) await tx.sql`delete from billing_budgets where tenant_id = ${tx.tenantId}`;
  else
    await tx.sql`
      insert into billing_budgets (tenant_id, monthly_cents, set_at) values (${tx.tenantId}, ${cents}, ${now})
      on conflict (tenant_id) do update set monthly_cents = excluded.monthly_cents, set_at = excluded.set_at`;
}

/** False when this threshold was told this month already. */
export async function insertBudgetAlert(tx: TenantTx, month: string, percent: number, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    insert into billing_budget_alerts (tenant_id, month, percent, at)
    values (${tx.tenantId}, ${month}::text::date, ${percent}, ${now}) on conflict do nothing returning 1`;
  return rows.length === 1;
}

export async function selectBudgetAlerts(tx: TenantTx, month: string): Promise<{ percent: number; at: Date }[]> {
  return tx.sql<{ percent: number; at: Date }[]>`
    select percent, at from billing_budget_alerts
    where tenant_id = ${tx.tenantId} and month = ${month}::text::date order by percent`;
}

/** An invoice in the operators' list. */
export interface OperatorInvoice {
  readonly tenantId: TenantId;
  readonly tenantName: string;
  readonly id: InvoiceId;
  readonly kind: "invoice" | "credit_note";
  readonly state: "draft" | "issued";
  readonly series: string | null;
  readonly year: number | null;
  readonly number: bigint | null;
  readonly issuedOn: string | null;
  readonly dueOn: string | null;
  readonly vatTreatment: VatTreatment;
  readonly totalCents: bigint;
  readonly openCents: bigint;
  readonly step: number;
  /** What SdI said last; null: nothing yet. */
  readonly receipt: "delivered" | "rejected" | "undeliverable" | null;
  readonly transmissions: number;
}

export async function selectOperatorInvoices(tx: OperatorTx, count: number): Promise<OperatorInvoice[]> {
  return tx.sql<OperatorInvoice[]>`
    select i.tenant_id as "tenantId", t.name as "tenantName", i.id, i.kind, i.state, i.series, i.year, i.number,
      to_char(i.issued_on, 'YYYY-MM-DD') as "issuedOn", to_char(i.due_on, 'YYYY-MM-DD') as "dueOn",
      i.vat_treatment as "vatTreatment", i.total_cents as "totalCents",
      (coalesce((select sum(d.cents) from billing_dues d where d.tenant_id = i.tenant_id and d.invoice_id = i.id), 0)
        - coalesce((select sum(a.cents) from billing_allocations a where a.tenant_id = i.tenant_id and a.invoice_id = i.id), 0))::bigint
        as "openCents",
      coalesce((select max(r.step) from billing_reminders r where r.tenant_id = i.tenant_id and r.invoice_id = i.id), 0) as step,
      (select r.kind from billing_receipts r where r.tenant_id = i.tenant_id and r.invoice_id = i.id
        order by r.transmission desc, r.received_at desc limit 1) as receipt,
      (select count(*)::int from billing_documents d where d.tenant_id = i.tenant_id and d.invoice_id = i.id and d.kind = 'xml')
        as transmissions
    from billing_invoices i join tenancy_tenants t on t.tenant_id = i.tenant_id
    order by i.state = 'draft' desc, i.issued_at desc, i.number desc limit ${count}`;
}
