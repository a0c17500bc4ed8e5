export { idempotencyInvariants as invariants } from "./invariants.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { type AnswerServices, keepAnswers } from "./keep-answers.ts";
export { idempotencyLimits } from "./limits.ts";
export { migrations } from "./migrations.ts";
