import { Failure } from "@casaforte/kernel";
import { loadConfig } from "@casaforte/platform/config";
import { migrate } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";
import { migrationSources } from "../migrations.ts";

/** Brings the schema up to date as the owner role; returns how many files were applied. @throws precondition `config.owner_url`. */
export async function bringUpToDate(file: string): Promise<number> {
  const config = await loadConfig(file, process.env);
  if (!config.database.ownerUrl)
    throw new Failure(
      "precondition",
      "config.owner_url",
      "set database.ownerUrl or DATABASE_OWNER_URL to the URL of cf_owner",
    );
  return migrate(config.database.ownerUrl, migrationSources, openLogger({ level: "info" }));
}
