import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { Failure, type Logger } from "@casaforte/kernel";
import type postgres from "postgres";
import { type MigrationSource, migrate } from "./migrate.ts";
import { openPool } from "./postgres-db.ts";
import { countingRows, type DatabaseSave, manifestName, quoted, type SavedTable, tableFile } from "./save-database.ts";

/** A save's manifest. @throws not_found `save.missing`, corrupt `save.manifest`. */
export async function readSave(directory: string): Promise<DatabaseSave> {
  const text = await readFile(join(directory, manifestName), "utf8").catch((cause) => {
    throw new Failure("not_found", "save.missing", `${directory} holds no finished save of a database`, { cause });
  });
  try {
    const save = JSON.parse(text) as DatabaseSave;
    if (save.format === 1 && Array.isArray(save.tables) && Array.isArray(save.migrations)) return save;
  } catch {
    // Told below.
  }
  throw new Failure(
    "corrupt",
    "save.manifest",
    `${join(directory, manifestName)} is not a manifest that this version reads`,
  );
}

/**
 * Fills an empty database from a save: the schema of its day, its rows with every hash checked, then what this version
 * adds to the schema. All rows or none; again after an interruption goes on. `endPutBack` ends it. `superuserUrl` and `ownerUrl` lead to the same database, made by
 * `init-database`. R98. @throws conflict `save.not_empty`; precondition `save.newer`; corrupt `save.damaged`.
 */
export async function putBackDatabase(
  { superuserUrl, ownerUrl }: { readonly superuserUrl: string; readonly ownerUrl: string },
  directory: string,
  sources: readonly MigrationSource[],
  logger: Logger,
): Promise<DatabaseSave> {
  const save = await readSave(directory);
  const pool = openPool(superuserUrl, 1);
  try {
    if ((await assertTakes(pool, save)) === "filled") {
      await migrate(ownerUrl, sources, logger);
      return save;
    }
    const ledger = new Map(save.migrations.map(({ module, name, sha256 }) => [`${module}/${name}`, sha256]));
    await migrate(ownerUrl, sources, logger, ledger);
    await assertSameSchema(pool, ledger);
    await pool.begin(async (sql) => {
      await sql`set local statement_timeout = 0`;
      // Rows come in the order of names, so references and triggers wait; the snapshot they come from was whole.
      await sql`set local session_replication_role = replica`;
      const names = save.tables.map(({ name }) => `public.${quoted(name)}`);
      if (names.length > 0) await sql.unsafe(`truncate ${names.join(", ")}`);
      for (const table of save.tables) await fillTable(sql, directory, table);
      for (const { name, value, isCalled } of save.sequences)
        await sql`select setval(${`public.${quoted(name)}`}::regclass, ${value}::bigint, ${isCalled})`;
      await sql.unsafe(`comment on table public.schema_migrations is '${unfinishedOf(save)}'`);
    });
    await pool`analyze`;
    await migrate(ownerUrl, sources, logger);
    return save;
  } finally {
    await pool.end({ timeout: 5 });
  }
}

/** Stands at the ledger, with the rows, until `endPutBack`: `serve` refuses such a database. */
const unfinishedMark = "put back, not settled: ";
const unfinishedOf = ({ madeAt }: DatabaseSave) => `${unfinishedMark}${madeAt.replaceAll("'", "")}`;

/** The rows are in and what must follow them has been done. */
export async function endPutBack(ownerUrl: string): Promise<void> {
  const pool = openPool(ownerUrl, 1);
  try {
    await pool`comment on table public.schema_migrations is null`;
  } finally {
    await pool.end({ timeout: 1 });
  }
}

/** Whether rows were put back and what must follow them has not been done. */
export async function isPutBackUnfinished(url: string): Promise<boolean> {
  const pool = openPool(url, 1);
  try {
    return (await markOf(pool)).startsWith(unfinishedMark);
  } finally {
    await pool.end({ timeout: 1 });
  }
}

async function markOf(pool: postgres.Sql): Promise<string> {
  const [row] = await pool<{ mark: string | null }[]>`
    select obj_description(to_regclass('public.schema_migrations'), 'pg_class') as mark`;
  return row?.mark ?? "";
}

/** @throws conflict `save.not_empty` unless the database is empty, or holds this very save from a run that was cut. */
export async function assertTakesSave(superuserUrl: string, save: DatabaseSave): Promise<void> {
  const pool = openPool(superuserUrl, 1);
  try {
    await assertTakes(pool, save);
  } finally {
    await pool.end({ timeout: 1 });
  }
}

async function assertTakes(pool: postgres.Sql, save: DatabaseSave): Promise<"empty" | "filled"> {
  if ((await markOf(pool)) === unfinishedOf(save)) return "filled";
  await assertEmpty(pool);
  return "empty";
}

async function assertEmpty(pool: postgres.Sql): Promise<void> {
  const [schema] = await pool<{ found: string | null }[]>`select to_regclass('public.tenancy_tenants')::text as found`;
  if (!schema?.found) return;
  const [used] = await pool<{ count: number }[]>`
    select (select count(*) from tenancy_tenants)::int + (select count(*) from audit_entries)::int as count`;
  if ((used?.count ?? 0) > 1)
    throw new Failure(
      "conflict",
      "save.not_empty",
      "this database has customers or a history already: make an empty one (casaforte init-database --database NAME)",
    );
}

/** What the save was made with must all be known here, and nothing else may be there yet. */
async function assertSameSchema(pool: postgres.Sql, ledger: ReadonlyMap<string, string>): Promise<void> {
  const applied = await pool<{ key: string }[]>`select module || '/' || name as key from schema_migrations`;
  const here = new Set(applied.map(({ key }) => key));
  const unknown = [...ledger.keys()].filter((key) => !here.has(key));
  if (unknown.length > 0)
    throw new Failure(
      "precondition",
      "save.newer",
      `the save was made by a newer version, which has ${unknown[0]}: put it back with that version or a later one`,
    );
  const extra = [...here].filter((key) => !ledger.has(key));
  if (extra.length > 0)
    throw new Failure(
      "conflict",
      "save.not_empty",
      `this database has a newer schema than the save (${extra[0]}): make an empty one (casaforte init-database --database NAME)`,
    );
}

async function fillTable(sql: postgres.TransactionSql, directory: string, table: SavedTable): Promise<void> {
  const counted = countingRows();
  const target = await sql
    .unsafe(`copy public.${quoted(table.name)} (${table.columns.map(quoted)}) from stdin`)
    .writable();
  const damaged = (why: string, cause?: unknown) =>
    new Failure("corrupt", "save.damaged", `the save of ${table.name} is damaged: ${why}. Use another save`, { cause });
  try {
    await pipeline(createReadStream(tableFile(directory, table.name)), createZstdDecompress(), counted.stream, target);
  } catch (cause) {
    throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { rows, sha256 } = counted.result();
  if (rows !== table.rows || sha256 !== table.sha256)
    throw damaged(`${rows} rows instead of ${table.rows}, or other ones`);
}
