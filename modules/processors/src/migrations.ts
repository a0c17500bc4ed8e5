import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `processors_*`. */
export const migrations: MigrationSource = {
  module: "processors",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
