import { Failure, type Logger } from "@casaforte/kernel";
import type postgres from "postgres";
import type { DatabaseUrlSet } from "./database-url.ts";
import { withRole } from "./database-url.ts";
import { openPool } from "./postgres-db.ts";

export interface RolePasswords {
  readonly owner: string;
  readonly app: string;
  readonly operator: string;
}

/**
 * Makes the database and its roles, as a superuser, once: `cf_owner` (migrations only), `cf_app` (runtime),
 * `cf_ops` (operator API), `cf_auth` (no login; owns the definer functions). None of the runtime roles owns anything,
 * is a superuser or bypasses row-level security. Idempotent; sets the passwords given, so roles that exist already must
 * be expected: without `mayReset` they are refused.
 * @throws invalid `db.name`; conflict `db.roles_exist`, `db.database_foreign`. Returns the URLs of the three login roles.
 */
export async function createRolesAndDatabase(
  superuserUrl: string,
  database: string,
  passwords: RolePasswords,
  logger: Logger,
  mayReset: boolean,
): Promise<DatabaseUrlSet> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(database))
    throw new Failure("invalid", "db.name", "a database name is lower-case letters, digits and underscores");
  const sql = openPool(superuserUrl, 1);
  try {
    const found = await sql<{ name: string }[]>`
      select rolname::text as name from pg_roles where rolname in ('cf_owner', 'cf_app', 'cf_ops', 'cf_auth')`;
    const existing = new Set(found.map(({ name }) => name));
    if (existing.size > 0 && !mayReset)
      throw new Failure(
        "conflict",
        "db.roles_exist",
        `this server has the roles ${[...existing].sort().join(", ")} already: an installation may be using them. To give them new passwords, say --reset-passwords`,
      );
    for (const [role, attributes, password] of [
      ["cf_owner", "login", passwords.owner],
      ["cf_app", "login", passwords.app],
      ["cf_ops", "login", passwords.operator],
      ["cf_auth", "nologin", null],
    ] as const) {
      const verb = existing.has(role) ? "alter" : "create";
      const secret = password === null ? "" : ` password '${password.replaceAll("'", "''")}'`;
      await sql.unsafe(`${verb} role ${role} ${attributes} nosuperuser nobypassrls nocreatedb nocreaterole${secret}`);
    }
    await sql.unsafe("grant cf_auth to cf_owner");
    const [exists] = await sql<{ owner: string }[]>`
      select pg_get_userbyid(datdba)::text as owner from pg_database where datname = ${database}`;
    if (exists && exists.owner !== "cf_owner")
      throw new Failure(
        "conflict",
        "db.database_foreign",
        `the database ${database} exists and belongs to ${exists.owner}: choose another name with --database`,
      );
    if (!exists) {
      await createDatabase(sql, database, "template0");
      logger.info("db.created", { database });
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
  return {
    ownerUrl: withRole(superuserUrl, "cf_owner", passwords.owner, database),
    appUrl: withRole(superuserUrl, "cf_app", passwords.app, database),
    operatorUrl: withRole(superuserUrl, "cf_ops", passwords.operator, database),
  };
}

/**
 * Makes a database of `cf_owner`'s as a superuser, with what the template holds. Of it nobody's rights are copied. `strategy`
 * as PostgreSQL names it: through the log, or files as they lie, for which the whole server writes down what it holds.
 */
export async function createDatabase(
  sql: postgres.Sql,
  name: string,
  template: string,
  strategy: "wal_log" | "file_copy" = "wal_log",
): Promise<void> {
  const how = `template ${template} strategy ${strategy}`;
  await sql.unsafe(`create database ${name} owner cf_owner encoding 'UTF8' ${how} locale 'C'`);
  // Other people's roles on the same server have no business here.
  await sql.unsafe(`revoke connect, temporary on database ${name} from public`);
  await sql.unsafe(`grant connect on database ${name} to cf_app, cf_ops`);
}
