import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import { Failure } from "@casaforte/kernel";
import type postgres from "postgres";
import { parseDatabaseUrl } from "./database-url.ts";
import { takeMigrationLock } from "./migration-lock.ts";
import { openPool } from "./postgres-db.ts";

/** One table of a save: rows as PostgreSQL's COPY text, one a line, packed with zstd. */
export interface SavedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the text before it was packed, as is the hash. */
  readonly bytes: number;
  readonly sha256: string;
}

/** `manifest.json` of a save. */
export interface DatabaseSave {
  readonly format: 1;
  /** When its snapshot was taken, by the database's clock. */
  readonly madeAt: string;
  readonly server: string;
  /** The schema that the rows fit. */
  readonly migrations: readonly { readonly module: string; readonly name: string; readonly sha256: string }[];
  readonly tables: readonly SavedTable[];
  readonly sequences: readonly { readonly name: string; readonly value: string; readonly isCalled: boolean }[];
}

export const manifestName = "manifest.json";
export const tableFile = (directory: string, table: string): string => join(directory, "tables", `${table}.copy.zst`);

type Reading = postgres.ISql;

/**
 * Writes every row of a database into `directory` (made here; must not exist), out of one snapshot, beside a program that
 * works. Any version of PostgreSQL takes it back, see `putBackDatabase`; it needs none of PostgreSQL's programs. `url` is
 * of a role that reads everything: a superuser, or one with BYPASSRLS in `pg_read_all_data`. What is torn by a crash has
 * no manifest, and another name. R98. @throws precondition `save.role`, `save.exists`, `save.no_schema`.
 */
export async function saveDatabase(url: string, directory: string, signal?: AbortSignal): Promise<DatabaseSave> {
  const pool = openPool(url, 1, { isLasting: true });
  const making = `${directory}.making`;
  try {
    await rm(making, { recursive: true, force: true });
    await mkdir(join(making, "tables"), { recursive: true, mode: 0o700 });
    await assertReadsAll(pool, url);
    // No migration may change the tables meanwhile; the program may go on writing rows. Before the snapshot: a table that
    // a migration rewrites meanwhile would be read as empty. The connection's end gives it back.
    await takeMigrationLock(pool, "shared", { signal });
    // Big tables take longer than any statement of the product may. Said to the connection that holds the lock.
    await pool`set statement_timeout = 0`;
    const save = await pool.begin("isolation level repeatable read read only", async (sql) => {
      const [now] = await sql<{ at: Date; server: string }[]>`
        select now() as at, current_setting('server_version') as server`;
      const migrations = await sql<DatabaseSave["migrations"]>`
        select module, name, sha256 from schema_migrations order by applied_at, module, name`;
      const tables: SavedTable[] = [];
      for (const { name, columns } of await listTables(sql)) {
        signal?.throwIfAborted();
        const rows = await sql.unsafe(`copy public.${quoted(name)} (${columns.map(quoted)}) to stdout`).readable();
        tables.push({ name, columns, ...(await writeTable(rows, tableFile(making, name), signal)) });
      }
      return {
        format: 1,
        madeAt: now?.at.toISOString() ?? "",
        server: now?.server ?? "",
        migrations: [...migrations],
        tables,
        sequences: await listSequences(sql),
      } as const;
    });
    await writeFile(join(making, manifestName), `${JSON.stringify(save, null, 1)}\n`, { mode: 0o600, flush: true });
    for (const folder of [join(making, "tables"), making]) await syncFolder(folder);
    await rename(making, directory).catch((cause) => {
      throw new Failure("precondition", "save.exists", `${directory} is there already`, { cause });
    });
    await syncFolder(dirname(directory));
    return save;
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  } finally {
    await pool.end({ timeout: 5 });
  }
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function assertReadsAll(sql: Reading, url: string): Promise<void> {
  const [role] = await sql<{ name: string; fits: boolean }[]>`
    select rolname::text as name, rolsuper or (rolbypassrls and pg_has_role(oid, 'pg_read_all_data', 'usage')) as fits
    from pg_roles where rolname = current_user`;
  if (!role?.fits)
    throw new Failure(
      "precondition",
      "save.role",
      `${role?.name ?? parseDatabaseUrl(url).user} does not see every customer's rows: use a superuser, or: create role cf_save login bypassrls password '…' in role pg_read_all_data`,
    );
  const [schema] = await sql<{ found: string | null }[]>`select to_regclass('public.schema_migrations')::text as found`;
  if (!schema?.found)
    throw new Failure("precondition", "save.no_schema", `${parseDatabaseUrl(url).database} holds no Casaforte`);
}

/** Tables that hold rows, with the columns that can be written. The ledger of migrations is in the manifest. */
const listTables = (sql: Reading) => sql<{ name: string; columns: string[] }[]>`
  select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
  group by c.relname order by c.relname`;

async function listSequences(sql: Reading): Promise<DatabaseSave["sequences"]> {
  const names = await sql<{ name: string }[]>`
    select relname::text as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'S' order by relname`;
  const sequences: DatabaseSave["sequences"][number][] = [];
  for (const { name } of names) {
    const [at] = await sql.unsafe<{ value: string; isCalled: boolean }[]>(
      `select last_value::text as value, is_called as "isCalled" from public.${quoted(name)}`,
    );
    if (at) sequences.push({ name, ...at });
  }
  return sequences;
}

/** COPY's text has no line end but the one after each row. */
export function countingRows() {
  const hash = createHash("sha256");
  const seen = { rows: 0, bytes: 0 };
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      seen.bytes += chunk.length;
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) seen.rows++;
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ ...seen, sha256: hash.digest("hex") }) };
}

async function writeTable(rows: Readable, file: string, signal: AbortSignal | undefined) {
  const counted = countingRows();
  const target = createWriteStream(file, { mode: 0o600, flush: true });
  await pipeline(rows, counted.stream, createZstdCompress(), target, signal ? { signal } : {});
  return counted.result();
}

/** Makes names in a folder last. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
