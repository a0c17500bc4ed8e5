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

/** What waits or is in force stands before what is over, each newest first: no list is cut above it. */
const liveFirst = (sql: Sql) => sql`order by state in ('asked', 'granted') desc, asked_at desc, id`;

/** Every customer's, or those asked for out of one ticket. */
export async function selectAllGrants(tx: OperatorTx, ticketId: string | null, count: number): Promise<Grant[]> {
  return tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants
    where tenant_id is not null and (${ticketId}::uuid is null or ticket_id = ${ticketId}::uuid)
    ${liveFirst(tx.sql)} limit ${count}`;
}

export async function selectGrantOf(tx: OperatorTx, tenantId: TenantId, id: GrantId): Promise<Grant | null> {
  const [row] = await tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id = ${tenantId} and id = ${id}`;
  return row ?? null;
}

/** `signInId`: of the operator who makes the link. */
export async function putCode(
  tx: OperatorTx,
  g: Grant,
  code: { readonly hash: Uint8Array; readonly until: Date; readonly signInId: string },
): Promise<void> {
  await tx.sql`
    update grants_grants set code_hash = ${code.hash}, code_until = ${code.until}, code_sign_in = ${code.signInId}
    where tenant_id = ${g.tenantId} and id = ${g.id} and state = 'granted'`;
}

export async function selectGrants(tx: TenantTx, count: number): Promise<Grant[]> {
  return tx.sql<Grant[]>`
    select ${columns(tx.sql)} from grants_grants where tenant_id = ${tx.tenantId} ${liveFirst(tx.sql)} limit ${count}`;
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
      code_sign_in = null, secret_hash = null, sign_in = null, seen_at = null
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

/** Swaps the link's code for the session's secret. Returns the sign-in that made the link; null when it was used meanwhile. */
export async function putSecret(
  tx: TenantTx,
  id: GrantId,
  swap: { readonly code: Uint8Array; readonly secret: Uint8Array; readonly at: Date },
): Promise<string | null> {
  const [row] = await tx.sql<{ signInId: string | null }[]>`
    update grants_grants set secret_hash = ${swap.secret}, sign_in = code_sign_in, seen_at = ${swap.at}, code_hash = null,
      code_until = null, code_sign_in = null
    where tenant_id = ${tx.tenantId} and id = ${id} and code_hash = ${swap.code} and state = 'granted'
    returning sign_in as "signInId"`;
  return row?.signInId ?? null;
}

/** The sign-in behind the session under a grant, and when it was used last; null when nobody is inside. */
export async function selectInside(
  tx: TenantTx,
  id: GrantId,
): Promise<{ readonly signInId: string; readonly seenAt: Date } | null> {
  const [row] = await tx.sql<{ signInId: string; seenAt: Date }[]>`
    select sign_in as "signInId", seen_at as "seenAt" from grants_grants
    where tenant_id = ${tx.tenantId} and id = ${id} and secret_hash is not null and sign_in is not null
      and seen_at is not null`;
  return row ?? null;
}

export async function touchInside(tx: TenantTx, id: GrantId, at: Date): Promise<void> {
  await tx.sql`
    update grants_grants set seen_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id} and secret_hash is not null and seen_at < ${at}`;
}

/** The session is over; the leave stays. */
export async function clearSecret(tx: TenantTx, id: GrantId): Promise<void> {
  await tx.sql`
    update grants_grants set secret_hash = null, sign_in = null, seen_at = null
    where tenant_id = ${tx.tenantId} and id = ${id}`;
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
