export { assertLegal, isHeld, liftHold, type OperatorActor, placeHold } from "./holds.ts";
export { type ComplianceHttpServices, registerComplianceRoutes } from "./http.ts";
export { type ComplianceJobServices, jobHandlers, jobSchedules, tellCustomers } from "./jobs.ts";
export type { Hold, HoldId, LegalRequest, LegalRequestId, LegalScope } from "./legal-request.ts";
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
