import { newId, type TenantId } from "@casaforte/kernel";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type JobHandler, jobLimits, migrations, openJobs, releaseLeases, startWorker } from "./index.ts";

const clock = new FakeClock();
const random = new SeededRandom(5);
const logger = new MemoryLogger();
const bus = memoryBus(logger);
const tenant = newId<TenantId>(clock, random);
const jobs = openJobs({ clock, random, bus });
let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase([base, migrations]);
});
afterAll(() => database?.close());

const worker = (handlers: JobHandler[], schedules: { task: string; everyMs: number }[] = []) =>
  startWorker({ db: database.db, bus, clock, random, logger, handlers, schedules }, false);
/** Claims a task at some moment and lets it go, so that it is due `every` later. */
async function claimOnce(task: string, at: Date, every: string): Promise<void> {
  await database.db.lookup(async (tx) => {
    await tx.sql`select jobs_claim_schedules(${[task]}::text[], ${[every]}::interval[], ${at}, '1 minute'::interval, 1)`;
    await tx.sql`select jobs_release_schedule(${task})`;
  });
}
const enqueue = (task: string, payload: Record<string, string>, options = {}) =>
  database.db.tenant(tenant, (tx) => jobs.enqueue(tx, task, payload, options));

test("a job runs with its tenant once, and only if its transaction committed", async () => {
  const seen: unknown[] = [];
  const runner = worker([
    { task: "probe", run: async (payload, context) => void seen.push([payload["n"], context.tenantId]) },
  ]);
  await enqueue("probe", { n: "1" });
  await expect(
    database.db.tenant(tenant, async (tx) => {
      await jobs.enqueue(tx, "probe", { n: "lost" });
      throw new Error("rolled back");
    }),
  ).rejects.toThrow();
  await runner.drain();
  await runner.drain();
  expect(seen).toEqual([["1", tenant]]);
});

test("a failing job comes again later, until its tries are used up, and stays visible as failed", async () => {
  let tries = 0;
  const runner = worker([
    {
      task: "flaky",
      run: async () => {
        tries++;
        throw new Error("not today");
      },
    },
  ]);
  await enqueue("flaky", {}, { attemptsMax: 3 });
  for (let round = 0; round < 6; round++) {
    await runner.drain();
    await clock.advance(60_000);
  }
  expect(tries).toBe(3);
  const [left] = await database.db.tenant(
    tenant,
    (tx) =>
      tx.sql`select last_error, failed_at is not null as failed from jobs_jobs where tenant_id = ${tenant} and task = 'flaky'`,
  );
  expect(left).toEqual({ last_error: "not today", failed: true });
});

test("a waiting job of the same key is replaced, not doubled", async () => {
  const seen: unknown[] = [];
  const runner = worker([{ task: "keyed", run: async (payload) => void seen.push(payload["n"]) }]);
  await enqueue("keyed", { n: "1" }, { key: "k" });
  await enqueue("keyed", { n: "2" }, { key: "k" });
  await runner.drain();
  expect(seen).toEqual(["2"]);
});

test("a job whose worker died is taken again after its lease", async () => {
  const seen: number[] = [];
  const hang = Promise.withResolvers<void>();
  const dead = worker([{ task: "leased", run: () => hang.promise }]);
  await enqueue("leased", {});
  void dead.drain();
  const heir = worker([{ task: "leased", run: async (_payload, context) => void seen.push(context.attempt) }]);
  for (let wait = 0; wait < 50; wait++) await database.db.lookup((tx) => tx.sql`select 1`);
  await heir.drain();
  expect(seen).toEqual([]);
  await clock.advance(jobLimits.leaseMs + 1);
  await heir.drain();
  expect(seen).toEqual([2]);
  hang.resolve();
});

test("a job of a worker known to be dead is taken at once after its lease was released", async () => {
  const seen: number[] = [];
  const hang = Promise.withResolvers<void>();
  const dead = worker([{ task: "orphaned", run: () => hang.promise }]);
  await enqueue("orphaned", {});
  void dead.drain();
  const isTaken = async () =>
    (
      await database.db.tenant(
        tenant,
        (tx) => tx.sql`select 1 from jobs_jobs where task = 'orphaned' and locked_until is not null`,
      )
    ).length === 1;
  while (!(await isTaken())) await database.db.lookup((tx) => tx.sql`select 1`);
  expect(await releaseLeases(database.db)).toBe(1);
  const heir = worker([{ task: "orphaned", run: async (_payload, context) => void seen.push(context.attempt) }]);
  await heir.drain();
  expect(seen).toEqual([2]);
  hang.resolve();
});

test("of two workers one runs a schedule, once per period", async () => {
  let runs = 0;
  const handler = { task: "sweep", run: async () => void runs++ };
  const schedule = { task: "sweep", everyMs: 60_000 };
  const [a, b] = [worker([handler], [schedule]), worker([handler], [schedule])];
  await Promise.all([a.drain(), b.drain()]);
  expect(runs).toBe(1);
  await clock.advance(60_001);
  await Promise.all([a.drain(), b.drain()]);
  expect(runs).toBe(2);
});

test("what recurs begins a few at a time, the longest due first, and all of it in the end", async () => {
  const gate = Promise.withResolvers<void>();
  const begun: string[] = [];
  const names = Array.from({ length: 11 }, (_, at) => `recurs${at}`);
  const handlers = names.map((task) => ({
    task,
    run: async () => {
      begun.push(task);
      await gate.promise;
    },
  }));
  // Each was due a minute before the one of the number below it.
  for (const [at, task] of names.entries())
    await claimOnce(task, new Date(clock.nowMs() - 3_600_000 - at * 60_000), "1 second");
  const one = worker(
    handlers,
    names.map((task) => ({ task, everyMs: 60_000 })),
  );
  const drained = one.drain();
  while (begun.length < jobLimits.schedulesAtOnce) await database.db.lookup((tx) => tx.sql`select 1`);
  expect(begun.toSorted()).toEqual(names.slice(-jobLimits.schedulesAtOnce).toSorted());
  gate.resolve();
  await drained;
  expect(begun.toSorted()).toEqual(names.toSorted());
});

test("what a clock that was ahead put off for a year recurs all the same", async () => {
  const runs: string[] = [];
  const handler = { task: "put off", run: async () => void runs.push("run") };
  await claimOnce("put off", new Date(clock.nowMs() + 365 * 86_400_000), "1 hour");
  await worker([handler], [{ task: "put off", everyMs: 3_600_000 }]).drain();
  expect(runs).toEqual(["run"]);
  await worker([handler], [{ task: "put off", everyMs: 3_600_000 }]).drain();
  expect(runs).toEqual(["run"]);
});

test("what is taken at the moment of a stop is waited for", async () => {
  const ended: string[] = [];
  const handler = {
    task: "last",
    run: async (_payload: unknown, { signal }: { signal: AbortSignal }) => {
      for (let trip = 0; trip < 5; trip++) await database.db.lookup((tx) => tx.sql`select 1`);
      ended.push(signal.aborted ? "cut" : "whole");
    },
  };
  const { db } = database;
  const last = startWorker({
    ...{ db, bus, clock, random, logger },
    handlers: [handler],
    schedules: [{ task: "last", everyMs: 3_600_000 }],
  });
  // The first look is on its way.
  await last.stop();
  const endedByThen = [...ended];
  const [row] = await db.operator(
    (tx) => tx.sql<{ claimed: boolean }[]>`select next_at > ${new Date(clock.nowMs())}
    as claimed from jobs_schedules where task = 'last'`,
  );
  expect(endedByThen).toEqual(row?.claimed ? ["whole"] : []);
  expect(row?.claimed).toBe(true);
});

test("what recurs and runs longer than its lease is not begun by another", async () => {
  const hang = Promise.withResolvers<void>();
  let runs = 0;
  const handler = {
    task: "long",
    run: async () => {
      runs++;
      await hang.promise;
    },
  };
  const schedule = { task: "long", everyMs: 1_000 };
  const { db } = database;
  const long = startWorker(
    { db, bus, clock, random, logger, handlers: [handler], schedules: [schedule], concurrency: 1 },
    true,
  );
  const lockedUntil = async () => {
    const rows = await db.operator(
      (tx) => tx.sql<{ at: Date }[]>`select locked_until as at from jobs_schedules
      where task = 'long' and locked_until is not null`,
    );
    return rows[0]?.at.getTime() ?? 0;
  };
  while (runs === 0) await lockedUntil();
  for (let passed = 0; passed < 2 * jobLimits.leaseMs; passed += jobLimits.renewMs) {
    await clock.advance(jobLimits.renewMs);
    const wanted = clock.nowMs() + jobLimits.leaseMs;
    while ((await lockedUntil()) < wanted) await clock.advance(jobLimits.pollMs);
  }
  await worker([handler], [schedule]).drain();
  expect(runs).toBe(1);
  hang.resolve();
  await long.stop();
});

test("a tenant cannot see another tenant's jobs", async () => {
  await enqueue("unseen", {});
  const other = newId<TenantId>(clock, random);
  expect(await database.db.tenant(other, (tx) => tx.sql`select 1 from jobs_jobs`)).toHaveLength(0);
});
