import type { InvoiceId, TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { InvoiceParty } from "./invoice.ts";
import type { DocumentRow } from "./store-invoices.ts";

/** A kept document with the invoice that it is of. */
export interface ArchivedDocument extends DocumentRow {
  readonly bytes: Buffer;
  readonly invoiceKind: "invoice" | "credit_note";
  readonly series: string;
  readonly year: number;
  readonly number: bigint;
  readonly issuedOn: string;
  readonly totalCents: bigint;
  readonly customer: InvoiceParty;
}

/** Where the page before ended. */
export type ArchivedPlace = Pick<ArchivedDocument, "series" | "number" | "kind" | "transmission">;

/** A year's documents of every customer, in the order of numbers. */
export async function selectArchived(
  tx: OperatorTx,
  year: number,
  after: ArchivedPlace | null,
  count: number,
): Promise<ArchivedDocument[]> {
  return tx.sql<ArchivedDocument[]>`
    select d.kind, d.transmission, d.file_name as "fileName", d.sha256, d.bytes, d.made_at as "madeAt",
      to_char(d.keep_until, 'YYYY-MM-DD') as "keepUntil", i.kind as "invoiceKind", i.series, i.year, i.number,
      to_char(i.issued_on, 'YYYY-MM-DD') as "issuedOn", i.total_cents as "totalCents", i.customer
    from billing_documents d join billing_invoices i on i.tenant_id = d.tenant_id and i.id = d.invoice_id
    where i.state = 'issued' and i.year = ${year} and (i.series, i.number, d.kind, d.transmission) >
      (${after?.series ?? ""}, ${after?.number ?? 0n}, ${after?.kind ?? ""}, ${after?.transmission ?? 0})
    order by i.series, i.number, d.kind, d.transmission limit ${count}`;
}

export async function selectArchiveYears(tx: OperatorTx): Promise<{ year: number; invoices: number }[]> {
  return tx.sql<{ year: number; invoices: number }[]>`
    select year, count(*)::int as invoices from billing_invoices where state = 'issued' group by year order by year desc`;
}

/** A document's place in the hash list, and whether its bytes still have their hash. */
export interface HashedDocument {
  readonly tenantId: TenantId;
  readonly invoiceId: InvoiceId;
  readonly kind: DocumentRow["kind"];
  readonly transmission: number;
  readonly fileName: string;
  readonly sha256: string;
  readonly madeAt: Date;
  readonly isWhole: boolean;
}

const nobody = "00000000-0000-0000-0000-000000000000";

/** The hash list, a page of it; the database works the sums out. */
export async function selectHashed(
  tx: OperatorTx,
  madeUntil: Date,
  after: HashedDocument | null,
  count: number,
): Promise<HashedDocument[]> {
  return tx.sql<HashedDocument[]>`
    select d.tenant_id as "tenantId", d.invoice_id as "invoiceId", d.kind, d.transmission, d.file_name as "fileName",
      d.sha256, d.made_at as "madeAt", encode(sha256(d.bytes), 'hex') = d.sha256 as "isWhole"
    from billing_documents d
    where d.made_at <= ${madeUntil} and (d.tenant_id, d.invoice_id, d.kind, d.transmission) >
      (${after?.tenantId ?? nobody}::uuid, ${after?.invoiceId ?? nobody}::uuid, ${after?.kind ?? ""}, ${after?.transmission ?? 0})
    order by d.tenant_id, d.invoice_id, d.kind, d.transmission limit ${count}`;
}

/** What a look at the archive found (R49). */
export interface ArchiveCheck {
  readonly at: Date;
  readonly listedUntil: Date;
  readonly documents: number;
  readonly damaged: number;
  readonly listSha256: string;
  /** Null: there was no sound look before. */
  readonly isListKept: boolean | null;
}

export async function insertArchiveCheck(tx: OperatorTx, check: ArchiveCheck): Promise<void> {
  await tx.sql`
    insert into billing_archive_checks (at, listed_until, documents, damaged, list_sha256, is_list_kept)
    values (${check.at}, ${check.listedUntil}, ${check.documents}, ${check.damaged}, ${check.listSha256},
      ${check.isListKept})`;
}

/** The newest look, or the newest that found everything in order. */
export async function selectArchiveCheck(tx: OperatorTx, which: "any" | "sound"): Promise<ArchiveCheck | null> {
  const [row] = await tx.sql<ArchiveCheck[]>`
    select at, listed_until as "listedUntil", documents, damaged, list_sha256 as "listSha256", is_list_kept as "isListKept"
    from billing_archive_checks where ${which === "any"} or (damaged = 0 and is_list_kept is distinct from false)
    order by at desc limit 1`;
  return row ?? null;
}
