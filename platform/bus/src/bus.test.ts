import { migrations, openDb, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { systemClock, systemRandom } from "@casaforte/platform/telemetry";
import { MemoryLogger } from "@casaforte/testkit";
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
