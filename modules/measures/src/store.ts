import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import { measureLimits } from "./limits.ts";
import type { Nature } from "./measure-table.ts";
import type { Appeal, AppealId, Measure, MeasureId, MeasureState, Violation, ViolationId } from "./types.ts";

type AnyTx = TenantTx | OperatorTx;

const violationColumns = ({ sql }: Tx) =>
  sql`v.tenant_id as "tenantId", v.id, v.nature, v.severity, v.product, v.subject_id as "subjectId", v.occurred_at as "occurredAt", v.noted_at as "notedAt",
    v.facts, v.clause, v.evidence, v.source, v.source_key as "sourceKey", v.authority_reference as "authorityReference",
    v.is_silent as "isSilent", v.state, v.approval_id as "approvalId", v.dismissal`;

/** False when this very thing was noted before. */
export async function insertViolation(tx: AnyTx, v: Violation): Promise<boolean> {
  const rows = await tx.sql`
    insert into measures_violations (tenant_id, id, nature, severity, product, occurred_at, noted_at, facts, clause, evidence,
      source, source_key, authority_reference, is_silent, subject_id)
    values (${v.tenantId}, ${v.id}, ${v.nature}, ${v.severity}, ${v.product}, ${v.occurredAt}, ${v.notedAt}, ${v.facts},
      ${v.clause}, ${v.evidence}, ${v.source}, ${v.sourceKey}, ${v.authorityReference}, ${v.isSilent},
      ${v.subjectId})
    on conflict (tenant_id, source, source_key) do nothing returning 1`;
  return rows.length === 1;
}

export async function selectViolation(tx: OperatorTx, tenantId: TenantId, id: ViolationId): Promise<Violation | null> {
  const [row] = await tx.sql<Violation[]>`
    select ${violationColumns(tx)} from measures_violations v where v.tenant_id = ${tenantId} and v.id = ${id} for update`;
  return row ?? null;
}

export async function updateViolation(
  tx: OperatorTx,
  v: Violation,
  decided: { readonly by: PrincipalId; readonly at: Date } | null,
): Promise<void> {
  await tx.sql`
    update measures_violations set severity = ${v.severity}, facts = ${v.facts}, clause = ${v.clause}, state = ${v.state},
      approval_id = ${v.approvalId}, dismissal = ${v.dismissal}, decided_by = ${decided?.by ?? null},
      decided_at = ${decided?.at ?? null}
    where tenant_id = ${v.tenantId} and id = ${v.id}`;
}

/** Confirmed breaches of one nature in the window before an instant. */
export async function countRecurrence(
  tx: OperatorTx,
  about: { readonly tenantId: TenantId; readonly nature: Nature; readonly occurredAt: Date },
): Promise<number> {
  const since = new Date(about.occurredAt.getTime() - measureLimits.recurrenceWindowMs);
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from measures_violations v
    where v.tenant_id = ${about.tenantId} and v.nature = ${about.nature} and v.state = 'confirmed'
      and v.occurred_at > ${since} and v.occurred_at < ${about.occurredAt}
      and not exists (select 1 from measures_measures m
        where m.tenant_id = v.tenant_id and m.violation_id = v.id and m.state = 'overturned')`;
  return row?.count ?? 0;
}

const measureColumns = ({ sql }: Tx) =>
  sql`m.tenant_id as "tenantId", m.id, m.violation_id as "violationId", m.subject_id as "subjectId", m.level, m.capabilities, m.recurrence, m.state, m.language,
    m.statement, m.told, m.is_silent as "isSilent", m.imposed_by as "imposedBy", m.confirmed_by as "confirmedBy",
    m.imposed_at as "imposedAt", m.starts_at as "startsAt", m.ends_at as "endsAt", m.appeal_until as "appealUntil",
    m.ended_at as "endedAt", m.end_reason as "endReason", m.authority_reference as "authorityReference"`;

export async function insertMeasure(tx: OperatorTx, m: Measure): Promise<void> {
  await tx.sql`
    insert into measures_measures (tenant_id, id, violation_id, level, capabilities, recurrence, state, language, statement, told,
      is_silent, imposed_by, confirmed_by, imposed_at, starts_at, ends_at, appeal_until, authority_reference, subject_id)
    values (${m.tenantId}, ${m.id}, ${m.violationId}, ${m.level}, ${[...m.capabilities]}, ${m.recurrence}, ${m.state},
      ${m.language}, ${m.statement}, ${m.told}, ${m.isSilent}, ${m.imposedBy}, ${m.confirmedBy}, ${m.imposedAt},
      ${m.startsAt}, ${m.endsAt}, ${m.appealUntil}, ${m.authorityReference}, ${m.subjectId})`;
}

export async function selectMeasure(tx: AnyTx, tenantId: TenantId, id: MeasureId): Promise<Measure | null> {
  const [row] = await tx.sql<Measure[]>`
    select ${measureColumns(tx)} from measures_measures m where m.tenant_id = ${tenantId} and m.id = ${id}
    ${tx.scope === "operator" ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

export async function updateMeasure(
  tx: OperatorTx,
  m: Pick<Measure, "tenantId" | "id" | "state" | "endedAt" | "endReason">,
): Promise<void> {
  await tx.sql`
    update measures_measures set state = ${m.state}, ended_at = ${m.endedAt}, end_reason = ${m.endReason}
    where tenant_id = ${m.tenantId} and id = ${m.id}`;
}

/** Those that begin or end by the clock. */
export async function selectDue(tx: OperatorTx, now: Date): Promise<Measure[]> {
  return tx.sql<Measure[]>`
    select ${measureColumns(tx)} from measures_measures m
    where (m.state = 'announced' and m.starts_at <= ${now}) or (m.state = 'in_force' and m.ends_at <= ${now})
    order by m.starts_at limit ${measureLimits.listedMax} for update`;
}

/** Measures for a debt that dunning reported, announced or in force, with what dunning knows the debt by. */
export async function selectForDebts(
  tx: OperatorTx,
): Promise<{ readonly tenantId: TenantId; readonly id: MeasureId; readonly sourceKey: string }[]> {
  return tx.sql<{ tenantId: TenantId; id: MeasureId; sourceKey: string }[]>`
    select m.tenant_id as "tenantId", m.id, v.source_key as "sourceKey" from measures_measures m
    join measures_violations v on v.tenant_id = m.tenant_id and v.id = m.violation_id
    where m.state in ('announced', 'in_force') and v.nature = 'nonpayment' and v.source = 'dunning'
    order by m.starts_at, m.id`;
}

/** Newest first; `tenantId` null: of all customers, to an operator. */
export async function selectMeasures(
  tx: AnyTx,
  filter: { readonly tenantId: TenantId | null; readonly states?: readonly MeasureState[] },
): Promise<Measure[]> {
  const { sql } = tx;
  return sql<Measure[]>`
    select ${measureColumns(tx)} from measures_measures m
    where ${filter.tenantId === null ? sql`true` : sql`m.tenant_id = ${filter.tenantId}`}
      ${filter.states ? sql`and m.state = any(${[...filter.states]})` : sql``}
    order by m.imposed_at desc, m.id limit ${measureLimits.listedMax}`;
}

export async function selectViolations(
  tx: AnyTx,
  filter: { readonly tenantId: TenantId | null; readonly state?: Violation["state"] },
): Promise<Violation[]> {
  const { sql } = tx;
  return sql<Violation[]>`
    select ${violationColumns(tx)} from measures_violations v
    where ${filter.tenantId === null ? sql`true` : sql`v.tenant_id = ${filter.tenantId}`}
      ${filter.state ? sql`and v.state = ${filter.state}` : sql``}
    order by v.noted_at desc, v.id limit ${measureLimits.listedMax}`;
}

const appealColumns = ({ sql }: Tx) =>
  sql`a.tenant_id as "tenantId", a.id, a.measure_id as "measureId", a.body, a.filed_by as "filedBy", a.filed_at as "filedAt",
    a.due_at as "dueAt", a.state, a.decision, a.imposed_by as "imposedBy", a.confirmed_by as "confirmedBy",
    a.decided_by as "decidedBy", a.decided_at as "decidedAt"`;

/** False when this measure was contested before. */
export async function insertAppeal(tx: TenantTx, a: Appeal): Promise<boolean> {
  const rows = await tx.sql`
    insert into measures_appeals (tenant_id, id, measure_id, body, filed_by, filed_at, due_at, imposed_by, confirmed_by)
    values (${tx.tenantId}, ${a.id}, ${a.measureId}, ${a.body}, ${a.filedBy}, ${a.filedAt}, ${a.dueAt}, ${a.imposedBy},
      ${a.confirmedBy})
    on conflict (tenant_id, measure_id) do nothing returning 1`;
  return rows.length === 1;
}

export async function selectAppeal(tx: OperatorTx, tenantId: TenantId, id: AppealId): Promise<Appeal | null> {
  const [row] = await tx.sql<Appeal[]>`
    select ${appealColumns(tx)} from measures_appeals a where a.tenant_id = ${tenantId} and a.id = ${id} for update`;
  return row ?? null;
}

export async function selectAppeals(tx: AnyTx, tenantId: TenantId | null): Promise<Appeal[]> {
  const { sql } = tx;
  return sql<Appeal[]>`
    select ${appealColumns(tx)} from measures_appeals a
    where ${tenantId === null ? sql`true` : sql`a.tenant_id = ${tenantId}`}
    order by a.state = 'open' desc, a.due_at, a.id limit ${measureLimits.listedMax}`;
}

export async function updateAppeal(
  tx: OperatorTx,
  a: Pick<Appeal, "tenantId" | "id" | "state" | "decision" | "decidedBy" | "decidedAt">,
): Promise<void> {
  await tx.sql`
    update measures_appeals set state = ${a.state}, decision = ${a.decision}, decided_by = ${a.decidedBy},
      decided_at = ${a.decidedAt}
    where tenant_id = ${a.tenantId} and id = ${a.id}`;
}
