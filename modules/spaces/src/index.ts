export {
  assertRoom,
  freeBytes,
  keyringReserve,
  metadataFull,
  metadataReserve,
  releaseBytes,
  releaseMetadata,
  reserveBytes,
  reserveMetadata,
  settleBytes,
} from "./admission.ts";
export {
  type ChangeSpaceInput,
  changeSpace,
  deleteSpace,
  setSpaceSuspended,
  setSpacesSuspended,
} from "./change-space.ts";
export { type CreateSpaceInput, createSpace } from "./create-space.ts";
export {
  type ConsoleRequest,
  type ConsoleSessions,
  registerSpaceRoutes,
  requireRole,
  type SpaceHttpServices,
  type UserActor,
} from "./http.ts";
export { invariants } from "./invariants.ts";
export { spacesLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export { listSpaces, requireSpace, siteOfSpace, thresholdTimes } from "./read-space.ts";
export { listSites, type SiteConfig, syncSites } from "./sites.ts";
export type { ReplicaPlan, Site, Space, SpaceState, Threshold } from "./space.ts";
export { selectTenantsAtSite as listTenantsAtSite, selectUsedSites as listUsedSites } from "./store.ts";
