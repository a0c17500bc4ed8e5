import { randomBytes } from "node:crypto";
import { createRolesAndDatabase, type DatabaseUrlSet } from "@casaforte/platform/db";
import { openLogger } from "@casaforte/platform/telemetry";

export interface InitDatabaseOptions {
  readonly superuserUrl: string;
  readonly database: string;
  readonly resetPasswords?: boolean;
}

/** Makes the four roles and the database on somebody's PostgreSQL, with passwords nobody chose. @see createRolesAndDatabase */
export function initDatabase(options: InitDatabaseOptions): Promise<DatabaseUrlSet> {
  const secret = () => randomBytes(24).toString("base64url");
  return createRolesAndDatabase(
    options.superuserUrl,
    options.database,
    { owner: secret(), app: secret(), operator: secret() },
    openLogger({ level: "warn" }),
    options.resetPasswords === true,
  );
}

/** A shell that reads the file must not take the `&` of a URL for its own; systemd takes the quotes off too. */
const quoted = (url: string): string => (url.includes("&") ? `'${url}'` : url);

/** What the administrator copies: shown once, kept nowhere. */
export const initDatabaseText = ({ appUrl, operatorUrl, ownerUrl }: DatabaseUrlSet): string =>
  [
    "# Shown once and kept nowhere. The first two are for serve, the third for migrate only.",
    `DATABASE_URL=${quoted(appUrl)}`,
    `DATABASE_OPERATOR_URL=${quoted(operatorUrl)}`,
    `DATABASE_OWNER_URL=${quoted(ownerUrl)}`,
    "",
  ].join("\n");
