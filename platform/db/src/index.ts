export * from "./catalogue-lint.ts";
export * from "./embedded.ts";
export { isViolation } from "./errors.ts";
export * from "./migrate.ts";
export { migrations } from "./migrations.ts";
export * from "./postgres-db.ts";
export * from "./roles.ts";
export * from "./test-database.ts";
export * from "./tx.ts";
