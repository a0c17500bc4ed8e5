import { fileURLToPath } from "node:url";
import type { MigrationSource } from "./migrate.ts";

/** Roles' helpers that every module's migrations use; always first. */
export const migrations: MigrationSource = {
  module: "platform_db",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
