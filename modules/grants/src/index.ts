export { endGrant, giveGrant, refuseGrant } from "./answer-grant.ts";
export { askGrant, type GrantRequest } from "./ask-grant.ts";
export {
  actingActor,
  enterGrant,
  findGrant,
  grantSecretPrefix,
  leaveGrant,
  makeEntry,
  noteLook,
} from "./enter-grant.ts";
export {
  type DeskGrantHttpServices,
  type GrantHttpServices,
  registerDeskGrantRoutes,
  registerGrantRoutes,
} from "./http.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { grantsLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
export type { GrantMail, GrantServices } from "./services.ts";
export type * from "./types.ts";
