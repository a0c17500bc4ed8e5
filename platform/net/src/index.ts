export * from "./limits.ts";
export * from "./listen.ts";
