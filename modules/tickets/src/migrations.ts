import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `tickets_*`. */
export const migrations: MigrationSource = {
  module: "tickets",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
