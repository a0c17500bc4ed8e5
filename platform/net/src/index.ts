export * from "./limits.ts";
export * from "./listen.ts";
export * from "./server-certificates.ts";
