import { createServer } from "node:net";
import { hostname } from "node:os";
import { newId, type TenantId } from "@casaforte/kernel";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { migrations as jobMigrations, openJobs } from "@casaforte/platform/jobs";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Core } from "./core.ts";
import { copiesCheck, createHealthReader } from "./health.ts";
import { lookAtParts } from "./notice-desk.ts";

const clock = new FakeClock();
const random = new SeededRandom(6);
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase([base, jobMigrations]);
});
afterAll(() => database?.close());

const disks = [{ name: "nowhere", directory: "/no/such/folder" }];
const checks = async () => {
  const found = await createHealthReader({ db: database.db, clock, disks, copies: [] })();
  return Object.fromEntries(found.map(({ name, state, code }) => [name, `${state} ${code}`]));
};

test("R99: a job that waits alarms after a minute and again after ten; what cannot be read is an alarm, not an error", async () => {
  const away = { database: "ok health.database_answers", disk: "failed health.unreadable" };
  expect(await checks()).toEqual({ ...away, jobs: "ok health.jobs_age" });
  const tenant = newId<TenantId>(clock, random);
  const jobs = openJobs({ clock, random, bus: memoryBus(new MemoryLogger()) });
  await database.db.tenant(tenant, (tx) => jobs.enqueue(tx, "probe", {}));
  await clock.advance(59_000);
  expect((await checks())["jobs"]).toBe("ok health.jobs_age");
  await clock.advance(1_000);
  expect((await checks())["jobs"]).toBe("warning health.jobs_age");
  await clock.advance(540_000);
  expect((await checks())["jobs"]).toBe("failed health.jobs_age");
  await database.db.tenant(tenant, (tx) => tx.sql`update jobs_jobs set failed_at = ${new Date(clock.nowMs())}`);
  expect((await checks())["jobs"]).toBe("warning health.jobs_failed");
});

test("R28, R99: a second location that is behind for six hours is a warning, for a day an alarm", () => {
  const at = (hours: number) => {
    const lag = { waiting: 3, bytes: 5_000n, oldestAt: new Date(clock.nowMs() - hours * 3_600_000) };
    return copiesCheck("Milano", lag, clock.nowMs());
  };
  expect([5.9, 6, 23.9, 24].map((hours) => at(hours).state)).toEqual(["ok", "warning", "warning", "failed"]);
  expect(at(6).figures).toEqual({ waiting: 3, waitingBytes: 5_000, oldestSeconds: 21_600 });
  expect(copiesCheck("Milano", undefined, clock.nowMs()).state).toBe("ok");
});

test("R99: a database that answers nobody is an alarm in time, however many ask", async () => {
  const release = Promise.withResolvers<void>();
  const held = Array.from({ length: 4 }, () => database.db.operator(() => release.promise));
  const read = createHealthReader({ db: database.db, clock, disks: [], copies: [], answerMsMax: 50 });
  for (const found of await Promise.all([read(), read()]))
    expect(found.map(({ code }) => code)).toEqual(["health.database_away", "health.unreadable"]);
  release.resolve();
  await Promise.all(held);
  expect((await checks())["database"]).toBe("ok health.database_answers");
});

test("R24: a machine looks at the mail ports of its own roles, under its own name, while they are open, and a port that says nothing is away", async () => {
  let calls = 0;
  const greeting = createServer((socket) => {
    calls += 1;
    socket.end("220 ready\r\n");
  });
  await new Promise<void>((resolve) => greeting.listen(0, "127.0.0.1", resolve));
  const at = greeting.address();
  const open = { host: "127.0.0.1", port: typeof at === "object" && at ? at.port : 0 };
  const look = async (roles: readonly string[], smtp: typeof open, isServing = () => true) => {
    const config = { roles, sites: [], hostChecks: [], mail: { smtp, imap: open } };
    const core = { db: database.db, config } as unknown as Core;
    const parts = await lookAtParts(core, new AbortController().signal, isServing);
    return parts.filter(({ service }) => service === "mail").map(({ key, isWell }) => [key, isWell]);
  };
  const [smtp, imap] = ["smtp", "imap"].map((name) => `mail/${hostname()}/${name}`);
  expect(await look(["mx"], open)).toEqual([[smtp, true]]);
  expect(await look(["mail", "web"], open)).toEqual([[imap, true]]);
  expect(await look(["web", "worker"], open)).toEqual([]);
  const closed = { ...open, port: 1 };
  expect(await look(["mx", "mail"], closed)).toEqual([
    [smtp, false],
    [imap, true],
  ]);
  // While they are not open yet nobody calls; of a look in which the process begins to stop nothing is kept.
  calls = 0;
  expect([await look(["mx", "mail"], open, () => false), calls]).toEqual([[], 0]);
  expect([await look(["mx", "mail"], open, () => calls === 0), calls]).toEqual([[], 2]);
  greeting.close();
});
