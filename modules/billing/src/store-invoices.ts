import type { InvoiceId, ServiceId } from "@casaforte/kernel";
import type { BillingUnit } from "@casaforte/modules/catalogue";
import { isViolation, type OperatorTx, type TenantTx, type Tx } from "@casaforte/platform/db";
import type {
  BillingSettings,
  Invoice,
  InvoiceHead,
  InvoiceParty,
  InvoiceSeller,
  StoredLine,
  StoredVat,
} from "./invoice.ts";
import type { RatedUnit } from "./rate-usage.ts";

export async function selectSettings(tx: Tx): Promise<BillingSettings> {
  const [row] = await tx.sql<BillingSettings[]>`
    select series, tax_regime as "taxRegime", payment_days as "paymentDays", iban, uses_oss as "usesOss" from billing_settings`;
  return row ?? { series: "CF", taxRegime: "RF01", paymentDays: 30, iban: null, usesOss: false };
}

export async function updateSettings(tx: OperatorTx, settings: BillingSettings, now: Date): Promise<void> {
  await tx.sql`
    update billing_settings set series = ${settings.series}, tax_regime = ${settings.taxRegime},
      payment_days = ${settings.paymentDays}, iban = ${settings.iban}, uses_oss = ${settings.usesOss}, updated_at = ${now}`;
}

/** Waits for whoever takes a number of this series, of whatever year. */
export async function lockNumbers(tx: TenantTx, series: string): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('billing.numbers'), hashtext(${series}))`;
}

/** The next number; held until the transaction ends, so that none is lost (R45). */
export async function takeNumber(tx: TenantTx, series: string, year: number): Promise<bigint> {
  const [row] = await tx.sql<{ number: bigint }[]>`select billing_take_number(${series}, ${year}) as number`;
  return row?.number ?? 1n;
}

/** Ledger rows of units that start before an instant and stand on no issued invoice. */
export async function selectUnbilled(tx: TenantTx, until: Date): Promise<RatedUnit[]> {
  const rows = await tx.sql<(Omit<RatedUnit, "fromMs" | "toMs"> & { from: Date; to: Date })[]>`
    select u.id, u.service_id as "serviceId", u.sku_id as sku, u.unit, u.unit_from as "from", u.unit_to as "to", u.quantity
    from metering_units u
    where u.tenant_id = ${tx.tenantId} and u.unit_from < ${until} and not exists (
      select 1 from billing_line_units b where b.tenant_id = u.tenant_id and b.unit_id = u.id)
    order by u.unit_from, u.id`;
  return rows.map(({ from, to, ...row }) => ({ ...row, fromMs: from.getTime(), toMs: to.getTime() }));
}

/** Until when usage stands on issued invoices. */
export async function selectBilledUntil(tx: TenantTx): Promise<Date | null> {
  const [row] = await tx.sql<{ until: Date | null }[]>`
    select max(until) as until from billing_invoices
    where tenant_id = ${tx.tenantId} and state = 'issued' and kind = 'invoice'`;
  return row?.until ?? null;
}

export async function deleteDraft(tx: TenantTx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('billing'), hashtext(${tx.tenantId}))`;
  const drafts = await tx.sql<{ id: string }[]>`
    select id from billing_invoices where tenant_id = ${tx.tenantId} and state = 'draft'`;
  for (const { id } of drafts) {
    await tx.sql`delete from billing_line_units where tenant_id = ${tx.tenantId} and invoice_id = ${id}`;
    await tx.sql`delete from billing_line_charges where tenant_id = ${tx.tenantId} and invoice_id = ${id}`;
    await tx.sql`delete from billing_lines where tenant_id = ${tx.tenantId} and invoice_id = ${id}`;
    await tx.sql`delete from billing_vat where tenant_id = ${tx.tenantId} and invoice_id = ${id}`;
    await tx.sql`delete from billing_invoices where tenant_id = ${tx.tenantId} and id = ${id}`;
  }
}

export async function insertDraft(
  tx: TenantTx,
  invoice: Invoice,
  billedBy: ReadonlyMap<number, { readonly unitIds: readonly string[]; readonly chargeId: string | null }>,
): Promise<void> {
  const { id } = invoice;
  await tx.sql`
    insert into billing_invoices (tenant_id, id, kind, until, credits, vat_treatment, net_cents, vat_cents, total_cents, created_at)
    values (${tx.tenantId}, ${id}, ${invoice.kind}, ${invoice.until}, ${invoice.credits}, ${invoice.vatTreatment},
      ${invoice.netCents}, ${invoice.vatCents}, ${invoice.totalCents}, ${invoice.createdAt})`;
  for (const line of invoice.lines) {
    await tx.sql`
      insert into billing_lines (tenant_id, invoice_id, line, service_id, sku_id, unit, description_it, description_en, from_at,
        until_at, quantity, price_micros, net_cents, basis_points, nature, is_correction)
      values (${tx.tenantId}, ${id}, ${line.line}, ${line.serviceId}, ${line.sku}, ${line.unit}, ${line.descriptionIt},
        ${line.descriptionEn}, ${line.from}, ${line.until}, ${line.quantity}, ${line.priceMicros}, ${line.netCents},
        ${Number(line.basisPoints)}, ${line.nature}, ${line.isCorrection})`;
    const { unitIds: units, chargeId } = billedBy.get(line.line) ?? { unitIds: [], chargeId: null };
    if (chargeId !== null)
      await tx.sql`
        insert into billing_line_charges (tenant_id, charge_id, invoice_id, line)
        values (${tx.tenantId}, ${chargeId}, ${id}, ${line.line})`;
    for (let index = 0; index < units.length; index += 1_000)
      await tx.sql`
        insert into billing_line_units (tenant_id, unit_id, invoice_id, line)
        select ${tx.tenantId}, unit_id, ${id}, ${line.line}
        from unnest(${units.slice(index, index + 1_000)}::text[]::uuid[]) as unit_id`;
  }
  for (const vat of invoice.vat)
    await tx.sql`
      insert into billing_vat (tenant_id, invoice_id, basis_points, nature, net_cents, vat_cents, legal_it, legal_en)
      values (${tx.tenantId}, ${id}, ${Number(vat.basisPoints)}, ${vat.nature ?? ""}, ${vat.netCents}, ${vat.vatCents},
        ${vat.legalIt}, ${vat.legalEn})`;
}

export interface IssueStamp {
  readonly series: string;
  readonly year: number;
  readonly number: bigint;
  readonly issuedAt: Date;
  readonly issuedOn: string;
  readonly dueOn: string;
  readonly seller: InvoiceSeller;
  readonly customer: InvoiceParty;
}

export async function markIssued(tx: TenantTx, id: InvoiceId, stamp: IssueStamp): Promise<void> {
  await tx.sql`
    update billing_invoices set state = 'issued', series = ${stamp.series}, year = ${stamp.year}, number = ${stamp.number},
      issued_at = ${stamp.issuedAt}, issued_on = ${stamp.issuedOn}::text::date, due_on = ${stamp.dueOn}::text::date,
      seller = ${tx.sql.json(stamp.seller as never)}, customer = ${tx.sql.json(stamp.customer as never)}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Newest first; the draft before all. */
export async function selectHeads(tx: TenantTx, count: number): Promise<InvoiceHead[]> {
  return tx.sql<InvoiceHead[]>`
    select id, kind, state, series, year, number, until, issued_at as "issuedAt", to_char(issued_on, 'YYYY-MM-DD') as "issuedOn",
      to_char(due_on, 'YYYY-MM-DD') as "dueOn", credits, seller, customer, vat_treatment as "vatTreatment",
      net_cents as "netCents", vat_cents as "vatCents", total_cents as "totalCents", created_at as "createdAt"
    from billing_invoices where tenant_id = ${tx.tenantId}
    order by state = 'draft' desc, issued_at desc, number desc limit ${count}`;
}

export async function selectInvoice(tx: TenantTx, id: InvoiceId): Promise<Invoice | null> {
  const [head] = await tx.sql<InvoiceHead[]>`
    select id, kind, state, series, year, number, until, issued_at as "issuedAt", to_char(issued_on, 'YYYY-MM-DD') as "issuedOn",
      to_char(due_on, 'YYYY-MM-DD') as "dueOn", credits, seller, customer, vat_treatment as "vatTreatment",
      net_cents as "netCents", vat_cents as "vatCents", total_cents as "totalCents", created_at as "createdAt"
    from billing_invoices where tenant_id = ${tx.tenantId} and id = ${id}`;
  if (head === undefined) return null;
  const lines = await tx.sql<StoredLine[]>`
    select line, service_id as "serviceId", sku_id as sku, unit, description_it as "descriptionIt",
      description_en as "descriptionEn", from_at as "from", until_at as until, quantity, price_micros as "priceMicros",
      net_cents as "netCents", basis_points::bigint as "basisPoints", nature, is_correction as "isCorrection"
    from billing_lines where tenant_id = ${tx.tenantId} and invoice_id = ${id} order by line`;
  const vat = await tx.sql<StoredVat[]>`
    select basis_points::bigint as "basisPoints", nullif(nature, '') as nature, net_cents as "netCents",
      vat_cents as "vatCents", legal_it as "legalIt", legal_en as "legalEn"
    from billing_vat where tenant_id = ${tx.tenantId} and invoice_id = ${id} order by basis_points desc, nature`;
  return { ...head, lines: [...lines], vat: [...vat] };
}

export interface LineUnit {
  readonly id: string;
  readonly subjectId: string;
  readonly serviceId: ServiceId;
  readonly sku: string;
  readonly unit: BillingUnit;
  readonly from: Date;
  readonly to: Date;
  readonly quantity: bigint;
  readonly closedAt: Date;
}

/** The ledger rows behind a line (R41). */
export async function selectLineUnits(tx: TenantTx, id: InvoiceId, line: number, count: number): Promise<LineUnit[]> {
  return tx.sql<LineUnit[]>`
    select u.id, u.subject_id as "subjectId", u.service_id as "serviceId", u.sku_id as sku, u.unit, u.unit_from as "from", u.unit_to as "to", u.quantity, u.closed_at as "closedAt"
    from billing_line_units b join metering_units u on u.tenant_id = b.tenant_id and u.id = b.unit_id
    where b.tenant_id = ${tx.tenantId} and b.invoice_id = ${id} and b.line = ${line}
    order by u.unit_from, u.id limit ${count}`;
}

/** A credit note of this invoice exists already? */
export const isCreditedTwice = (error: unknown): boolean => isViolation(error, "billing_invoices_credited_once");

export interface DocumentRow {
  readonly kind: "pdf_it" | "pdf_en" | "xml";
  readonly transmission: number;
  readonly fileName: string;
  readonly sha256: string;
  readonly madeAt: Date;
  readonly keepUntil: string;
}

export async function insertDocument(
  tx: TenantTx,
  id: InvoiceId,
  document: DocumentRow & { readonly bytes: Uint8Array },
): Promise<void> {
  await tx.sql`
    insert into billing_documents (tenant_id, invoice_id, kind, transmission, file_name, sha256, bytes, made_at, keep_until)
    values (${tx.tenantId}, ${id}, ${document.kind}, ${document.transmission}, ${document.fileName}, ${document.sha256},
      ${Buffer.from(document.bytes)}, ${document.madeAt}, ${document.keepUntil}::text::date)`;
}

export async function selectDocuments(tx: TenantTx, id: InvoiceId): Promise<DocumentRow[]> {
  return tx.sql<DocumentRow[]>`
    select kind, transmission, file_name as "fileName", sha256, made_at as "madeAt", to_char(keep_until, 'YYYY-MM-DD') as "keepUntil"
    from billing_documents where tenant_id = ${tx.tenantId} and invoice_id = ${id} order by kind, transmission`;
}

/** The newest of its kind with its bytes. */
export async function selectDocument(
  tx: TenantTx,
  id: InvoiceId,
  kind: DocumentRow["kind"],
): Promise<(DocumentRow & { readonly bytes: Buffer }) | null> {
  const [row] = await tx.sql<(DocumentRow & { bytes: Buffer })[]>`
    select kind, transmission, file_name as "fileName", sha256, bytes, made_at as "madeAt",
      to_char(keep_until, 'YYYY-MM-DD') as "keepUntil"
    from billing_documents where tenant_id = ${tx.tenantId} and invoice_id = ${id} and kind = ${kind}
    order by transmission desc limit 1`;
  return row ?? null;
}

/** Documents whose bytes no longer have their hash; the sum is worked out in the database (R49). */
export async function selectDamaged(tx: TenantTx): Promise<{ fileName: string }[]> {
  return tx.sql<{ fileName: string }[]>`
    select file_name as "fileName" from billing_documents
    where tenant_id = ${tx.tenantId} and encode(sha256(bytes), 'hex') <> sha256 order by file_name limit 20`;
}

/** Invoices whose lines, VAT and total do not add up, or whose lines are not the sum of their ledger rows (R41, R42). */
export async function selectUnsound(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`
    select 'invoice ' || i.id || ' does not add up' as finding from billing_invoices i
    where i.tenant_id = ${tx.tenantId} and (
      i.net_cents <> (select coalesce(sum(net_cents), 0) from billing_lines l where l.tenant_id = i.tenant_id and l.invoice_id = i.id)
      or i.vat_cents <> (select coalesce(sum(vat_cents), 0) from billing_vat v where v.tenant_id = i.tenant_id and v.invoice_id = i.id))
    union all
    select 'line ' || l.line || ' of ' || l.invoice_id || ' is not the sum of its usage' from billing_lines l
    join billing_invoices i on i.tenant_id = l.tenant_id and i.id = l.invoice_id and i.kind = 'invoice'
    where l.tenant_id = ${tx.tenantId} and l.unit <> 'once' and l.quantity <> (
      select coalesce(sum(u.quantity), 0) from billing_line_units b
      join metering_units u on u.tenant_id = b.tenant_id and u.id = b.unit_id
      where b.tenant_id = l.tenant_id and b.invoice_id = l.invoice_id and b.line = l.line)
    union all
    select 'line ' || l.line || ' of ' || l.invoice_id || ' is not what was charged' from billing_lines l
    join billing_invoices i on i.tenant_id = l.tenant_id and i.id = l.invoice_id and i.kind = 'invoice'
    where l.tenant_id = ${tx.tenantId} and l.unit = 'once' and l.net_cents is distinct from (
      select c.net_cents from billing_line_charges b
      join billing_charges c on c.tenant_id = b.tenant_id and c.id = b.charge_id
      where b.tenant_id = l.tenant_id and b.invoice_id = l.invoice_id and b.line = l.line)`;
  return rows.map((row) => row.finding);
}
