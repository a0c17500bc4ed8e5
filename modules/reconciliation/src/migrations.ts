import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `reconciliation_*`. */
export const migrations: MigrationSource = {
  module: "reconciliation",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
