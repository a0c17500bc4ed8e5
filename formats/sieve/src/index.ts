export { type SieveCapability, sieveCapabilities } from "./capabilities.ts";
export { parseSieve, type SieveProgram } from "./check.ts";
export type { SieveEnvironment } from "./environment.ts";
export { sieveLimits } from "./limits.ts";
export { type SieveMessage, sieveMessage } from "./message.ts";
export type { FileAction, SieveAction, SieveOutcome, VacationAction } from "./outcome.ts";
export { runSieve } from "./run-sieve.ts";
