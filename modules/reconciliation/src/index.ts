export {
  type AppliedHttpServices,
  type DriftHttpServices,
  registerAppliedRoutes,
  registerDriftRoutes,
} from "./http.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { reconciliationLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { type Attributes, type DataPlane, type Difference, differences, type PlaneObject } from "./plane.ts";
export { pauseMs, type ReconciliationServices, reconcile } from "./reconcile.ts";
