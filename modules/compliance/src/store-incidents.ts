import type { TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { ConcernedCustomer, Incident, IncidentId, IncidentStep, StepRow } from "./incident.ts";

const columns = (tx: OperatorTx) => tx.sql`
  id, number, is_breach as "isBreach", is_significant as "isSignificant", title, facts, persons, remedies,
  aware_at as "awareAt", registered_at as "registeredAt", closed_at as "closedAt"`;

export async function insertIncident(
  tx: OperatorTx,
  row: Omit<Incident, "number" | "closedAt"> & { readonly registeredBy: string },
): Promise<void> {
  await tx.sql`
    insert into compliance_incidents (id, is_breach, is_significant, title, facts, persons, remedies, aware_at,
      registered_by, registered_at)
    values (${row.id}, ${row.isBreach}, ${row.isSignificant}, ${row.title}, ${row.facts}, ${row.persons}, ${row.remedies},
      ${row.awareAt}, ${row.registeredBy}, ${row.registeredAt})`;
}

export async function insertStep(tx: OperatorTx, id: IncidentId, step: IncidentStep, dueAt: Date): Promise<void> {
  await tx.sql`insert into compliance_incident_steps (incident_id, step, due_at) values (${id}, ${step}, ${dueAt})`;
}

export async function insertConcerned(tx: OperatorTx, id: IncidentId, tenantId: TenantId): Promise<void> {
  await tx.sql`insert into compliance_incident_customers (incident_id, about_tenant) values (${id}, ${tenantId})
    on conflict do nothing`;
}

/** Open ones first, the newest first. */
export async function selectIncidents(tx: OperatorTx, count: number): Promise<Incident[]> {
  return tx.sql<Incident[]>`
    select ${columns(tx)} from compliance_incidents order by closed_at is null desc, number desc limit ${count}`;
}

/** The row, locked. */
export async function selectIncident(tx: OperatorTx, id: IncidentId): Promise<Incident | null> {
  const [row] = await tx.sql<Incident[]>`select ${columns(tx)} from compliance_incidents where id = ${id} for update`;
  return row ?? null;
}

/** By when they are due; of one incident, or of all. */
export async function selectSteps(tx: OperatorTx, id: IncidentId | null): Promise<StepRow[]> {
  return tx.sql<StepRow[]>`
    select incident_id as "incidentId", step, due_at as "dueAt", done_at as "doneAt", reference, alarms
    from compliance_incident_steps where (${id}::uuid is null or incident_id = ${id}) order by due_at, step`;
}

export async function selectConcerned(tx: OperatorTx, id: IncidentId | null): Promise<ConcernedCustomer[]> {
  return tx.sql<ConcernedCustomer[]>`
    select incident_id as "incidentId", about_tenant as "tenantId", told_at as "toldAt"
    from compliance_incident_customers where (${id}::uuid is null or incident_id = ${id}) order by about_tenant`;
}

export async function updateStepDone(
  tx: OperatorTx,
  { incidentId, step }: Pick<StepRow, "incidentId" | "step">,
  done: { readonly at: Date; readonly by: string; readonly reference: string },
): Promise<void> {
  await tx.sql`
    update compliance_incident_steps set done_at = ${done.at}, done_by = ${done.by}, reference = ${done.reference}
    where incident_id = ${incidentId} and step = ${step}`;
}

/** What was done is to be done again, with alarms of its own. */
export async function updateStepOpen(tx: OperatorTx, id: IncidentId, step: IncidentStep, dueAt: Date): Promise<void> {
  await tx.sql`
    update compliance_incident_steps set done_at = null, done_by = null, reference = null, alarms = 0, due_at = ${dueAt}
    where incident_id = ${id} and step = ${step}`;
}

export async function updateStepDue(tx: OperatorTx, id: IncidentId, step: IncidentStep, dueAt: Date): Promise<void> {
  await tx.sql`
    update compliance_incident_steps set due_at = ${dueAt} where incident_id = ${id} and step = ${step} and done_at is null`;
}

export async function updateAlarms(
  tx: OperatorTx,
  { incidentId, step }: Pick<StepRow, "incidentId" | "step">,
  alarms: number,
): Promise<void> {
  await tx.sql`
    update compliance_incident_steps set alarms = ${alarms} where incident_id = ${incidentId} and step = ${step}`;
}

/** Steps not done that fall due before an instant, locked. */
export async function selectDueSteps(tx: OperatorTx, before: Date): Promise<StepRow[]> {
  return tx.sql<StepRow[]>`
    select incident_id as "incidentId", step, due_at as "dueAt", done_at as "doneAt", reference, alarms
    from compliance_incident_steps where done_at is null and due_at <= ${before} and alarms < 2
    order by due_at, step for update`;
}

export async function updateToldCustomer(tx: OperatorTx, id: IncidentId, tenantId: TenantId, at: Date): Promise<void> {
  await tx.sql`
    update compliance_incident_customers set told_at = ${at} where incident_id = ${id} and about_tenant = ${tenantId}`;
}

export async function updateIncidentClosed(tx: OperatorTx, id: IncidentId, by: string, at: Date): Promise<void> {
  await tx.sql`update compliance_incidents set closed_by = ${by}, closed_at = ${at} where id = ${id}`;
}
