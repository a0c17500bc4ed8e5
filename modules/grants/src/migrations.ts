import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `grants_*`. */
export const migrations: MigrationSource = {
  module: "grants",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
