export * from "./fake-clock.ts";
export * from "./fault-plan.ts";
export * from "./memory-connection.ts";
export * from "./memory-logger.ts";
export * from "./seeded-random.ts";
export * from "./transcript.ts";
