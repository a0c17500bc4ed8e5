import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `complaints_*`. */
export const migrations: MigrationSource = {
  module: "complaints",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
