import { type Actor, Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as auditMigrations } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancyMigrations } from "@casaforte/modules/tenancy";
import { migrations as baseMigrations, openPool, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { createFace, type Face } from "@casaforte/platform/http";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { jobHandlers } from "./jobs.ts";
import { keepAnswers } from "./keep-answers.ts";
import { idempotencyLimits } from "./limits.ts";
import { migrations } from "./migrations.ts";

const clock = new FakeClock();
const random = new SeededRandom(77);
const [tenantA, tenantB] = [newId<TenantId>(clock, random), newId<TenantId>(clock, random)];
let database: TestDatabase;
let face: Face;
let desk: Face;
const operator = newId<PrincipalId>(clock, random);
/** What the next act does after its first row. */
let next: () => Promise<void> = async () => {};

beforeAll(async () => {
  database = await startTestDatabase([baseMigrations, tenancyMigrations, auditMigrations, migrations]);
  const owner = openPool(database.cluster.ownerUrl, 1);
  await owner.unsafe(`create table probe_acts (tenant_id uuid not null, id uuid not null, name text not null,
    primary key (tenant_id, id)); select cf_tenant_table('probe_acts')`);
  await owner.end();
  const { db } = database;
  for (const tenantId of [tenantA, tenantB])
    await db.operator((tx) =>
      createTenant(tx, { kind: "system", name: "test" }, { tenantId, name: "Rossi", nowMs: clock.nowMs() }),
    );
  face = createFace({ name: "console", logger: new MemoryLogger(), clock, random, contentSecurityPolicy: "api" });
  keepAnswers(face, {
    ...{ db, clock, random, secret: random.bytes(32) },
    isAnonymous: () => false,
    isRepeatable: (url) => url === "/api/readings",
    async authenticate(request): Promise<Actor> {
      const { headers } = request as { headers: Record<string, string | undefined> };
      const tenantId = headers["x-tenant"] === "b" ? tenantB : tenantA;
      const token = headers["x-token"];
      return {
        ...{ kind: "user", tenantId, principalId: tenantId as string as PrincipalId, role: "owner", ip: "192.0.2.1" },
        ...(token === undefined ? {} : { tokenId: token }),
      } as Actor;
    },
  });
  const idReply = { response: { 200: z.object({ id: z.uuid() }) } };
  desk = createFace({ name: "operator", logger: new MemoryLogger(), clock, random, contentSecurityPolicy: "api" });
  keepAnswers(desk, {
    ...{ db, clock, random, secret: random.bytes(32), isAnonymous: () => false, isRepeatable: () => false },
    authenticate: async (): Promise<Actor> => ({ kind: "operator", principalId: operator, roles: [], ip: "192.0.2.1" }),
    scopeOf: ({ url }) => (url.includes("/of-a/") ? tenantA : "operator"),
  });
  desk.post("/api/notices", { schema: idReply }, async () => {
    const [id, audit] = [newId<TenantId>(clock, random), newId<TenantId>(clock, random)];
    const create = (tenantId: TenantId, name: string) =>
      db.operator((tx) => createTenant(tx, { kind: "system", name: "test" }, { tenantId, name, nowMs: clock.nowMs() }));
    await create(id, "by an operator");
    await create(audit, "by an operator");
    await next();
    return { id };
  });
  desk.post("/api/of-a/credit", { schema: idReply }, async () => {
    const id = newId(clock, random);
    await db.tenant(
      tenantA,
      (tx) => tx.sql`insert into probe_acts (tenant_id, id, name) values (${tenantA}, ${id}, 'credit')`,
    );
    await next();
    return { id };
  });
  await desk.ready();
  const body = z.strictObject({ name: z.string(), password: z.string().optional() });
  const response = { 201: z.object({ id: z.uuid(), secret: z.string() }) };
  face.post("/api/acts", { schema: { body, response } }, async (request, reply) => {
    const tenantId = request.headers["x-tenant"] === "b" ? tenantB : tenantA;
    const [id, audit] = [newId(clock, random), newId(clock, random)];
    const add = (row: string, name: string) =>
      db.tenant(
        tenantId,
        (tx) => tx.sql`insert into probe_acts (tenant_id, id, name) values (${tenantId}, ${row}, ${name})`,
      );
    // Two transactions of its own, one of them swallowed when it fails: as handlers are.
    await add(id, request.body.name);
    await Promise.all([add(id, "twice").catch(() => {}), add(audit, `audit of ${request.body.name}`)]);
    await next();
    return reply.status(201).send({ id, secret: `shown-once-${id}`, stripped: "undeclared" } as never);
  });
  face.post("/api/readings", {}, async () => ({ id: newId(clock, random) }));
  await face.ready();
});
afterAll(async () => {
  await face?.close();
  await desk?.close();
  await database?.close();
});

async function act(name: string, headers: Record<string, string> = {}, more: Record<string, unknown> = {}) {
  const reply = await face.inject({ method: "POST", url: "/api/acts", headers, payload: { name, ...more } });
  return { status: reply.statusCode, body: reply.json(), isReplayed: reply.headers["idempotency-replayed"] === "true" };
}
const rowsOf = (name: string, tenantId = tenantA) =>
  database.db.tenant(
    tenantId,
    (tx) =>
      tx.sql`select id from probe_acts where tenant_id = ${tenantId} and name in (${name}, ${`audit of ${name}`})`,
  );

test("the same request under the same key is carried out once and answered alike; without a key it is done each time", async () => {
  const first = await act("one", { "idempotency-key": "k1" });
  expect(first).toMatchObject({ status: 201, isReplayed: false });
  expect(first.body).not.toHaveProperty("stripped");
  expect(await act("one", { "idempotency-key": "k1" })).toEqual({ ...first, isReplayed: true });
  expect(await rowsOf("one")).toHaveLength(2);
  await act("each");
  await act("each");
  expect(await rowsOf("each")).toHaveLength(4);
});

test("another request under the key is refused, and other callers' and customers' keys are their own", async () => {
  const first = await act("mine", { "idempotency-key": "k2" });
  expect(await act("other", { "idempotency-key": "k2" })).toMatchObject({
    status: 422,
    body: { code: "idempotency.other_request" },
  });
  expect(await rowsOf("other")).toHaveLength(0);
  const tokenId = newId(clock, random);
  const byToken = await act("mine", { "idempotency-key": "k2", "x-token": tokenId });
  const byOther = await act("mine", { "idempotency-key": "k2", "x-tenant": "b" });
  expect(new Set([first.body.id, byToken.body.id, byOther.body.id]).size).toBe(3);
  for (const key of ["", "two words", "è", "x".repeat(101)])
    expect(await act("mine", { "idempotency-key": key })).toMatchObject({
      status: 422,
      body: { code: "idempotency.key" },
    });
});

test("an act that fails after it wrote leaves no row, no key and no answer: the same key does it then", async () => {
  next = async () => {
    throw new Failure("conflict", "probe.no", "not now");
  };
  expect(await act("again", { "idempotency-key": "k3" })).toMatchObject({ status: 409, body: { code: "probe.no" } });
  expect(await rowsOf("again")).toHaveLength(0);
  next = async () => {};
  expect(await act("again", { "idempotency-key": "k3" })).toMatchObject({ status: 201, isReplayed: false });
  expect(await rowsOf("again")).toHaveLength(2);
});

test("a connection lost before the commit loses the act and its key together, one lost after it loses neither", async () => {
  next = async () => {
    const pool = openPool(database.cluster.superuserUrl, 1);
    await pool`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()`;
    await pool.end();
  };
  const lost = await act("lost", { "idempotency-key": "k4" });
  expect(lost.status).toBeGreaterThanOrEqual(500);
  next = async () => {};
  expect(await rowsOf("lost")).toHaveLength(0);
  const done = await act("lost", { "idempotency-key": "k4" });
  expect(done).toMatchObject({ status: 201, isReplayed: false });
  expect(await act("lost", { "idempotency-key": "k4" })).toEqual({ ...done, isReplayed: true });
});

test("of many at once one is carried out, and the others are told to wait or given its answer", async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => act("race", { "idempotency-key": "k5" })));
  expect(await rowsOf("race")).toHaveLength(2);
  const done = answers.filter(({ status }) => status === 201);
  expect(done.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1);
  expect(new Set(done.map(({ body }) => body.id)).size).toBe(1);
  for (const { status, body } of answers) if (status !== 201) expect(body.code).toBe("idempotency.running");
});

test("who comes while the first still runs is told when to come again", async () => {
  const [isIn, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  next = () => {
    isIn.resolve();
    return goOn.promise;
  };
  const first = act("slow", { "idempotency-key": "k-slow" });
  await isIn.promise;
  const headers = { "idempotency-key": "k-slow" };
  const second = await face.inject({ method: "POST", url: "/api/acts", headers, payload: { name: "slow" } });
  expect(second.json()).toMatchObject({ code: "idempotency.running" });
  expect(second.headers["retry-after"]).toBe("1");
  next = async () => {};
  goOn.resolve();
  expect(await first).toMatchObject({ status: 201 });
});

test("R78: an operator's act is done once under a key, in the operators' transaction or in its customer's, or not at all", async () => {
  const countOf = async (url: string) =>
    url.includes("credit")
      ? (await rowsOf("credit")).length
      : (await database.db.operator((tx) => tx.sql`select 1 from tenancy_tenants where name = 'by an operator'`))
          .length;
  for (const [url, rows] of [
    ["/api/notices", 2],
    ["/api/of-a/credit", 1],
  ] as const) {
    const send = (key: string) => desk.inject({ method: "POST", url, headers: { "idempotency-key": key } });
    next = async () => {
      throw new Failure("conflict", "probe.no", "not now");
    };
    expect((await send("k")).statusCode, url).toBe(409);
    expect(await countOf(url), url).toBe(0);
    next = async () => {};
    const answers = await Promise.all(Array.from({ length: 6 }, () => send("k")));
    expect(await countOf(url), url).toBe(rows);
    const done = answers.find((answer) => answer.statusCode === 200 && !answer.headers["idempotency-replayed"]);
    const again = await send("k");
    expect([again.headers["idempotency-replayed"], again.body], url).toEqual(["true", done?.body]);
    await send("another");
    expect(await countOf(url), url).toBe(2 * rows);
  }
});

test("of one caller only so many answers are kept, and none of a reading", async () => {
  const headers = { "idempotency-key": "k-reading" };
  const read = async () => (await face.inject({ method: "POST", url: "/api/readings", headers })).json().id;
  expect(await read()).not.toBe(await read());
  const callerId = newId(clock, random);
  await database.db.tenant(
    tenantA,
    (
      tx,
    ) => tx.sql`insert into idempotency_answers (tenant_id, caller_id, key, request_mac, status, sealed_answer, created_at)
      select ${tenantA}::uuid, ${callerId}::uuid, 'many-' || n, ''::bytea, 201, ''::bytea, ${new Date(clock.nowMs())}::timestamptz
      from generate_series(1, ${idempotencyLimits.answersPerCallerMax}) n`,
  );
  const full = await act("full", { "idempotency-key": "k-full", "x-token": callerId });
  expect(full).toMatchObject({ status: 429, body: { code: "idempotency.too_many" } });
  expect(await rowsOf("full")).toHaveLength(0);
});

test("neither the answer's secret nor the request's password can be read from the database, and both go after a day", async () => {
  const password = "una frase che nessuno indovina";
  const { body } = await act("sealed", { "idempotency-key": "k6" }, { password });
  const dump = async () =>
    JSON.stringify(
      await database.db.tenant(
        tenantA,
        (tx) => tx.sql<{ row: string; raw: string }[]>`
          select t::text as row, encode(sealed_answer, 'escape') as raw from idempotency_answers t where tenant_id = ${tenantA}`,
      ),
    );
  expect(await dump()).toContain("k6");
  expect(await dump()).not.toContain(body.id);
  expect(await dump()).not.toContain(password);
  clock.advance(idempotencyLimits.keptMs + 1);
  const later = await act("sealed", { "idempotency-key": "k6" }, { password });
  expect(later.body.id).not.toBe(body.id);
  clock.advance(idempotencyLimits.keptMs + 1);
  const [sweep] = jobHandlers({ db: database.db, clock });
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: new MemoryLogger() };
  await sweep?.run({}, context);
  expect(await dump()).toBe("[]");
});
