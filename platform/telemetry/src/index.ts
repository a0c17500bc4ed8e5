export * from "./logger.ts";
export * from "./real-world.ts";
