export { countDueRequests, type RemindOfRequest, remindOfRequests } from "./deadlines.ts";
export { assertLegal, isHeld, liftHold, type OperatorActor, placeHold } from "./holds.ts";
export { type ComplianceHttpServices, registerComplianceRoutes } from "./http.ts";
export {
  type ConcernedCustomer,
  type Incident,
  type IncidentId,
  type IncidentStep,
  monthAfter,
  type StepRow,
  standingOf,
  stepsOf,
} from "./incident.ts";
export { draftOf } from "./incident-drafts.ts";
export {
  addConcerned,
  type CustomerPost,
  closeIncident,
  fulfilStep,
  type RaiseAlarm,
  type RegisterIncident,
  raiseAlarms,
  registerIncident,
  tellConcerned,
} from "./incidents.ts";
export { type IncidentHttpServices, registerIncidentRoutes } from "./incidents-http.ts";
export { type ComplianceJobServices, jobHandlers, jobSchedules, tellCustomers } from "./jobs.ts";
export type { DueRequests, Hold, HoldId, LegalRequest, LegalRequestId, LegalScope } from "./legal-request.ts";
export {
  closeLegalRequest,
  deadlineOf,
  decideLegalRequest,
  endGag,
  noteDelivery,
  registerLegalRequest,
  requireDeliverable,
} from "./legal-requests.ts";
export { complianceLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export {
  checkRetention,
  type RetentionClass,
  type RetentionServices,
  readRetention,
} from "./retention.ts";
export type { RetentionFinding } from "./retention-finding.ts";
export { type RetentionHttpServices, registerRetentionRoutes } from "./retention-http.ts";
