import type { Sql, TenantTx } from "@casaforte/platform/db";
import type { Delivery, DeliveryId, EndpointId, Happening } from "./types.ts";

const columns = (sql: Sql) => sql`id, endpoint_id as "endpointId", event_id as "eventId", event_type as type,
  object_kind as kind, object_id as "objectId", occurred_at as at, state, attempts, next_at as "nextAt",
  tried_since as "triedSince", last_at as "lastAt", last_status as "lastStatus", last_trouble as "lastTrouble",
  last_ms as "lastMs"`;

/** False when this endpoint has this event already. */
export async function insertDelivery(
  tx: TenantTx,
  id: DeliveryId,
  endpointId: EndpointId,
  happening: Happening,
  now: Date,
): Promise<boolean> {
  const { eventId, type, kind, objectId, at } = happening;
  const done = await tx.sql`
    insert into webhooks_deliveries (tenant_id, id, endpoint_id, event_id, event_type, object_kind, object_id, occurred_at,
      next_at, tried_since, created_at)
    values (${tx.tenantId}, ${id}, ${endpointId}, ${eventId}, ${type}, ${kind}, ${objectId}, ${at}, ${now}, ${now}, ${now})
    on conflict (tenant_id, endpoint_id, event_id) do nothing`;
  return done.count > 0;
}

/** How many wait, counted no further than `most`. */
export async function countWaiting(tx: TenantTx, endpointId: EndpointId, most: number): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from (select 1 from webhooks_deliveries
      where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and state = 'waiting' limit ${most}) counted`;
  return row?.count ?? 0;
}

/** Takes the delivery that has been due longest, for oneself alone until `claimedUntil`. */
export async function claimDue(
  tx: TenantTx,
  endpointId: EndpointId,
  now: Date,
  claimedUntil: Date,
): Promise<Delivery | null> {
  const [row] = await tx.sql<Delivery[]>`
    update webhooks_deliveries set claimed_until = ${claimedUntil}
    where tenant_id = ${tx.tenantId} and id = (
      select id from webhooks_deliveries
      where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and state = 'waiting' and next_at <= ${now}
        and (claimed_until is null or claimed_until <= ${now})
      order by next_at, id limit 1 for update skip locked)
    returning ${columns(tx.sql)}`;
  return row ?? null;
}

/** Whether a request to it is under way. */
export async function isSending(tx: TenantTx, endpointId: EndpointId, now: Date): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from webhooks_deliveries
    where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and state = 'waiting' and claimed_until > ${now} limit 1`;
  return rows.length > 0;
}

/** When the next one of an endpoint can be sent, after the one that is under way; null when none waits. */
export async function selectNextDue(tx: TenantTx, endpointId: EndpointId): Promise<Date | null> {
  const [row] = await tx.sql<{ at: Date | null }[]>`
    select greatest(min(next_at), max(claimed_until)) as at from webhooks_deliveries
    where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and state = 'waiting'`;
  return row?.at ?? null;
}

export async function updateDelivery(tx: TenantTx, d: Delivery): Promise<void> {
  await tx.sql`
    update webhooks_deliveries set state = ${d.state}, attempts = ${d.attempts}, next_at = ${d.nextAt}, claimed_until = null,
      tried_since = ${d.triedSince}, last_at = ${d.lastAt}, last_status = ${d.lastStatus}, last_trouble = ${d.lastTrouble},
      last_ms = ${d.lastMs}
    where tenant_id = ${tx.tenantId} and id = ${d.id}`;
}

/** Held until the transaction ends. */
export async function lockDelivery(tx: TenantTx, endpointId: EndpointId, id: DeliveryId): Promise<Delivery | null> {
  const [row] = await tx.sql<Delivery[]>`
    select ${columns(tx.sql)} from webhooks_deliveries
    where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and id = ${id} for no key update`;
  return row ?? null;
}

/** Newest first; ids rise with time. */
export async function selectDeliveries(
  tx: TenantTx,
  endpointId: EndpointId,
  before: DeliveryId | null,
  count: number,
): Promise<Delivery[]> {
  return tx.sql<Delivery[]>`
    select ${columns(tx.sql)} from webhooks_deliveries
    where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and (${before}::uuid is null or id < ${before}::uuid)
    order by id desc limit ${count}`;
}

/** What waits is tried at once. */
export async function hastenWaiting(tx: TenantTx, endpointId: EndpointId, now: Date): Promise<void> {
  await tx.sql`
    update webhooks_deliveries set next_at = ${now}, tried_since = ${now}
    where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and state = 'waiting'`;
}

/** What waits stays, however old: a paused endpoint's events go out when it goes on. */
export async function deleteOldDeliveries(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`
    delete from webhooks_deliveries
    where tenant_id = ${tx.tenantId} and created_at < ${before} and state <> 'waiting'`;
}

/** Trials of one endpoint since a moment. */
export async function countTrials(tx: TenantTx, endpointId: EndpointId, since: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from webhooks_deliveries
    where tenant_id = ${tx.tenantId} and endpoint_id = ${endpointId} and event_type = 'webhook.test' and created_at > ${since}`;
  return row?.count ?? 0;
}
