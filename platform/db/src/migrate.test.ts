import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate, migrationLockKey, migrations, openPool, startTestDatabase, type TestDatabase } from "./index.ts";

let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  database = await startTestDatabase([migrations]);
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
    const waiting = () => save`select from pg_locks where locktype = 'advisory' and not granted`;
    await expect.poll(waiting, { timeout: 30_000 }).toHaveLength(1);
    await save`select pg_advisory_unlock_shared(${migrationLockKey})`;
    expect(await migrating).toBe(0);
    expect(logger.events.map(({ event }) => event)).toContain("db.migration_waits");
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
