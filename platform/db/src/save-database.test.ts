import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure } from "@casaforte/kernel";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  assertDatabaseReady,
  endPutBack,
  migrate,
  migrations,
  openPool,
  putBackDatabase,
  saveDatabase,
  startTestCluster,
  type TestDatabase,
  withDatabase,
} from "./index.ts";

let database: TestDatabase;
let directory: string;
const logger = new MemoryLogger();
const sourcesOf = () => [migrations, { module: "probe", directory: join(directory, "sql") }];

/** Text that COPY must escape, numbers beyond a double, a column that the database computes, a partition, a sequence. */
const first = `
  create table audit_entries (id integer primary key);
  create table tenancy_tenants (id integer primary key, parent integer references tenancy_tenants, name text,
    amount numeric, raw bytea, twice integer generated always as (id * 2) stored);
  create table probe_parts (id integer, day date) partition by range (day);
  create table probe_parts_2026 partition of probe_parts for values from ('2026-01-01') to ('2027-01-01');
  create sequence probe_numbers;`;

beforeAll(async () => {
  database = await startTestCluster([migrations]);
  directory = await mkdtemp(join(tmpdir(), "cf-save-"));
  await mkdir(join(directory, "sql"));
  await writeFile(join(directory, "sql", "0001_first.sql"), first);
  await migrate(database.cluster.ownerUrl, sourcesOf(), logger);
});
afterAll(async () => {
  await database?.close();
  if (directory) await rm(directory, { recursive: true });
});

async function query<Row>(name: string, work: (sql: ReturnType<typeof openPool>) => Promise<Row>): Promise<Row> {
  const pool = openPool(withDatabase(database.cluster.superuserUrl, name), 1);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

async function emptyDatabase(name: string) {
  await query("postgres", (sql) => sql.unsafe(`create database ${name} owner cf_owner template template0 locale 'C'`));
  const { superuserUrl, ownerUrl } = database.cluster;
  return { superuserUrl: withDatabase(superuserUrl, name), ownerUrl: withDatabase(ownerUrl, name) };
}

const contents = (name: string) =>
  query(name, async (sql) => [
    await sql`select id, parent, name, amount::text, raw, twice from tenancy_tenants order by id`,
    await sql`select id, day::text from probe_parts`,
    await sql`select nextval('probe_numbers')::text`,
  ]);

test("R98, R101: a save comes back whole into a newer schema, and never over something, from something newer or damaged", async () => {
  const save = join(directory, "one");
  await query("casaforte", async (sql) => {
    await sql`insert into tenancy_tenants values
      (2, 3, ${"tab\t back\\slash \n line \r N \\N è 🏰"}, 12345678901234567890.123456789, ${Buffer.from([0, 10, 13, 92, 255])}),
      (3, 2, null, null, null), (4, null, '', 0, '')`;
    await sql`insert into probe_parts values (1, '2026-02-28')`;
    await sql`select setval('probe_numbers', 41)`;
  });
  await expect(saveDatabase(database.cluster.ownerUrl, save)).rejects.toMatchObject({ code: "save.role" });
  const made = await saveDatabase(database.cluster.superuserUrl, save);
  expect(made.tables.map(({ name, rows }) => [name, rows])).toContainEqual(["tenancy_tenants", 3]);
  await expect(saveDatabase(database.cluster.superuserUrl, save)).rejects.toMatchObject({ code: "save.exists" });

  const older = await emptyDatabase("same");
  await putBackDatabase(older, save, sourcesOf(), logger);
  expect(await contents("same")).toEqual(await contents("casaforte"));
  // Cut after the rows: nothing starts on it, and again goes on; ended, it is a database like any other.
  const { appUrl, operatorUrl } = database.cluster;
  const running = { appUrl: withDatabase(appUrl, "same"), operatorUrl: withDatabase(operatorUrl, "same") };
  const start = () =>
    assertDatabaseReady(running, sourcesOf()).then(
      () => "ready",
      ({ code }: Failure) => code,
    );
  expect(await start()).toBe("db.put_back_unfinished");
  await putBackDatabase(older, save, sourcesOf(), logger);
  expect(await start()).toBe("db.put_back_unfinished");
  await endPutBack(older.ownerUrl);
  expect(await start()).not.toBe("db.put_back_unfinished");
  await expect(putBackDatabase(older, save, sourcesOf(), logger)).rejects.toMatchObject({ code: "save.not_empty" });

  const unknown = await emptyDatabase("older");
  await expect(putBackDatabase(unknown, save, [migrations], logger)).rejects.toMatchObject({ code: "save.newer" });

  await writeFile(
    join(directory, "sql", "0002_second.sql"),
    "alter table tenancy_tenants add shout text; update tenancy_tenants set shout = upper(name);",
  );
  const newer = await emptyDatabase("newer");
  await putBackDatabase(newer, save, sourcesOf(), logger);
  expect(await query("newer", (sql) => sql`select shout from tenancy_tenants where id = 4`)).toEqual([{ shout: "" }]);

  const file = join(save, "tables", "tenancy_tenants.copy.zst");
  const whole = await readFile(file);
  const spoilt = await emptyDatabase("spoilt");
  for (const bytes of [whole.with(40, (whole[40] ?? 0) ^ 1), whole.subarray(0, whole.length >> 1)]) {
    await writeFile(file, bytes);
    await expect(putBackDatabase(spoilt, save, sourcesOf(), logger)).rejects.toMatchObject({ code: "save.damaged" });
    expect(await query("spoilt", (sql) => sql`select * from probe_parts`)).toEqual([]);
  }
  await writeFile(file, whole);
  await putBackDatabase(spoilt, save, sourcesOf(), logger);
});
