export type { AuthenticateRequest, ManageSieveBackend, ScriptName, ScriptStore } from "./backend.ts";
export { defaultLimits, type ManageSieveLimits } from "./limits.ts";
export { type ServeManageSieveServices, serveManageSieve } from "./serve-managesieve.ts";
