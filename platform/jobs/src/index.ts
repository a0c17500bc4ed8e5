export * from "./board.ts";
export * from "./limits.ts";
export { migrations } from "./migrations.ts";
export * from "./port.ts";
export { openJobs } from "./queue.ts";
export { releaseLeases } from "./release-leases.ts";
export * from "./worker.ts";
