import type { WebhookTopic } from "@casaforte/contract/webhooks";
import type { TenantId } from "@casaforte/kernel";
import type { LookupTx, Sql, TenantTx } from "@casaforte/platform/db";
import type { DisabledReason, Endpoint, EndpointId } from "./types.ts";

const columns = (sql: Sql) => sql`id, name, url, topics, state, disabled_reason as "disabledReason",
  sealed_secret as "sealedSecret", sealed_before as "sealedBefore", before_until as "beforeUntil",
  failing_since as "failingSince", rests_until as "restsUntil", last_success_at as "lastSuccessAt",
  created_by as "createdBy", created_at as "createdAt"`;

export async function selectEndpoints(tx: TenantTx): Promise<Endpoint[]> {
  return tx.sql<Endpoint[]>`
    select ${columns(tx.sql)} from webhooks_endpoints where tenant_id = ${tx.tenantId} order by created_at, id`;
}

export async function selectEndpoint(tx: TenantTx, id: EndpointId): Promise<Endpoint | null> {
  const [row] = await tx.sql<Endpoint[]>`
    select ${columns(tx.sql)} from webhooks_endpoints where tenant_id = ${tx.tenantId} and id = ${id}`;
  return row ?? null;
}

/** Held until the transaction ends, for whoever changes how it stands. */
export async function lockEndpoint(tx: TenantTx, id: EndpointId): Promise<Endpoint | null> {
  const [row] = await tx.sql<Endpoint[]>`
    select ${columns(tx.sql)} from webhooks_endpoints where tenant_id = ${tx.tenantId} and id = ${id} for no key update`;
  return row ?? null;
}

/** Those that are told of a subject, paused ones too: their events wait. */
export async function selectListeners(tx: TenantTx, topic: WebhookTopic): Promise<{ readonly id: EndpointId }[]> {
  return tx.sql<{ id: EndpointId }[]>`
    select id from webhooks_endpoints
    where tenant_id = ${tx.tenantId} and state <> 'disabled' and ${topic} = any (topics) order by id`;
}

export async function insertEndpoint(tx: TenantTx, e: Endpoint): Promise<void> {
  await tx.sql`
    insert into webhooks_endpoints (tenant_id, id, name, url, topics, sealed_secret, created_by, created_at)
    values (${tx.tenantId}, ${e.id}, ${e.name}, ${e.url}, ${[...e.topics]}, ${e.sealedSecret}, ${e.createdBy}, ${e.createdAt})`;
}

/** Writes everything of an endpoint that may change. */
export async function updateEndpoint(tx: TenantTx, e: Endpoint): Promise<void> {
  await tx.sql`
    update webhooks_endpoints set name = ${e.name}, url = ${e.url}, topics = ${[...e.topics]}, state = ${e.state},
      disabled_reason = ${e.disabledReason}, sealed_secret = ${e.sealedSecret}, sealed_before = ${e.sealedBefore},
      before_until = ${e.beforeUntil}, failing_since = ${e.failingSince}, rests_until = ${e.restsUntil},
      last_success_at = ${e.lastSuccessAt}
    where tenant_id = ${tx.tenantId} and id = ${e.id}`;
}

export async function deleteEndpoint(tx: TenantTx, id: EndpointId): Promise<boolean> {
  const done = await tx.sql`delete from webhooks_endpoints where tenant_id = ${tx.tenantId} and id = ${id}`;
  return done.count > 0;
}

export async function markDisabled(tx: TenantTx, id: EndpointId, reason: DisabledReason): Promise<boolean> {
  const done = await tx.sql`
    update webhooks_endpoints set state = 'disabled', disabled_reason = ${reason}
    where tenant_id = ${tx.tenantId} and id = ${id} and state <> 'disabled'`;
  return done.count > 0;
}

/** Forgets secrets that sign no longer. */
export async function clearSecretsBefore(tx: TenantTx, now: Date): Promise<void> {
  await tx.sql`
    update webhooks_endpoints set sealed_before = null, before_until = null
    where tenant_id = ${tx.tenantId} and before_until <= ${now}`;
}

/** The first endpoint is told of what happens from now on. */
export async function beginCursor(tx: TenantTx, seq: bigint): Promise<void> {
  await tx.sql`
    insert into webhooks_cursors (tenant_id, seq) values (${tx.tenantId}, ${seq})
    on conflict (tenant_id) do update set seq = excluded.seq`;
}

/** Where the log was read to; held until the transaction ends, so that one reads at a time. */
export async function lockCursor(tx: TenantTx): Promise<bigint | null> {
  const [row] = await tx.sql<{ seq: bigint }[]>`
    select seq from webhooks_cursors where tenant_id = ${tx.tenantId} for update`;
  return row?.seq ?? null;
}

export async function moveCursor(tx: TenantTx, seq: bigint): Promise<void> {
  await tx.sql`update webhooks_cursors set seq = ${seq} where tenant_id = ${tx.tenantId}`;
}

export async function selectListening(tx: LookupTx): Promise<{ readonly tenantId: TenantId; readonly seq: bigint }[]> {
  return tx.sql<{ tenantId: TenantId; seq: bigint }[]>`select tenant_id as "tenantId", seq from webhooks_listening()`;
}
