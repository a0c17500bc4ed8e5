export type { Approval, ApprovalId, ApprovalKind, ApprovalState, OperatorActor } from "./approval.ts";
export { approvalLifeMs, type DecideApproval, decideApproval, requestApproval } from "./decide-approval.ts";
export { type ApprovalHttpServices, registerApprovalRoutes } from "./http.ts";
export { migrations } from "./migrations.ts";
