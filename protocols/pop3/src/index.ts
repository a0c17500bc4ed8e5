export * from "./backend.ts";
export { defaultLimits, type Pop3Limits } from "./limits.ts";
export { type ServePop3Services, servePop3 } from "./serve-pop3.ts";
