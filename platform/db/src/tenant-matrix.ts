import { randomUUID } from "node:crypto";
import { parseId, type TenantId } from "@casaforte/kernel";
import type postgres from "postgres";
import { openPool } from "./postgres-db.ts";
import type { TestDatabase } from "./test-database.ts";
import type { PgTypes } from "./tx.ts";

type Pool = postgres.Sql<PgTypes>;

/** One way in which tenant A reached tenant B, or nobody reached anybody. */
export interface MatrixFinding {
  readonly table: string;
  readonly verb: string;
  readonly finding: string;
}

export interface MatrixReport {
  readonly tables: readonly string[];
  /** How many statements were tried; a report without findings and without checks proves nothing. */
  readonly checks: number;
  readonly findings: readonly MatrixFinding[];
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

/**
 * Generates the two-tenant matrix from pg_catalog: for every table with tenant_id (or those named) one row of tenant A
 * and one of B, then select, insert, upsert, update, move and delete as A against B, and everything without a tenant
 * (R50; security.md, tests b and c). It drops constraints and triggers to seed any table without knowing its meaning,
 * so the database is spent afterwards: give it one of its own. Row security itself is left as the migrations made it.
 */
export async function tenantMatrix(database: TestDatabase, only?: readonly string[]): Promise<MatrixReport> {
  const owner = openPool(database.cluster.ownerUrl, 1);
  const app = openPool(database.cluster.appUrl, 1);
  const [a, b] = [parseId<TenantId>(randomUUID()), parseId<TenantId>(randomUUID())];
  const findings: MatrixFinding[] = [];
  let checks = 0;
  try {
    const tables = (await tenantTables(owner)).filter((table) => only === undefined || only.includes(table));
    for (const table of tables) await dropMeaning(owner, table);
    for (const table of tables) {
      const columns = await columnsOf(owner, table);
      for (const tenant of [a, b]) await seed(owner, table, columns, tenant);
      for (const [verb, statement, expected] of statements(table, columns, a, b)) {
        checks++;
        const outcome = await attempt(app, verb.endsWith("without a tenant") ? null : a, statement);
        if (!expected.includes(outcome))
          findings.push({ table, verb, finding: `${outcome} instead of ${expected.join(" or ")}` });
      }
    }
    return { tables, checks, findings };
  } finally {
    await owner.end();
    await app.end();
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function tenantTables(owner: Pool): Promise<string[]> {
  const rows = await owner<{ name: string }[]>`
    select c.relname::text as name from pg_class c
    join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not c.relispartition order by 1`;
  return rows.map((row) => row.name);
}

async function columnsOf(owner: Pool, table: string): Promise<Column[]> {
  return owner<Column[]>`
    select attname::text as name, format_type(atttypid, null) as type, (attgenerated <> '' or attidentity <> '') as generated
    from pg_attribute where attrelid = ${quoted(table)}::regclass and attnum > 0 and not attisdropped order by attnum`;
}

/** Takes away what a row would have to mean, so that one can be made for any table. */
async function dropMeaning(owner: Pool, table: string): Promise<void> {
  const constraints = await owner<{ name: string }[]>`
    select conname::text as name from pg_constraint where conrelid = ${quoted(table)}::regclass and contype in ('f', 'c')`;
  for (const { name } of constraints)
    await owner.unsafe(`alter table ${quoted(table)} drop constraint ${quoted(name)}`);
  const required = await owner<{ name: string }[]>`
    select attname::text as name from pg_attribute t where attrelid = ${quoted(table)}::regclass and attnum > 0 and attnotnull
      and not attisdropped and attidentity = ''
      and not exists (select 1 from pg_index i where i.indrelid = t.attrelid and i.indisprimary and t.attnum = any(i.indkey))`;
  for (const { name } of required)
    await owner.unsafe(`alter table ${quoted(table)} alter column ${quoted(name)} drop not null`);
  await owner.unsafe(`alter table ${quoted(table)} disable trigger user`);
}

function valueFor(column: Column): string {
  const { type } = column;
  if (type.endsWith("[]")) return "'{}'";
  if (type === "uuid") return "gen_random_uuid()";
  if (type === "text" || type.startsWith("character")) return "md5(random()::text)";
  if (type === "bytea") return "decode(md5(random()::text), 'hex')";
  if (["bigint", "integer", "numeric"].includes(type)) return "(random() * 1000000000)::integer";
  if (type === "smallint") return "(random() * 30000)::smallint";
  if (type === "boolean") return "false";
  if (type.startsWith("timestamp") || type === "date") return "now()";
  if (type === "json" || type === "jsonb") return "'{}'";
  return "null";
}

async function seed(owner: Pool, table: string, columns: readonly Column[], tenant: TenantId): Promise<void> {
  const [name, own] = [quoted(table), columns.filter((column) => !column.generated)];
  await owner.unsafe(`alter table ${name} no force row level security`);
  await owner.unsafe(
    `insert into ${name} (${own.map((column) => quoted(column.name)).join(", ")})
     values (${own.map((column) => (column.name === "tenant_id" ? `'${tenant}'` : valueFor(column))).join(", ")})`,
  );
  await owner.unsafe(`alter table ${name} force row level security`);
}

type Statement = readonly [verb: string, statement: string, expected: readonly string[]];

/** What A tries. An outcome is a number of rows or an error code; 42501 is «not allowed». */
function statements(table: string, columns: readonly Column[], a: TenantId, b: TenantId): Statement[] {
  const name = quoted(table);
  const own = columns.filter((column) => !column.generated);
  const names = own.map((column) => quoted(column.name)).join(", ");
  const foreign = own.map((column) => (column.name === "tenant_id" ? `'${b}'` : valueFor(column))).join(", ");
  const refused = ["42501"];
  const nothing = ["0", "42501"];
  return [
    ["select own", `select 1 from ${name} where tenant_id = '${a}'`, ["1", "42501"]],
    ["select", `select 1 from ${name} where tenant_id <> '${a}'`, nothing],
    ["select without a tenant", `select 1 from ${name}`, nothing],
    ["insert", `insert into ${name} (${names}) values (${foreign})`, refused],
    ["insert without a tenant", `insert into ${name} (${names}) values (${foreign})`, refused],
    ["upsert", `insert into ${name} (${names}) values (${foreign}) on conflict do nothing`, refused],
    ["update", `update ${name} set tenant_id = tenant_id where tenant_id = '${b}'`, nothing],
    ["update without a tenant", `update ${name} set tenant_id = tenant_id`, nothing],
    ["move to another tenant", `update ${name} set tenant_id = '${b}' where tenant_id = '${a}'`, refused],
    ["delete", `delete from ${name} where tenant_id = '${b}'`, nothing],
    ["delete without a tenant", `delete from ${name}`, nothing],
    ["copy out", `copy (select 1 from ${name} where tenant_id <> '${a}') to stdout`, nothing],
  ];
}

async function attempt(app: Pool, tenant: TenantId | null, statement: string): Promise<string> {
  const undo = new Error("undo");
  let outcome = "";
  try {
    await app.begin(async (tx) => {
      if (tenant !== null) await tx`select set_config('app.tenant_id', ${tenant}, true)`;
      if (statement.startsWith("copy")) {
        let bytes = 0;
        for await (const chunk of await tx.unsafe(statement).readable()) bytes += (chunk as Buffer).length;
        outcome = bytes === 0 ? "0" : "rows";
      } else outcome = String((await tx.unsafe(statement)).count);
      throw undo;
    });
  } catch (error) {
    if (error !== undo)
      return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
  }
  return outcome;
}
