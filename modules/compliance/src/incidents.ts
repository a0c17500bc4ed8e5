import { type Clock, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { OperatorActor } from "./holds.ts";
import {
  type Incident,
  type IncidentId,
  type IncidentStep,
  monthAfter,
  type StepRow,
  standingOf,
  stepsOf,
} from "./incident.ts";
import { draftOf } from "./incident-drafts.ts";
import { complianceLimits } from "./limits.ts";
import {
  insertConcerned,
  insertIncident,
  insertStep,
  selectConcerned,
  selectDueSteps,
  selectIncident,
  selectSteps,
  updateAlarms,
  updateIncidentClosed,
  updateStepDone,
  updateStepDue,
  updateStepOpen,
  updateToldCustomer,
} from "./store-incidents.ts";

/** Incidents are the legal and the security role's. @throws forbidden `compliance.incident_role`. */
export function assertHandlesIncidents(actor: OperatorActor): void {
  if (!actor.roles.some((role) => role === "legal" || role === "security"))
    throw new Failure("forbidden", "compliance.incident_role", "this is for the legal and the security role");
}

const record = (tx: OperatorTx, actor: OperatorActor, id: IncidentId, what: string, details = {}) =>
  recordAudit(tx, actor, {
    action: `compliance.incident_${what}`,
    object: { kind: "security_incident", id },
    details,
  });

export interface RegisterIncident
  extends Pick<Incident, "id" | "isBreach" | "isSignificant" | "title" | "facts" | "persons" | "remedies"> {
  readonly awareMs: number;
  readonly concerned: readonly TenantId[];
  readonly nowMs: number;
}

/**
 * Notes a breach, a significant incident or both; its clocks run from the moment of awareness (R84, R85).
 * @throws forbidden `compliance.incident_role`, invalid `compliance.incident_kind`, `compliance.aware`;
 * not_found `tenancy.no_tenant`.
 */
export async function registerIncident(tx: OperatorTx, actor: OperatorActor, input: RegisterIncident): Promise<void> {
  assertHandlesIncidents(actor);
  if (!input.isBreach && !input.isSignificant)
    throw new Failure("invalid", "compliance.incident_kind", "it is a breach, a significant incident, or both");
  if (input.awareMs > input.nowMs)
    throw new Failure("invalid", "compliance.aware", "one is aware of an incident before it is registered");
  const { id, isBreach, isSignificant, title, facts, persons, remedies, concerned } = input;
  const awareAt = new Date(input.awareMs);
  await insertIncident(tx, {
    ...{ id, isBreach, isSignificant, title, facts, persons, remedies, awareAt },
    registeredBy: actor.principalId,
    registeredAt: new Date(input.nowMs),
  });
  for (const [step, dueAt] of stepsOf({ isBreach, isSignificant, awareAt })) await insertStep(tx, id, step, dueAt);
  for (const tenantId of new Set(concerned)) {
    await readTenant(tx, tenantId);
    await insertConcerned(tx, id, tenantId);
  }
  await record(tx, actor, id, "registered", { isBreach, isSignificant, awareAt: awareAt.toISOString() });
}

async function required(tx: OperatorTx, actor: OperatorActor, id: IncidentId): Promise<Incident> {
  assertHandlesIncidents(actor);
  const incident = await selectIncident(tx, id);
  if (incident === null || incident.closedAt !== null)
    throw new Failure("not_found", "compliance.no_incident", "there is no such open incident");
  return incident;
}

async function requiredStep(tx: OperatorTx, id: IncidentId, step: IncidentStep): Promise<StepRow> {
  const row = (await selectSteps(tx, id)).find((each) => each.step === step);
  if (row === undefined || row.doneAt !== null)
    throw new Failure("conflict", "compliance.incident_step", "this step is not asked for, or was done");
  return row;
}

/**
 * A step was done outside: what was sent to the authority, and its number. A final report is due a month after the
 * notification that was made. Customers are told by tellConcerned; that step is noted here when there are none, or none
 * left that mail reaches. @throws not_found `compliance.no_incident`, conflict `compliance.incident_step`,
 * `compliance.customers_concerned`.
 */
export async function fulfilStep(
  tx: OperatorTx,
  actor: OperatorActor,
  input: {
    readonly id: IncidentId;
    readonly step: IncidentStep;
    readonly reference: string;
    readonly nowMs: number;
  },
  { reaches }: Pick<CustomerPost, "reaches">,
): Promise<void> {
  await required(tx, actor, input.id);
  const row = await requiredStep(tx, input.id, input.step);
  if (input.step === "customers")
    for (const { tenantId } of await selectUntold(tx, input.id))
      if (await reaches(tx, tenantId))
        throw new Failure("conflict", "compliance.customers_concerned", "customers are named who can be told by mail");
  const at = new Date(input.nowMs);
  await updateStepDone(tx, row, { at, by: actor.principalId, reference: input.reference });
  if (input.step === "notification")
    await updateStepDue(tx, input.id, "final_report", new Date(monthAfter(input.nowMs)));
  await record(tx, actor, input.id, "step_done", { step: input.step, reference: input.reference });
}

const selectUntold = async (tx: OperatorTx, id: IncidentId) =>
  (await selectConcerned(tx, id)).filter(({ toldAt }) => toldAt === null);

/** Mail to a customer's active owners and administrators. */
export interface CustomerPost {
  /** Writes to them; returns to how many. */
  tell(
    tx: OperatorTx,
    tenantId: TenantId,
    message: Readonly<Record<"it" | "en", { readonly subject: string; readonly text: string }>>,
  ): Promise<number>;
  /** Whether there is anybody to write to. */
  reaches(tx: OperatorTx, tenantId: TenantId): Promise<boolean>;
}

/**
 * It is found later that more customers are concerned: they are still to be told, within a day if all others were.
 * @throws not_found `compliance.no_incident`, `tenancy.no_tenant`, conflict `compliance.incident_step` for what is no breach.
 */
export async function addConcerned(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: IncidentId; readonly concerned: readonly TenantId[]; readonly nowMs: number },
): Promise<void> {
  const { id, nowMs } = input;
  const { isBreach } = await required(tx, actor, id);
  if (!isBreach) throw new Failure("conflict", "compliance.incident_step", "nobody is to be told of what is no breach");
  const known = new Set((await selectConcerned(tx, id)).map(({ tenantId }) => tenantId));
  const added = [...new Set(input.concerned)].filter((tenantId) => !known.has(tenantId));
  if (added.length === 0) return;
  for (const tenantId of added) {
    await readTenant(tx, tenantId);
    await insertConcerned(tx, id, tenantId);
  }
  const isDone = (await selectSteps(tx, id)).some(({ step, doneAt }) => step === "customers" && doneAt !== null);
  if (isDone) await updateStepOpen(tx, id, "customers", new Date(nowMs + complianceLimits.incidentMs.customers));
  await record(tx, actor, id, "customers_added", { customers: added, opensAgain: isDone });
}

/**
 * Tells every customer that is concerned and was not told, by mail and in its own log, in one transaction (GDPR, art. 33
 * (2)). One that no mail reaches stays untold, and the step open: it is reached by another way, which `fulfilStep` notes.
 * @throws not_found `compliance.no_incident`, conflict `compliance.incident_step`, precondition `compliance.nobody`,
 *   `compliance.nobody_reached`.
 */
export async function tellConcerned(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: IncidentId; readonly nowMs: number },
  { tell }: Pick<CustomerPost, "tell">,
): Promise<void> {
  const incident = await required(tx, actor, input.id);
  const row = await requiredStep(tx, input.id, "customers");
  const untold = await selectUntold(tx, input.id);
  if (untold.length === 0)
    throw new Failure("precondition", "compliance.nobody", "no customer is named who was not told");
  const at = new Date(input.nowMs);
  const message = { it: draftOf(incident, "customers", "it"), en: draftOf(incident, "customers", "en") };
  let told = 0;
  for (const { tenantId } of untold) {
    if ((await tell(tx, tenantId, message)) === 0) continue;
    told++;
    await updateToldCustomer(tx, input.id, tenantId, at);
    await recordAudit(tx, actor, {
      tenantId,
      action: "compliance.incident_told",
      object: { kind: "security_incident", id: input.id },
      details: { number: String(incident.number), title: incident.title },
    });
  }
  if (told === 0)
    throw new Failure("precondition", "compliance.nobody_reached", "no customer has an active owner or administrator");
  if (told === untold.length) {
    const all = (await selectConcerned(tx, input.id)).length;
    await updateStepDone(tx, row, { at, by: actor.principalId, reference: `${all}` });
  }
  await record(tx, actor, input.id, "customers_told", { customers: told, unreached: untold.length - told });
}

/** Nothing more is to be done. @throws not_found `compliance.no_incident`, conflict `compliance.incident_open_steps`. */
export async function closeIncident(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: IncidentId; readonly nowMs: number },
): Promise<void> {
  await required(tx, actor, input.id);
  if ((await selectSteps(tx, input.id)).some(({ doneAt }) => doneAt === null))
    throw new Failure("conflict", "compliance.incident_open_steps", "there are steps that are not done");
  await updateIncidentClosed(tx, input.id, actor.principalId, new Date(input.nowMs));
  await record(tx, actor, input.id, "closed");
}

/** Says that a step is due soon, or late; promised in the same transaction. */
export type RaiseAlarm = (tx: OperatorTx, incident: Incident, step: StepRow, isLate: boolean) => Promise<void>;

/** Raises each alarm once: some hours before a step is due, and when it is late (R84, R85). Returns how many. */
export async function raiseAlarms(
  tx: OperatorTx,
  { clock }: { readonly clock: Clock },
  raise: RaiseAlarm,
): Promise<number> {
  const nowMs = clock.nowMs();
  let raised = 0;
  for (const step of await selectDueSteps(tx, new Date(nowMs + complianceLimits.incidentMs.soon))) {
    const wanted = standingOf(step, nowMs) === "late" ? 2 : 1;
    if (step.alarms >= wanted) continue;
    const incident = await selectIncident(tx, step.incidentId);
    if (incident === null) continue;
    await raise(tx, incident, step, wanted === 2);
    await updateAlarms(tx, step, wanted);
    raised++;
  }
  return raised;
}
