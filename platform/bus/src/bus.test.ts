import { migrations, openDb, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresBus } from "./index.ts";

const logger = new MemoryLogger();
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase([migrations]);
});
afterAll(() => database?.close());

test("a hint reaches subscribers of its topic on this node and on another, and nobody else", async () => {
  const secondDb = openDb({ appUrl: database.cluster.appUrl, operatorUrl: database.cluster.operatorUrl, logger });
  const services = { clock: systemClock, random: systemRandom, logger };
  const [here, there] = [
    await openPostgresBus({ db: database.db, ...services }),
    await openPostgresBus({ db: secondDb, ...services }),
  ];
  const local = Promise.withResolvers<string | null>();
  const remote = Promise.withResolvers<string | null>();
  const wrong: unknown[] = [];
  here.subscribe("mail:1", local.resolve);
  there.subscribe("mail:1", remote.resolve);
  there.subscribe("mail:2", (payload) => wrong.push(payload));
  here.publish("mail:1", "x");
  expect(await local.promise).toBe("x");
  expect(await remote.promise).toBe("x");
  expect(wrong).toEqual([]);
  await Promise.all([here.close(), there.close()]);
  await secondDb.close();
});

test("while one change follows the other, other nodes are woken ten times a second and hear of all", async () => {
  const { db } = database;
  let woken = 0;
  const counted: typeof db = {
    ...db,
    notify(channel, payload) {
      woken++;
      return db.notify(channel, payload);
    },
  };
  const clock = new FakeClock();
  const busy = await openPostgresBus({ db: counted, clock, random: systemRandom, logger });
  const other = await openPostgresBus({ db, clock: systemClock, random: systemRandom, logger });
  const changes = 200;
  const heard = new Set<string | null>();
  const all = Promise.withResolvers<void>();
  other.subscribe("mail:3", (payload) => {
    if (heard.add(payload).size === changes) all.resolve();
  });
  for (let change = 0; change < changes; change++) {
    busy.publish("mail:3", `${change}`);
    await clock.advance(5);
  }
  await clock.advance(200);
  await all.promise;
  expect(woken).toBeGreaterThan(5);
  expect(woken).toBeLessThan(15);
  await Promise.all([busy.close(), other.close()]);
});

test("a bus that closes waits for what it tells others meanwhile", async () => {
  const { db } = database;
  const clock = new FakeClock();
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const seen: string[] = [];
  const slow: typeof db = {
    ...db,
    async listen(channel, onText) {
      const stop = await db.listen(channel, onText);
      return async () => {
        seen.push("stopped");
        await stop();
      };
    },
    async notify(channel, payload) {
      asked.resolve();
      await answer.promise;
      await db.notify(channel, payload);
      seen.push("told");
    },
  };
  const bus = await openPostgresBus({ db: slow, clock, random: systemRandom, logger });
  bus.publish("mail:4", "x");
  await clock.advance(100);
  await asked.promise;
  const closing = bus.close();
  await clock.advance(100);
  answer.resolve();
  await closing;
  expect(seen).toEqual(["told", "stopped"]);
});
