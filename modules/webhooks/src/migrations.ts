import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

/** Tables `webhooks_*`. */
export const migrations: MigrationSource = {
  module: "webhooks",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
