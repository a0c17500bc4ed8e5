import type { TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, Sql, TenantTx } from "@casaforte/platform/db";
import type { Grant, GrantEnd, GrantId, GrantScope } from "./types.ts";

const columns = (sql: Sql) => sql`tenant_id as "tenantId", id, ticket_id as "ticketId", operator_id as "operatorId",
  operator_name as "operatorName", reason, asked_scope as "askedScope", asked_hours as "askedHours", asked_at as "askedAt",
  state, answered_by as "answeredBy", scope, until, ended_at as "endedAt", end_reason as "endReason"`;

export async function insertGrant(tx: OperatorTx, g: Grant): Promise<void> {
  await tx.sql`
    insert into grants_grants (tenant_id, id, ticket_id, operator_id, operator_name, reason, asked_scope, asked_hours, asked_at)
    values (${g.tenantId}, ${g.id}, ${g.ticketId}, ${g.operatorId}, ${g.operatorName}, ${g.reason}, ${g.askedScope},
      ${g.askedHours}, ${g.askedAt})`;
}

export async function countAsked(tx: OperatorTx, tenantId: TenantId): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from grants_grants where tenant_id = ${tenantId} and state = 'asked'`;
  return row?.count ?? 0;
}

/** Every customer's, newest first. */
export async function selectAllGrants(tx: OperatorTx, count: number): Promise<Grant[]> {
  return tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id is not null order by asked_at desc, id limit ${count}`;
}

export async function selectGrantOf(tx: OperatorTx, tenantId: TenantId, id: GrantId): Promise<Grant | null> {
  const [row] = await tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id = ${tenantId} and id = ${id}`;
  return row ?? null;
}

export async function putCode(tx: OperatorTx, g: Grant, hash: Uint8Array, until: Date): Promise<void> {
  await tx.sql`
    update grants_grants set code_hash = ${hash}, code_until = ${until}
    where tenant_id = ${g.tenantId} and id = ${g.id} and state = 'granted'`;
}

export async function selectGrants(tx: TenantTx, count: number): Promise<Grant[]> {
  return tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id = ${tx.tenantId} order by asked_at desc, id limit ${count}`;
}

export async function selectGrant(tx: TenantTx, id: GrantId): Promise<Grant | null> {
  const [row] = await tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id = ${tx.tenantId} and id = ${id}`;
  return row ?? null;
}

/** True for the one that writes to the customer. */
export async function markTold(tx: TenantTx, id: GrantId, at: Date): Promise<boolean> {
  const done = await tx.sql`
    update grants_grants set told_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id} and told_at is null and state = 'asked'`;
  return done.count > 0;
}

/** Held until the transaction ends. */
export async function lockGrant(tx: TenantTx, id: GrantId): Promise<Grant | null> {
  const [row] = await tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id = ${tx.tenantId} and id = ${id} for no key update`;
  return row ?? null;
}

export async function markGranted(
  tx: TenantTx,
  g: Grant,
  given: { readonly scope: GrantScope; readonly until: Date; readonly by: string; readonly at: Date },
): Promise<void> {
  await tx.sql`
    update grants_grants set state = 'granted', scope = ${given.scope}, until = ${given.until}, answered_by = ${given.by},
      answered_at = ${given.at}
    where tenant_id = ${tx.tenantId} and id = ${g.id}`;
}

export async function markRefused(tx: TenantTx, g: Grant, by: string, at: Date): Promise<void> {
  await tx.sql`
    update grants_grants set state = 'refused', answered_by = ${by}, answered_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${g.id}`;
}

/** With it go the link and the session. */
export async function markEnded(tx: TenantTx, g: Grant, reason: GrantEnd, at: Date): Promise<void> {
  await tx.sql`
    update grants_grants set state = 'ended', ended_at = ${at}, end_reason = ${reason}, code_hash = null, code_until = null,
      secret_hash = null
    where tenant_id = ${tx.tenantId} and id = ${g.id}`;
}

export async function markLapsed(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`
    update grants_grants set state = 'lapsed'
    where tenant_id = ${tx.tenantId} and state = 'asked' and asked_at < ${before}`;
}

export async function selectExpired(tx: TenantTx, now: Date): Promise<Grant[]> {
  return tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id = ${tx.tenantId} and state = 'granted' and until <= ${now}`;
}

/** Swaps the link's code for the session's secret. False when it was used meanwhile. */
export async function putSecret(tx: TenantTx, id: GrantId, code: Uint8Array, secret: Uint8Array): Promise<boolean> {
  const done = await tx.sql`
    update grants_grants set secret_hash = ${secret}, code_hash = null, code_until = null
    where tenant_id = ${tx.tenantId} and id = ${id} and code_hash = ${code} and state = 'granted'`;
  return done.count > 0;
}

/** The session is over; the leave stays. */
export async function clearSecret(tx: TenantTx, id: GrantId): Promise<void> {
  await tx.sql`update grants_grants set secret_hash = null where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** True the first time that a page is looked at under a grant. */
export async function insertLook(tx: TenantTx, id: GrantId, route: string, at: Date): Promise<boolean> {
  const done = await tx.sql`
    insert into grants_looks (tenant_id, grant_id, route, at) values (${tx.tenantId}, ${id}, ${route}, ${at})
    on conflict do nothing`;
  return done.count > 0;
}

export async function findByHash(
  tx: LookupTx,
  hash: Uint8Array,
  now: Date,
): Promise<{ readonly tenantId: TenantId; readonly id: GrantId; readonly isCode: boolean } | null> {
  const [row] = await tx.sql<{ tenantId: TenantId; id: GrantId; isCode: boolean }[]>`
    select tenant_id as "tenantId", id, is_code as "isCode" from grants_find(${hash}, ${now})`;
  return row ?? null;
}

/** Customers whose grants or requests have had their time. */
export async function selectDue(tx: LookupTx, now: Date, askedBefore: Date): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select tenant_id as "tenantId" from grants_due(${now}, ${askedBefore})`;
  return rows.map(({ tenantId }) => tenantId);
}
