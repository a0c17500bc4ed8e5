import { fileURLToPath } from "node:url";
import type { MigrationSource } from "@casaforte/platform/db";

export const migrations: MigrationSource = {
  module: "certificates",
  directory: fileURLToPath(new URL("../sql", import.meta.url)),
};
