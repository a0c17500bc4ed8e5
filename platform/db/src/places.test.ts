import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Db, openDb, openPool, type Place, startTestCluster, type TestDatabase } from "./index.ts";

let database: TestDatabase;
/** Of another process on the same database, as far as the database can tell. */
let other: Db;

beforeAll(async () => {
  database = await startTestCluster([]);
  other = openDb({ ...urls(), logger: new MemoryLogger() });
});
afterAll(async () => {
  await other?.close();
  await database?.close();
});

function urls() {
  const { appUrl, operatorUrl } = database.cluster;
  return { appUrl, operatorUrl };
}

const giveBack = (places: readonly (Place | null)[]) =>
  Promise.all(places.map((place) => place?.[Symbol.asyncDispose]()));

test("processes share the places of a name, and however many ask at once there are no more", async () => {
  const asked = Array.from({ length: 20 }, (_, index) => (index % 2 ? other : database.db).takePlace("a door", 4));
  const places = await Promise.all(asked);
  expect(places.filter((place) => place !== null)).toHaveLength(4);
  const elsewhere = await other.takePlace("another door", 1);
  expect(elsewhere).not.toBeNull();
  await giveBack([...places, elsewhere]);
});

test("a place that is given back is free for every process, and one process takes none twice", async () => {
  const first = await database.db.takePlace("one", 1);
  expect(first).not.toBeNull();
  expect(await database.db.takePlace("one", 1)).toBeNull();
  expect(await other.takePlace("one", 1)).toBeNull();
  await giveBack([first]);
  const second = await other.takePlace("one", 1);
  expect(second).not.toBeNull();
  expect(await database.db.takePlace("one", 1)).toBeNull();
  await giveBack([second]);
});

const takeAll = `
  import { openDb } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
  const silent = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };
  const db = openDb({ ...JSON.parse(process.env.URLS), logger: silent });
  for (let number = 0; number < 4; number++)
    if ((await db.takePlace("held", 4)) === null) throw new Error("no place");
  process.stdout.write("held");
`;

test("who is killed has given back all its places", { timeout: 60_000 }, async () => {
  const child: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", takeAll], {
    env: { ...process.env, URLS: JSON.stringify(urls()) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("no output");
  expect(String((await once(child.stdout, "data"))[0])).toBe("held");
  expect(await database.db.takePlace("held", 4)).toBeNull();
  child.kill("SIGKILL");
  await once(child, "exit");
  const places: Place[] = [];
  await expect
    .poll(async () => {
      const place = await database.db.takePlace("held", 4);
      if (place !== null) places.push(place);
      return places.length;
    })
    .toBe(4);
  await giveBack(places);
});

test("a cut connection costs the places and nothing else: they are taken anew", async () => {
  const lost = await database.db.takePlace("cut", 1);
  expect(lost).not.toBeNull();
  const superuser = openPool(database.cluster.superuserUrl, 1);
  const cut = await superuser`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`;
  await superuser.end();
  expect(cut.length).toBeGreaterThan(0);
  /** What is asked while a connection takes its leave is told that the database is away. */
  const taken = (db: Db) =>
    db.takePlace("cut", 1).then(
      (place) => place !== null,
      (error: { code?: string }) => error.code,
    );
  await expect.poll(() => taken(other), { timeout: 30_000 }).toBe(true);
  await giveBack([lost]);
  // The other one has it, and what was lost took nothing from it.
  await expect.poll(() => taken(database.db), { timeout: 30_000 }).toBe(false);
});
