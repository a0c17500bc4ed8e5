import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import type { Acceptance, CatalogueDocument } from "./document.ts";
import type { BillingUnit, HostUse, Price, Product, SkuVersion, TaxRate } from "./sku.ts";

interface VersionRow {
  readonly sku: string;
  readonly version: number;
  readonly product: Product;
  readonly nameIt: string;
  readonly nameEn: string;
  readonly descriptionIt: string;
  readonly descriptionEn: string;
  readonly siteId: string | null;
  readonly capacityBytes: bigint | null;
  readonly bandwidthBytesPerSecond: bigint | null;
  readonly replicaPlan: string;
  readonly hostUse: HostUse;
  readonly ipAddresses: number;
  readonly quantityMax: bigint;
  readonly units: BillingUnit[];
  readonly validFrom: Date;
  readonly soldUntil: Date | null;
}

export async function selectVersions(tx: Tx): Promise<SkuVersion[]> {
  const rows = await tx.sql<VersionRow[]>`
    select v.sku_id as sku, v.version, s.product, v.name_it as "nameIt", v.name_en as "nameEn",
      v.description_it as "descriptionIt", v.description_en as "descriptionEn", v.site_id as "siteId",
      v.capacity_bytes as "capacityBytes", v.bandwidth_bytes_per_second as "bandwidthBytesPerSecond",
      v.replica_plan as "replicaPlan", v.host_use as "hostUse", v.ip_addresses as "ipAddresses",
      v.quantity_max as "quantityMax", v.units, v.valid_from as "validFrom", v.sold_until as "soldUntil"
    from catalogue_versions v join catalogue_skus s on s.id = v.sku_id order by s.product, v.sku_id, v.version`;
  return rows.map(({ nameIt, nameEn, descriptionIt, descriptionEn, ...row }) => ({
    ...row,
    name: { it: nameIt, en: nameEn },
    description: { it: descriptionIt, en: descriptionEn },
  }));
}

export async function insertSku(tx: OperatorTx, sku: string, product: Product, now: Date): Promise<void> {
  await tx.sql`insert into catalogue_skus (id, product, created_at) values (${sku}, ${product}, ${now}) on conflict do nothing`;
}

export async function selectProduct(tx: Tx, sku: string): Promise<Product | null> {
  const [row] = await tx.sql<{ product: Product }[]>`select product from catalogue_skus where id = ${sku}`;
  return row?.product ?? null;
}

/** Locks the thing sold against another publication, which would take the same number. */
export async function lockNextVersion(tx: OperatorTx, sku: string): Promise<number> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('catalogue'), hashtext(${sku}))`;
  const [row] = await tx.sql<{ next: number }[]>`
    select coalesce(max(version), 0) + 1 as next from catalogue_versions where sku_id = ${sku}`;
  return row?.next ?? 1;
}

export async function insertVersion(tx: OperatorTx, version: SkuVersion, now: Date): Promise<void> {
  await tx.sql`
    insert into catalogue_versions (sku_id, version, name_it, name_en, description_it, description_en, site_id, capacity_bytes,
      bandwidth_bytes_per_second, replica_plan, host_use, ip_addresses, quantity_max, units, valid_from, sold_until, created_at)
    values (${version.sku}, ${version.version}, ${version.name.it}, ${version.name.en}, ${version.description.it},
      ${version.description.en}, ${version.siteId}, ${version.capacityBytes}, ${version.bandwidthBytesPerSecond},
      ${version.replicaPlan}, ${version.hostUse}, ${version.ipAddresses}, ${version.quantityMax}, ${[...version.units]},
      ${version.validFrom}, ${version.soldUntil}, ${now})`;
}

export async function endSales(tx: OperatorTx, sku: string, at: Date): Promise<number> {
  const rows = await tx.sql`
    update catalogue_versions set sold_until = ${at} where sku_id = ${sku} and sold_until is null returning 1`;
  return rows.length;
}

export async function selectPrices(tx: Tx): Promise<Price[]> {
  return tx.sql<Price[]>`
    select sku_id as sku, unit, valid_from as "validFrom", price_micros as "priceMicros"
    from catalogue_prices order by sku_id, unit, valid_from`;
}

export async function insertPrice(
  tx: OperatorTx,
  price: Price & { readonly approvalId: string | null },
  now: Date,
): Promise<void> {
  await tx.sql`
    insert into catalogue_prices (sku_id, unit, valid_from, price_micros, announced_at, approval_id)
    values (${price.sku}, ${price.unit}, ${price.validFrom}, ${price.priceMicros}, ${now}, ${price.approvalId})`;
}

export async function selectTaxRates(tx: Tx): Promise<TaxRate[]> {
  return tx.sql<TaxRate[]>`
    select country, valid_from as "validFrom", basis_points::bigint as "basisPoints"
    from catalogue_tax_rates order by country, valid_from`;
}

export async function insertTaxRate(
  tx: OperatorTx,
  rate: TaxRate & { readonly approvalId: string | null },
): Promise<void> {
  await tx.sql`
    insert into catalogue_tax_rates (country, valid_from, basis_points, approval_id)
    values (${rate.country}, ${rate.validFrom}, ${Number(rate.basisPoints)}, ${rate.approvalId})`;
}

export async function selectDocuments(tx: Tx): Promise<CatalogueDocument[]> {
  return tx.sql<CatalogueDocument[]>`
    select id, version, language, kind, product, site_id as "siteId", title, body, sha256, valid_from as "validFrom"
    from catalogue_documents order by kind desc, id, version, language`;
}

export async function insertDocument(tx: OperatorTx, document: CatalogueDocument, now: Date): Promise<void> {
  await tx.sql`
    insert into catalogue_documents (id, version, language, kind, product, site_id, title, body, sha256, valid_from, created_at)
    values (${document.id}, ${document.version}, ${document.language}, ${document.kind}, ${document.product},
      ${document.siteId}, ${document.title}, ${document.body}, ${document.sha256}, ${document.validFrom}, ${now})`;
}

export async function selectAcceptances(tx: TenantTx): Promise<Acceptance[]> {
  return tx.sql<Acceptance[]>`
    select document_id as "documentId", version, language, sha256, principal_id as "principalId", ip, at
    from catalogue_acceptances where tenant_id = ${tx.tenantId} order by at, id`;
}

export async function insertAcceptance(tx: TenantTx, id: string, acceptance: Acceptance): Promise<void> {
  await tx.sql`
    insert into catalogue_acceptances (tenant_id, id, document_id, version, language, sha256, principal_id, ip, at)
    values (${tx.tenantId}, ${id}, ${acceptance.documentId}, ${acceptance.version}, ${acceptance.language},
      ${acceptance.sha256}, ${acceptance.principalId}, ${acceptance.ip}, ${acceptance.at})`;
}
