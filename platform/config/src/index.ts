export * from "./load.ts";
export * from "./production-findings.ts";
export * from "./schema.ts";
