import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  migrate,
  migrationLockKey,
  migrations,
  openPool,
  readMigrations,
  startTestCluster,
  type TestDatabase,
} from "./index.ts";

vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  database = await startTestCluster([migrations]);
  directory = await mkdtemp(join(tmpdir(), "cf-migrations-"));
});
afterAll(async () => {
  await database?.close();
  if (directory) await rm(directory, { recursive: true });
});

test("R101: a migration waits for a save to end, however long that reads, and says that it waits", async () => {
  const save = openPool(database.cluster.superuserUrl, 1);
  const logger = new MemoryLogger();
  try {
    await save`select pg_advisory_lock_shared(${migrationLockKey})`;
    const migrating = migrate(database.cluster.ownerUrl, [], logger);
    await expect.poll(() => logger.events, { timeout: 30_000 }).toMatchObject([{ event: "db.migration_waits" }]);
    await save`select pg_advisory_unlock_shared(${migrationLockKey})`;
    expect(await migrating).toBe(0);
  } finally {
    await save.end();
  }
});

test("R101: migrations only go forward: the new one is applied, one changed afterwards stops all, one that fails leaves nothing", async () => {
  const write = (name: string, sql: string) => writeFile(join(directory, name), sql);
  const bring = () => migrate(database.cluster.ownerUrl, [{ module: "probe", directory }], new MemoryLogger());
  await write("0001_first.sql", "create table probe_first (n integer);");
  expect([await bring(), await bring()]).toEqual([1, 0]);
  await write("0002_second.sql", "create table probe_second (n integer); select 1 / 0;");
  await expect(bring()).rejects.toMatchObject({ code: "22012" });
  // It works under no limit of time, which old data could exceed.
  const unlimited = "do $$ begin assert current_setting('statement_timeout') = '0'; end $$;";
  await write("0002_second.sql", `create table probe_second (n integer); ${unlimited}`);
  expect(await bring()).toBe(1);
  await write("0001_first.sql", "create table probe_first (n bigint);");
  await write("0003_third.sql", "create table probe_third (n integer);");
  await expect(bring()).rejects.toMatchObject({ kind: "precondition", code: "migration.changed" });
  const owner = openPool(database.cluster.ownerUrl, 1);
  try {
    expect(
      await owner`select to_regclass('probe_second') is not null as second, to_regclass('probe_third') as third`,
    ).toEqual([{ second: true, third: null }]);
  } finally {
    await owner.end();
  }
});

/** A table with a row of a transaction that goes on, and a file that builds an index of it outside a transaction. */
async function beginBesideWriter(table: string) {
  const { ownerUrl, superuserUrl } = database.cluster;
  const folder = join(directory, table);
  await mkdir(folder);
  await writeFile(join(folder, "0001_table.sql"), `create table ${table} (n integer);`);
  const bring = (logger = new MemoryLogger()) => migrate(ownerUrl, [{ module: table, directory: folder }], logger);
  expect(await bring()).toBe(1);
  const text = `-- outside a transaction\n-- For pages.\ncreate index concurrently if not exists ${table}_n on ${table} (n);\n`;
  await writeFile(join(folder, "0002_index.sql"), text);
  const [writer, other] = [openPool(ownerUrl, 1), openPool(superuserUrl, 1)];
  const write = (sql: typeof writer) => sql.unsafe(`insert into ${table} values (1)`);
  await writer.unsafe("begin");
  await write(writer);
  const builders = () =>
    other<{ pid: number }[]>`select pid from pg_stat_activity
      where query like ${`%create index%${table}_n on%`} and wait_event_type = 'Lock' and pid <> pg_backend_pid()`;
  return {
    bring,
    /** Settles when the index waits for the writer. */
    untilBuilding: () => expect.poll(builders, { timeout: 30_000 }).toHaveLength(1),
    cutBuilder: async () => other`select pg_terminate_backend(${(await builders())[0]?.pid ?? 0})`,
    /** In the open transaction and beside it, neither longer than it takes. */
    writeOn: async () => {
      await other`set lock_timeout = 2000`;
      await Promise.all([write(writer), write(other)]);
    },
    commit: () => writer.unsafe("commit"),
    isValid: async () =>
      (
        await other<{ valid: boolean }[]>`
          select indisvalid as valid from pg_index where indexrelid = to_regclass(${`public.${table}_n`})`
      ).map(({ valid }) => valid),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([writer.end({ timeout: 1 }), other.end({ timeout: 1 })]);
    },
  };
}

test("R101: an index that is built outside a transaction keeps no writer waiting, and a second migration waits for it", async () => {
  await using beside = await beginBesideWriter("probe_beside");
  const first = beside.bring();
  await beside.untilBuilding();
  const logger = new MemoryLogger();
  const second = beside.bring(logger);
  await expect.poll(() => logger.events, { timeout: 30_000 }).toMatchObject([{ event: "db.migration_waits" }]);
  await beside.writeOn();
  await beside.commit();
  expect(await Promise.all([first, second])).toEqual([1, 0]);
  expect(await beside.isValid()).toEqual([true]);
});

test("R101: an index whose building was cut is built anew, and one that was whole and not noted stays", async () => {
  await using beside = await beginBesideWriter("probe_cut");
  const cut = expect(beside.bring()).rejects.toThrow();
  await beside.untilBuilding();
  await beside.cutBuilder();
  await cut;
  expect(await beside.isValid()).toEqual([false]);
  await beside.commit();
  expect(await beside.bring()).toBe(1);
  expect(await beside.isValid()).toEqual([true]);
  const owner = openPool(database.cluster.ownerUrl, 1);
  try {
    await owner`delete from schema_migrations where module = 'probe_cut' and name = '0002_index.sql'`;
    const id = () => owner`select 'probe_cut_n'::regclass::oid::int as id`;
    const before = await id();
    expect(await beside.bring()).toBe(1);
    expect(await id()).toEqual(before);
  } finally {
    await owner.end();
  }
});

test("R101: outside a transaction runs one index that can be built again, and nothing else", async () => {
  const folder = join(directory, "outside");
  await mkdir(folder);
  const mark = "-- outside a transaction\n";
  for (const text of [
    "create index probe on probe_first (n);",
    "create index concurrently probe on probe_first (n);",
    "create index concurrently if not exists probe on probe_first (n); drop table probe_first;",
    "drop table probe_first;",
  ]) {
    await writeFile(join(folder, "0001_probe.sql"), mark + text);
    await expect(readMigrations({ module: "probe", directory: folder })).rejects.toMatchObject({
      code: "migration.outside",
    });
  }
});
