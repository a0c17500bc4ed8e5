import type { ServiceId } from "@casaforte/kernel";
import type { Price } from "@casaforte/modules/catalogue";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Service } from "./service.ts";

export async function selectServices(tx: TenantTx): Promise<Service[]> {
  return tx.sql<Service[]>`
    select id, product, sku_id as sku, sku_version as "skuVersion", quantity, unit, plan_rank as rank, site_id as "siteId",
      subject_id as "subjectId", label, state, started_at as "startedAt", ended_at as "endedAt"
    from orders_services where tenant_id = ${tx.tenantId} order by started_at, id`;
}

export async function selectService(tx: TenantTx, id: ServiceId): Promise<Service | null> {
  const [row] = await tx.sql<Service[]>`
    select id, product, sku_id as sku, sku_version as "skuVersion", quantity, unit, plan_rank as rank, site_id as "siteId",
      subject_id as "subjectId", label, state, started_at as "startedAt", ended_at as "endedAt"
    from orders_services where tenant_id = ${tx.tenantId} and id = ${id} for update`;
  return row ?? null;
}

export async function selectActiveService(tx: TenantTx, subjectId: string): Promise<Service | null> {
  const [row] = await tx.sql<Service[]>`
    select id, product, sku_id as sku, sku_version as "skuVersion", quantity, unit, plan_rank as rank, site_id as "siteId",
      subject_id as "subjectId", label, state, started_at as "startedAt", ended_at as "endedAt"
    from orders_services where tenant_id = ${tx.tenantId} and subject_id = ${subjectId} and state = 'active' for update`;
  return row ?? null;
}

/**
 * A mail account that starts shares the lock until it is committed, and who changes the plan of all has it alone: so it
 * is either among those that are told, or reads the plan after.
 */
export async function lockMailPlan(tx: TenantTx, whose: "shared" | "alone"): Promise<void> {
  if (whose === "alone") await tx.sql`select pg_advisory_xact_lock(hashtext('orders.mail'), hashtext(${tx.tenantId}))`;
  else await tx.sql`select pg_advisory_xact_lock_shared(hashtext('orders.mail'), hashtext(${tx.tenantId}))`;
}

export async function selectMailService(tx: TenantTx): Promise<Service | null> {
  const [row] = await tx.sql<Service[]>`
    select id, product, sku_id as sku, sku_version as "skuVersion", quantity, unit, plan_rank as rank, site_id as "siteId",
      subject_id as "subjectId", label, state, started_at as "startedAt", ended_at as "endedAt"
    from orders_services where tenant_id = ${tx.tenantId} and product = 'mail' and state = 'active'`;
  return row ?? null;
}

export async function insertService(tx: TenantTx, service: Service): Promise<void> {
  await tx.sql`
    insert into orders_services (tenant_id, id, product, sku_id, sku_version, quantity, unit, plan_rank, site_id, subject_id,
      label, started_at)
    values (${tx.tenantId}, ${service.id}, ${service.product}, ${service.sku}, ${service.skuVersion}, ${service.quantity},
      ${service.unit}, ${service.rank}, ${service.siteId}, ${service.subjectId}, ${service.label}, ${service.startedAt})`;
}

export async function updatePlan(tx: TenantTx, service: Service): Promise<void> {
  await tx.sql`
    update orders_services set sku_id = ${service.sku}, sku_version = ${service.skuVersion}, quantity = ${service.quantity},
      unit = ${service.unit}, plan_rank = ${service.rank}
    where tenant_id = ${tx.tenantId} and id = ${service.id}`;
}

export async function markEnded(tx: TenantTx, id: ServiceId, at: Date): Promise<void> {
  await tx.sql`
    update orders_services set state = 'ended', ended_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export interface OrderRow {
  readonly id: string;
  readonly key: string;
  readonly requestSha256: string;
  readonly kind: "create" | "change";
  readonly serviceId: ServiceId;
  readonly sku: string;
  readonly skuVersion: number;
  readonly quantity: bigint;
  readonly unit: "hour" | "month";
  readonly priceMicros: bigint;
  readonly actorId: string;
  readonly ip: string;
  readonly at: Date;
}

/** False when this key was used before; waits for a transaction that is about to use it. */
export async function insertOrder(tx: TenantTx, order: OrderRow): Promise<boolean> {
  const rows = await tx.sql`
    insert into orders_orders (tenant_id, id, key, request_sha256, kind, service_id, sku_id, sku_version, quantity, unit,
      price_micros, actor_id, ip, at)
    values (${tx.tenantId}, ${order.id}, ${order.key}, ${order.requestSha256}, ${order.kind}, ${order.serviceId},
      ${order.sku}, ${order.skuVersion}, ${order.quantity}, ${order.unit}, ${order.priceMicros}, ${order.actorId},
      ${order.ip}, ${order.at})
    on conflict (tenant_id, key) do nothing returning 1`;
  return rows.length === 1;
}

export async function selectOrder(
  tx: TenantTx,
  key: string,
): Promise<{ serviceId: ServiceId; requestSha256: string } | null> {
  const [row] = await tx.sql<{ serviceId: ServiceId; requestSha256: string }[]>`
    select service_id as "serviceId", request_sha256 as "requestSha256" from orders_orders
    where tenant_id = ${tx.tenantId} and key = ${key}`;
  return row ?? null;
}

export interface CapacityAlert {
  readonly at: Date;
  readonly tenantId: string;
  readonly siteId: string;
  readonly sku: string;
  readonly bytes: bigint;
}

export async function insertAlert(tx: TenantTx, alert: Omit<CapacityAlert, "tenantId">): Promise<void> {
  await tx.sql`
    insert into orders_capacity_alerts (at, asked_by, site_id, sku_id, bytes)
    values (${alert.at}, ${tx.tenantId}, ${alert.siteId}, ${alert.sku}, ${alert.bytes})`;
}

export async function selectAlerts(tx: OperatorTx, count: number): Promise<CapacityAlert[]> {
  return tx.sql<CapacityAlert[]>`
    select at, asked_by as "tenantId", site_id as "siteId", sku_id as sku, bytes from orders_capacity_alerts
    order by id desc limit ${count}`;
}

/** Spaces that were ordered and have no service, services whose space is gone. */
export async function selectStrays(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`
    select 'service ' || v.id || ' runs, its space does not' as finding from orders_services v
    join spaces_spaces s on s.tenant_id = v.tenant_id and s.id = v.subject_id
    where v.tenant_id = ${tx.tenantId} and v.state = 'active' and s.state = 'deleted'
    union all
    select 'service ' || v.id || ' sells another size than its space has' from orders_services v
    join spaces_spaces s on s.tenant_id = v.tenant_id and s.id = v.subject_id
    join catalogue_versions c on c.sku_id = v.sku_id and c.version = v.sku_version
    where v.tenant_id = ${tx.tenantId} and v.state = 'active' and s.quota_bytes <> c.capacity_bytes * v.quantity`;
  return rows.map((row) => row.finding);
}

/** False when this customer was told of this change before. */
export async function insertPriceTold(
  tx: TenantTx,
  { sku, unit, validFrom }: Price,
  told: { readonly services: number; readonly recipients: number; readonly at: Date },
): Promise<boolean> {
  const rows = await tx.sql`
    insert into orders_price_told (tenant_id, sku_id, unit, valid_from, services, recipients, at)
    values (${tx.tenantId}, ${sku}, ${unit}, ${validFrom}, ${told.services}, ${told.recipients}, ${told.at})
    on conflict do nothing returning 1`;
  return rows.length === 1;
}

/** How many customers were told of each change of price. */
export async function countPriceTold(
  tx: OperatorTx,
): Promise<{ readonly sku: string; readonly unit: string; readonly validFrom: Date; readonly customers: number }[]> {
  return tx.sql<{ sku: string; unit: string; validFrom: Date; customers: number }[]>`
    select sku_id as sku, unit, valid_from as "validFrom", count(*)::int as customers
    from orders_price_told group by sku_id, unit, valid_from`;
}
