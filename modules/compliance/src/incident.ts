import { type Id, romeDate, romeMidnight, type TenantId } from "@casaforte/kernel";
import { complianceLimits } from "./limits.ts";

export type IncidentId = Id<"SecurityIncident">;

/**
 * What the law asks for. Of a breach: the authority is notified, customers are told (GDPR, art. 33). Of a significant
 * incident: early warning, notification, final report (Directive (EU) 2022/2555, art. 23).
 */
export const incidentSteps = ["customers", "authority", "early_warning", "notification", "final_report"] as const;
export type IncidentStep = (typeof incidentSteps)[number];

export interface Incident {
  readonly id: IncidentId;
  readonly number: bigint;
  readonly isBreach: boolean;
  readonly isSignificant: boolean;
  readonly title: string;
  readonly facts: string;
  readonly persons: string;
  readonly remedies: string;
  readonly awareAt: Date;
  readonly registeredAt: Date;
  readonly closedAt: Date | null;
}

export interface StepRow {
  readonly incidentId: IncidentId;
  readonly step: IncidentStep;
  readonly dueAt: Date;
  readonly doneAt: Date | null;
  readonly reference: string | null;
  readonly alarms: number;
}

export interface ConcernedCustomer {
  readonly incidentId: IncidentId;
  readonly tenantId: TenantId;
  readonly toldAt: Date | null;
}

/** The end of the same day a month later, in Rome; the last day of a month that is shorter. */
export function monthAfter(atMs: number): number {
  const { year, month, day } = romeDate(atMs);
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return romeMidnight({ year, month: month + 1, day: Math.min(day, lastDay) + 1 });
}

/** The steps of an incident and when each is due, from the moment of awareness (R84, R85). */
export function stepsOf(
  incident: Pick<Incident, "isBreach" | "isSignificant" | "awareAt">,
): ReadonlyMap<IncidentStep, Date> {
  const { incidentMs } = complianceLimits;
  const awareMs = incident.awareAt.getTime();
  const due = new Map<IncidentStep, Date>();
  if (incident.isBreach) {
    due.set("customers", new Date(awareMs + incidentMs.customers));
    due.set("authority", new Date(awareMs + incidentMs.authority));
  }
  if (incident.isSignificant) {
    const notificationMs = awareMs + incidentMs.notification;
    due.set("early_warning", new Date(awareMs + incidentMs.earlyWarning));
    due.set("notification", new Date(notificationMs));
    due.set("final_report", new Date(monthAfter(notificationMs)));
  }
  return due;
}

export type StepStanding = "done" | "waiting" | "soon" | "late";

/** How a step stands: a few hours before it is due it is `soon`. */
export function standingOf({ doneAt, dueAt }: Pick<StepRow, "doneAt" | "dueAt">, nowMs: number): StepStanding {
  if (doneAt !== null) return "done";
  const leftMs = dueAt.getTime() - nowMs;
  return leftMs < 0 ? "late" : leftMs <= complianceLimits.incidentMs.soon ? "soon" : "waiting";
}
