import type { Logger } from "@casaforte/kernel";
import postgres from "postgres";

export interface RolePasswords {
  readonly owner: string;
  readonly app: string;
  readonly operator: string;
}

/**
 * Makes the database and its roles, as a superuser, once: `cf_owner` (migrations only), `cf_app` (runtime),
 * `cf_ops` (operator API), `cf_auth` (no login; owns the definer functions). None of the runtime roles owns anything,
 * is a superuser or bypasses row-level security. Idempotent; sets the passwords given.
 */
export async function createRolesAndDatabase(
  superUrl: { socketDir: string; password: string; user: string },
  database: string,
  passwords: RolePasswords,
  logger: Logger,
): Promise<void> {
  const sql = postgres({
    path: `${superUrl.socketDir}/.s.PGSQL.5432`,
    database: "postgres",
    username: superUrl.user,
    password: superUrl.password,
    max: 1,
    onnotice: () => {},
  });
  try {
    for (const [role, attributes, password] of [
      ["cf_owner", "login", passwords.owner],
      ["cf_app", "login", passwords.app],
      ["cf_ops", "login", passwords.operator],
      ["cf_auth", "nologin", null],
    ] as const) {
      const [found] = await sql`select 1 from pg_roles where rolname = ${role}`;
      const verb = found ? "alter" : "create";
      const secret = password === null ? "" : ` password '${password.replaceAll("'", "''")}'`;
      await sql.unsafe(`${verb} role ${role} ${attributes} nosuperuser nobypassrls nocreatedb nocreaterole${secret}`);
    }
    await sql.unsafe("grant cf_auth to cf_owner");
    const [exists] = await sql`select 1 from pg_database where datname = ${database}`;
    if (!exists) {
      await sql.unsafe(`create database ${database} owner cf_owner encoding 'UTF8' template template0 locale 'C'`);
      logger.info("db.created", { database });
    }
  } finally {
    await sql.end();
  }
}
