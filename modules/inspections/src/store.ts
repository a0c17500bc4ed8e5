import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Auditor, Inspection, InspectionId } from "./inspection.ts";

const columns = ({ sql }: TenantTx | OperatorTx) => sql`
  tenant_id as "tenantId", id, state, products, scope, firm, nda, grounds, grounds_text as "groundsText",
  notified_at as "notifiedAt", to_char(from_on, 'YYYY-MM-DD') as "fromOn", to_char(until_on, 'YYYY-MM-DD') as "untilOn",
  opens_at as "opensAt", closes_at as "closesAt", language, asked_by as "askedBy", cost_cents as "costCents",
  cost_text as "costText", quoted_at as "quotedAt", accepted_at as "acceptedAt", refusal, ended_at as "endedAt"`;

export async function insertInspection(tx: TenantTx, row: Inspection): Promise<void> {
  await tx.sql`
    insert into inspections_requests (tenant_id, id, products, scope, firm, nda, grounds, grounds_text, notified_at, from_on,
      until_on, opens_at, closes_at, language, asked_by)
    values (${tx.tenantId}, ${row.id}, ${[...row.products]}, ${row.scope}, ${row.firm}, ${row.nda}, ${row.grounds},
      ${row.groundsText}, ${row.notifiedAt}, ${row.fromOn}::text::date, ${row.untilOn}::text::date, ${row.opensAt},
      ${row.closesAt}, ${row.language}, ${row.askedBy})`;
}

/** One customer asks at a time, so that two notices at once do not both count as the year's first. */
export async function lockInspections(tx: TenantTx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('inspections'), hashtext(${tx.tenantId}))`;
}

/** Newest first. */
export async function selectInspections(
  tx: TenantTx | OperatorTx,
  tenantId: TenantId | null,
  count: number,
): Promise<Inspection[]> {
  const { sql } = tx;
  return sql<Inspection[]>`
    select ${columns(tx)} from inspections_requests
    where ${tenantId === null ? sql`true` : sql`tenant_id = ${tenantId}`}
    order by notified_at desc, id desc limit ${count}`;
}

/** The row, locked. */
export async function selectInspection(
  tx: TenantTx | OperatorTx,
  tenantId: TenantId,
  id: InspectionId,
): Promise<Inspection | null> {
  const [row] = await tx.sql<Inspection[]>`
    select ${columns(tx)} from inspections_requests where tenant_id = ${tenantId} and id = ${id} for update`;
  return row ?? null;
}

export async function updateQuote(
  tx: OperatorTx,
  { tenantId, id }: Pick<Inspection, "tenantId" | "id">,
  quote: { readonly cents: bigint; readonly text: string; readonly by: PrincipalId; readonly at: Date },
): Promise<void> {
  await tx.sql`
    update inspections_requests set state = 'quoted', cost_cents = ${quote.cents}, cost_text = ${quote.text},
      quoted_by = ${quote.by}, quoted_at = ${quote.at}
    where tenant_id = ${tenantId} and id = ${id}`;
}

export async function updateRefused(
  tx: OperatorTx,
  { tenantId, id }: Pick<Inspection, "tenantId" | "id">,
  refusal: string,
  at: Date,
): Promise<void> {
  await tx.sql`
    update inspections_requests set state = 'refused', refusal = ${refusal}, ended_at = ${at}
    where tenant_id = ${tenantId} and id = ${id}`;
}

export async function updateAccepted(tx: TenantTx, id: InspectionId, by: PrincipalId, at: Date): Promise<void> {
  await tx.sql`
    update inspections_requests set state = 'accepted', accepted_by = ${by}, accepted_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function updateEnded(
  tx: TenantTx,
  id: InspectionId,
  state: "finished" | "withdrawn",
  at: Date,
): Promise<void> {
  await tx.sql`
    update inspections_requests set state = ${state}, ended_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Accepted ones whose room is to be closed. */
export async function selectOver(tx: TenantTx, now: Date): Promise<Inspection[]> {
  return tx.sql<Inspection[]>`
    select ${columns(tx)} from inspections_requests
    where tenant_id = ${tx.tenantId} and state = 'accepted' and closes_at <= ${now} order by closes_at for update`;
}

/** Accepted ones, locked. */
export async function selectAccepted(tx: TenantTx): Promise<Inspection[]> {
  return tx.sql<Inspection[]>`
    select ${columns(tx)} from inspections_requests
    where tenant_id = ${tx.tenantId} and state = 'accepted' order by opens_at, id for update`;
}

/** Auditors of rooms that are open by now and who were not told since. */
export async function selectToInvite(
  tx: TenantTx,
  now: Date,
): Promise<{ principalId: PrincipalId; firm: string; requestId: InspectionId }[]> {
  return tx.sql<{ principalId: PrincipalId; firm: string; requestId: InspectionId }[]>`
    select a.principal_id as "principalId", r.firm, a.request_id as "requestId" from inspections_auditors a
    join inspections_requests r on r.tenant_id = a.tenant_id and r.id = a.request_id
    where a.tenant_id = ${tx.tenantId} and r.state = 'accepted' and r.opens_at <= ${now} and a.principal_id is not null
      and a.invited_at < r.opens_at
    order by a.address for update of a`;
}

export async function insertAuditor(tx: TenantTx, row: Pick<Auditor, "requestId" | "address" | "name">): Promise<void> {
  await tx.sql`
    insert into inspections_auditors (tenant_id, request_id, address, name)
    values (${tx.tenantId}, ${row.requestId}, ${row.address}, ${row.name})`;
}

/** Of one audit, or of all, by address. */
export async function selectAuditors(
  tx: TenantTx | OperatorTx,
  tenantId: TenantId | null,
  requestId: InspectionId | null,
): Promise<Auditor[]> {
  const { sql } = tx;
  return sql<Auditor[]>`
    select request_id as "requestId", address, name, principal_id as "principalId", ended_at as "endedAt"
    from inspections_auditors
    where ${tenantId === null ? sql`true` : sql`tenant_id = ${tenantId}`}
      and (${requestId}::uuid is null or request_id = ${requestId}) order by address`;
}

export async function updateInvited(
  tx: TenantTx,
  requestId: InspectionId,
  auditor: { readonly address: string; readonly principalId: PrincipalId },
  at: Date,
): Promise<void> {
  await tx.sql`
    update inspections_auditors set principal_id = ${auditor.principalId}, invited_at = ${at}
    where tenant_id = ${tx.tenantId} and request_id = ${requestId} and address = ${auditor.address}`;
}

export async function updateInvitedAgain(tx: TenantTx, principalId: PrincipalId, at: Date): Promise<void> {
  await tx.sql`
    update inspections_auditors set invited_at = ${at}
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
}

export async function updateAuditorEnded(
  tx: TenantTx,
  requestId: InspectionId,
  address: string,
  at: Date,
): Promise<void> {
  await tx.sql`
    update inspections_auditors set ended_at = ${at}, principal_id = null
    where tenant_id = ${tx.tenantId} and request_id = ${requestId} and address = ${address}`;
}

/** The audit whose room somebody may be in now; null for everybody else. */
export async function selectRoomOf(tx: TenantTx, principalId: PrincipalId, now: Date): Promise<Inspection | null> {
  const [row] = await tx.sql<Inspection[]>`
    select ${columns(tx)} from inspections_requests
    where tenant_id = ${tx.tenantId} and state = 'accepted' and opens_at <= ${now} and closes_at > ${now} and id in (
      select a.request_id from inspections_auditors a
      where a.tenant_id = ${tx.tenantId} and a.principal_id = ${principalId} and a.ended_at is null)`;
  return row ?? null;
}

/** Accounts of auditors that an ended audit left behind, and rooms that should be closed. */
export async function selectLeftOpen(tx: TenantTx): Promise<string[]> {
  const rows = await tx.sql<{ finding: string }[]>`
    select 'audit ' || r.id || ' has ended and ' || a.address || ' still has an account' as finding
    from inspections_auditors a join inspections_requests r on r.tenant_id = a.tenant_id and r.id = a.request_id
    where a.tenant_id = ${tx.tenantId} and a.principal_id is not null and r.state in ('finished', 'withdrawn', 'refused')
    order by 1`;
  return rows.map(({ finding }) => finding);
}
