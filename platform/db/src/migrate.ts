import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, type Logger } from "@casaforte/kernel";
import type postgres from "postgres";
import { takeMigrationLock } from "./migration-lock.ts";
import { openPool } from "./postgres-db.ts";

/** A folder of forward-only files `NNNN_name.sql`; sources are applied in the order given (dependencies first). */
export interface MigrationSource {
  readonly module: string;
  readonly directory: string;
}

export interface Migration {
  readonly module: string;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
  /** The index that the file's one statement builds outside a transaction, beside whoever writes; null for any other file. */
  readonly index: string | null;
}

/** First line of a file that runs outside a transaction. Building an index inside one, writers wait for its end. */
const outsideMark = "-- outside a transaction\n";
const outsideForm = /^(?:--.*\n)+create index concurrently if not exists ([a-z][a-z0-9_]{0,62}) on [^;]+;\s*$/;

/** A source's files in order. @throws invalid `migration.name`, `migration.outside`. */
export async function readMigrations(source: MigrationSource): Promise<Migration[]> {
  const names = (await readdir(source.directory)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
        throw new Failure("invalid", "migration.name", `${source.module}/${name}: call it NNNN_name.sql`);
      const sql = await readFile(join(source.directory, name), "utf8");
      const index = sql.startsWith(outsideMark) ? (outsideForm.exec(sql)?.[1] ?? "") : null;
      if (index === "")
        throw new Failure(
          "invalid",
          "migration.outside",
          `${source.module}/${name}: outside a transaction runs one "create index concurrently if not exists NAME on …;"`,
        );
      return { module: source.module, name, sql, sha256: createHash("sha256").update(sql).digest("hex"), index };
    }),
  );
}

/**
 * Brings the schema up to date under an advisory lock, one transaction a file but for those that run outside of one; cut
 * anywhere, it goes on when it is called again. Runs as the owner role.
 * Given `only`, keys `module/name` with hashes, it applies no other files. @throws precondition `migration.changed` when a
 * file that was applied before, or one of `only`, has other contents now.
 * Returns how many files were applied.
 */
export async function migrate(
  ownerUrl: string,
  sources: readonly MigrationSource[],
  logger: Logger,
  only?: ReadonlyMap<string, string>,
): Promise<number> {
  const pool = openPool(ownerUrl, 1, { isLasting: true });
  try {
    await pool`create table if not exists schema_migrations (
      module text, name text, sha256 text not null, applied_at timestamptz not null default now(), primary key (module, name))`;
    await takeMigrationLock(pool, "alone", {
      onWait: () => logger.info("db.migration_waits", { for: "a save or another migration" }),
    });
    // A file that rewrites what years have gathered takes longer than any statement of the product may. Said after the lock,
    // to the connection that holds it: while it waited another may have taken the place of the first.
    await pool`set statement_timeout = 0`;
    await pool.unsafe(
      "grant usage, create on schema public to cf_auth; grant usage on schema public to cf_app, cf_ops; grant select on schema_migrations to cf_app, cf_ops",
    );
    const applied = new Map(
      (
        await pool<
          { module: string; name: string; sha256: string }[]
        >`select module, name, sha256 from schema_migrations`
      ).map((row) => [`${row.module}/${row.name}`, row.sha256]),
    );
    let count = 0;
    for (const source of sources) {
      for (const migration of await readMigrations(source)) {
        const key = `${migration.module}/${migration.name}`;
        if (only && !only.has(key)) continue;
        const before = applied.get(key) ?? only?.get(key);
        if (applied.get(key) === migration.sha256) continue;
        if (before !== undefined && before !== migration.sha256)
          throw new Failure(
            "precondition",
            "migration.changed",
            `${key} was changed after it had been applied; add a new file instead`,
          );
        if (migration.index === null) {
          await pool.begin(async (tx) => {
            await tx.unsafe(migration.sql);
            await note(tx, migration);
          });
        } else {
          await dropRemainder(pool, migration.index);
          await pool.unsafe(migration.sql);
          await note(pool, migration);
        }
        logger.info("db.migrated", { migration: key });
        count++;
      }
    }
    return count;
  } finally {
    // A connection that was cut in the middle of a statement never says that it ended.
    await pool.end({ timeout: 1 });
  }
}

const note = (sql: postgres.ISql, { module, name, sha256 }: Migration) =>
  sql`insert into schema_migrations (module, name, sha256) values (${module}, ${name}, ${sha256})`;

/**
 * What was cut while it built an index left one that every writer keeps up and nobody reads. An index that is whole was not
 * noted any more, and stays.
 */
async function dropRemainder(pool: postgres.Sql, index: string): Promise<void> {
  const remainder = await pool`
    select 1 from pg_index where indexrelid = to_regclass(${`public.${index}`}) and not indisvalid`;
  if (remainder.length > 0) await pool.unsafe(`drop index concurrently public.${index}`);
}
