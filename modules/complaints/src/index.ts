export { complain, type Decide, decideComplaint, noteAuthorityTold, unmarkEndangering } from "./complain.ts";
export type {
  Breach,
  Complaint,
  ComplaintId,
  ComplaintMail,
  ComplaintServices,
} from "./complaint.ts";
export { type ComplaintDeskServices, registerComplaintPage, registerComplaintRoutes } from "./http.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { complaintLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
