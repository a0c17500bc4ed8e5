export {
  assignPolicy,
  changePolicy,
  createPolicy,
  deletePolicy,
  type PolicyInput,
  requirePolicy,
} from "./change-policy.ts";
export { acknowledgePolicy, requestRun, standingPolicy } from "./follow-policy.ts";
export { type PolicyHttpServices, registerPolicyRoutes } from "./http.ts";
export { invariants } from "./invariants.ts";
export { policiesLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export type { Policy, PolicyId } from "./policy.ts";
export { type Figures, previewPolicy } from "./preview-policy.ts";
export { policyOfDevice } from "./read-policy.ts";
export { type DatedPoint, type KeepReason, keepsEverything, planRetention } from "./retention-plan.ts";
export { assertSchedule, nextRuns } from "./schedule.ts";
export { createPolicyWatch, type PolicyWatch } from "./watch-policy.ts";
