export * from "./cached.ts";
export * from "./directory.ts";
export * from "./memory.ts";
export * from "./port.ts";
export * from "./tenant-keys.ts";
