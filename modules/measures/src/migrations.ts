import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `measures_*`. */
export const migrations: MigrationSource = {
  module: "measures",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
