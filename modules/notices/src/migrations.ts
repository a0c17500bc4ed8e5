import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `notices_*`. */
export const migrations: MigrationSource = {
  module: "notices",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
