export { memoryBus } from "./memory.ts";
export * from "./port.ts";
export * from "./postgres-bus.ts";
