import { Failure } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import type { DatabaseUrls } from "../core.ts";

/** The URLs of the two runtime roles. @throws precondition `config.database`. */
export function runtimeUrls(database: Config["database"]): DatabaseUrls {
  if (!database.url || !database.operatorUrl)
    throw new Failure(
      "precondition",
      "config.database",
      "set DATABASE_URL (role cf_app) and DATABASE_OPERATOR_URL (role cf_ops)",
    );
  return { appUrl: database.url, operatorUrl: database.operatorUrl };
}
