export * from "./backend.ts";
export * from "./block-map.ts";
export * from "./client.ts";
export * from "./contract.ts";
export * from "./coverage.ts";
export { parseRange, type VaultHttpReply, type VaultHttpRequest } from "./edge.ts";
export * from "./holes.ts";
export * from "./limits.ts";
export * from "./part-stream.ts";
export * from "./policy-contract.ts";
export * from "./problem.ts";
export * from "./report-contract.ts";
export * from "./routes.ts";
export {
  retryAfterMs,
  type VaultFetch,
  type VaultFetchInit,
  type VaultFill,
  type VaultFillRequest,
  type VaultPause,
  type VaultReply,
  type WireOptions,
} from "./wire.ts";
