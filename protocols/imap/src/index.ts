export * from "./backend.ts";
export * from "./flag-table.ts";
export * from "./message-structure.ts";
export * from "./search-query.ts";
