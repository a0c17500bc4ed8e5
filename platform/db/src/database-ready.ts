import { Failure } from "@casaforte/kernel";
import { lintCatalogue } from "./catalogue-lint.ts";
import { type MigrationSource, readMigrations } from "./migrate.ts";
import { type DbUrls, openPool } from "./postgres-db.ts";
import { isPutBackUnfinished } from "./put-back-database.ts";

/** The roles that row-level security knows; see roles.ts. */
const roleOf = { appUrl: "cf_app", operatorUrl: "cf_ops" } as const;

/**
 * Whether the program may run on this database, said in plain sentences: it answers, the roles are the right ones, the
 * schema is there and tenants are kept apart (security.md, check 5).
 * @throws precondition `db.unreachable`, `db.roles`, `db.not_migrated`, `db.put_back_unfinished`, `db.segregation`.
 */
export async function assertDatabaseReady(urls: DbUrls, sources: readonly MigrationSource[]): Promise<void> {
  const roles = [...(await roleFindings(urls, "appUrl")), ...(await roleFindings(urls, "operatorUrl"))];
  if (roles.length > 0) throw said("db.roles", "the database roles are not fit for running the program", roles);
  const missing = await pendingMigrations(urls.appUrl, sources);
  if (missing.length > 0)
    throw said("db.not_migrated", "the database is older than this program; run: casaforte migrate", missing);
  if (await isPutBackUnfinished(urls.appUrl))
    throw new Failure(
      "precondition",
      "db.put_back_unfinished",
      "this database was put back from a save and not settled yet: run casaforte put-back again, it goes on",
    );
  const findings = [...(await lintCatalogue(urls.appUrl)), ...(await lintCatalogue(urls.operatorUrl))];
  const lines = new Set(findings.map(({ object, rule }) => `${object}: ${rule}`));
  if (lines.size > 0) throw said("db.segregation", "the database would not keep tenants apart", [...lines]);
}

const said = (code: string, what: string, lines: readonly string[]) =>
  new Failure("precondition", code, `${what}:\n${lines.map((line) => `  ${line}`).join("\n")}`);

interface RoleRow {
  readonly name: string;
  readonly super: boolean;
  readonly bypass: boolean;
  readonly owned: number;
}

async function roleFindings(urls: DbUrls, which: keyof typeof roleOf): Promise<string[]> {
  const name = which === "appUrl" ? "database.url" : "database.operatorUrl";
  const pool = openPool(urls[which], 1);
  try {
    const [row] = await pool<RoleRow[]>`
      select r.rolname::text as name, r.rolsuper as super, r.rolbypassrls as bypass,
        (select count(*)::int from pg_class c where c.relowner = r.oid) as owned
      from pg_roles r where r.rolname = current_user`;
    if (!row) return [`${name}: the database does not say which role this is`];
    const findings: string[] = [];
    if (row.super) findings.push(`${name} signs in as ${row.name}, a superuser: nothing would keep tenants apart`);
    if (row.bypass) findings.push(`${name} signs in as ${row.name}, which bypasses row security (BYPASSRLS)`);
    if (row.owned > 0) findings.push(`${name} signs in as ${row.name}, which owns ${row.owned} tables and indexes`);
    if (row.name !== roleOf[which])
      findings.push(`${name} signs in as ${row.name}; row security is written for ${roleOf[which]}`);
    return findings;
  } catch (cause) {
    throw new Failure("precondition", "db.unreachable", `${name}: ${whyUnreachable(cause)}`, { cause });
  } finally {
    await pool.end({ timeout: 1 });
  }
}

function whyUnreachable(cause: unknown): string {
  const { code = "", message = String(cause) } = cause as { code?: string; message?: string };
  switch (code) {
    case "28P01":
    case "28000":
      return "the database refuses this role or password";
    case "3D000":
      return "there is no such database; make it with: casaforte init-database";
    case "ENOENT":
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "CONNECT_TIMEOUT":
    case "CONNECTION_CLOSED":
      return `the database cannot be reached (${message})`;
    default:
      return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME)/.test(code)
        ? `the database's certificate is not the one expected (${message}); name its authority with sslrootcert=FILE`
        : `the database does not answer as it should (${message})`;
  }
}

/** Files that were not applied yet, as `module/name`; all of them when the database has no schema. */
export async function pendingMigrations(url: string, sources: readonly MigrationSource[]): Promise<string[]> {
  const pool = openPool(url, 1);
  try {
    const [schema] = await pool<{ found: boolean }[]>`select to_regclass('schema_migrations') is not null as found`;
    const applied = schema?.found
      ? await pool<{ module: string; name: string }[]>`select module, name from schema_migrations`
      : [];
    const known = new Set(applied.map(({ module, name }) => `${module}/${name}`));
    const wanted = (await Promise.all(sources.map(readMigrations))).flat();
    return wanted.map(({ module, name }) => `${module}/${name}`).filter((name) => !known.has(name));
  } finally {
    await pool.end({ timeout: 1 });
  }
}
