export * from "./block-map.ts";
export * from "./client.ts";
export * from "./contract.ts";
export * from "./limits.ts";
export * from "./problem.ts";
export type { VaultFetch, VaultPause, WireOptions } from "./wire.ts";
