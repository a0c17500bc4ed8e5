import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type Actor, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { migrations as audit, chainAudit, listAudit, recordAudit } from "@casaforte/modules/audit";
import { createTenant, migrations as tenancy } from "@casaforte/modules/tenancy";
import {
  announce,
  changeEndpoint,
  createEndpoint,
  type EndpointId,
  jobHandlers,
  jobSchedules,
  migrations,
  parseEndpointUrl,
  pauseEndpoint,
  renewSecret,
  resendDelivery,
  resumeEndpoint,
  tryEndpoint,
  type WebhookMail,
  type WebhookServices,
  webhooksLimits,
} from "@casaforte/modules/webhooks";
import { memoryBus } from "@casaforte/platform/bus";
import { migrations as base, startTestDatabase, type TestDatabase } from "@casaforte/platform/db";
import { migrations as jobTables, openJobs, startWorker, type Worker } from "@casaforte/platform/jobs";
import { resolvePublicAddress } from "@casaforte/platform/net";
import { selfSigned } from "@casaforte/smtp/test-certificate";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { webhookPoster } from "../../apps/server/src/post-webhook.ts";
import { verifyWebhook } from "../../clients/typescript/src/index.ts";
import { selectEndpoint } from "../../modules/webhooks/src/store.ts";
import { selectDeliveries } from "../../modules/webhooks/src/store-deliveries.ts";

const clock = new FakeClock(Date.parse("2026-03-01T11:00:00Z"));
const random = new SeededRandom(79);
const logger = new MemoryLogger();
const hourMs = 3_600_000;
const host = "hooks.rossi.example";
const system: Actor = { kind: "system", name: "test" };
/** A receiver on loopback, over TLS, under the name that the customer gave. */
const received: { readonly body: string; readonly headers: Readonly<Record<string, string>>; readonly url: string }[] =
  [];
const mails: WebhookMail[] = [];
let answer: () => { readonly status: number; readonly location?: string };
let addresses: string[];
let server: Server;
let url: string;
let database: TestDatabase;
let services: WebhookServices;
let worker: Worker;
let tenantId: TenantId;
let owner: Extract<Actor, { kind: "user" }>;

beforeAll(async () => {
  const { key, cert } = await selfSigned(host);
  server = createServer({ key, cert }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const headers = request.headers as Record<string, string>;
      received.push({ body: Buffer.concat(pieces).toString("utf8"), headers, url: request.url ?? "" });
      const { status, location } = answer();
      response.writeHead(status, location === undefined ? {} : { location }).end("x".repeat(200_000));
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  url = `https://${host}:${(server.address() as AddressInfo).port}/in?from=casaforte`;
  database = await startTestDatabase([base, jobTables, tenancy, audit, migrations]);
  const bus = memoryBus(logger);
  services = {
    ...{ db: database.db, clock, random, logger, consoleUrl: "https://console.test", secretKey: random.bytes(32) },
    jobs: openJobs({ clock, random, bus }),
    administrators: async () => [{ login: "owner@rossi.example", language: "it" }],
    send: async (_tx, mail) => void mails.push(mail),
    post: webhookPoster({
      ca: cert,
      // The test's own address once; then whatever the DNS says next goes through the product's guard.
      async resolve(name) {
        const next = addresses.shift();
        if (next === undefined) return "127.0.0.1";
        return resolvePublicAddress(name, { find: async () => [{ address: next }] });
      },
    }),
  };
  const handlers = jobHandlers(services);
  worker = startWorker({ db: database.db, bus, clock, random, logger, handlers, schedules: jobSchedules }, false);
});
afterAll(async () => {
  await worker?.stop();
  server?.close();
  await database?.close();
});
beforeEach(async () => {
  tenantId = newId<TenantId>(clock, random);
  owner = { kind: "user", tenantId, principalId: newId<PrincipalId>(clock, random), role: "owner", ip: "192.0.2.1" };
  await database.db.operator((tx) => createTenant(tx, system, { tenantId, name: "Rossi Srl", nowMs: clock.nowMs() }));
  await chainAudit(database.db);
  received.length = 0;
  mails.length = 0;
  addresses = [];
  answer = () => ({ status: 204 });
});

const inTenant = <T>(work: Parameters<typeof database.db.tenant<T>>[1]) => database.db.tenant(tenantId, work);
const create = (topics: readonly ("devices" | "backup")[] = ["devices", "backup"]) =>
  inTenant((tx) => createEndpoint(tx, owner, { name: "Mine", url, topics }, services));
const act = (action = "devices.device_enrolled", id = "d1") =>
  inTenant((tx) => recordAudit(tx, owner, { action, object: { kind: "device", id } }));
const deliveriesOf = (id: EndpointId) => inTenant((tx) => selectDeliveries(tx, id, null, 100));
const stateOf = async (id: EndpointId) => (await inTenant((tx) => selectEndpoint(tx, id)))?.state;

/** Everything that is due after so long. */
async function after(ms: number): Promise<void> {
  await chainAudit(database.db);
  await clock.advance(ms);
  await worker.drain();
}

test("R79: what happens is told to those who chose its subject, signed; what is undone, or of another customer, is not", async () => {
  await act("devices.device_enrolled", "before anybody listened");
  await chainAudit(database.db);
  const { id, secret } = await create(["devices"]);
  await act();
  await act("backup.alarm_raised", "another subject");
  await act("identity.signed_in", "nothing that is told");
  await expect(
    inTenant(async (tx) => {
      await recordAudit(tx, owner, { action: "devices.device_deleted", object: { kind: "device", id: "undone" } });
      await announce(tx, { type: "device.deleted", kind: "device", id: "undone" }, services);
      throw new Error("rolled back");
    }),
  ).rejects.toThrow("rolled back");
  const stranger = newId<TenantId>(clock, random);
  await database.db.operator((tx) =>
    createTenant(tx, system, { tenantId: stranger, name: "Altra", nowMs: clock.nowMs() }),
  );
  await database.db.tenant(stranger, (tx) =>
    recordAudit(tx, system, { action: "devices.device_enrolled", object: { kind: "device", id: "a stranger's" } }),
  );
  await after(2_000);
  await after(2_000);
  expect(received).toHaveLength(1);
  const [one] = received;
  if (one === undefined) throw new Error("one was expected");
  expect([one.url, one.headers["host"], one.headers["content-type"]]).toEqual([
    "/in?from=casaforte",
    new URL(url).host,
    "application/json",
  ]);
  const event = await verifyWebhook(one, secret, { nowMs: clock.nowMs() });
  expect(event).toMatchObject({ version: 1, type: "device.enrolled", data: { kind: "device", id: "d1" } });
  expect((await deliveriesOf(id)).map(({ state, attempts, lastStatus }) => [state, attempts, lastStatus])).toEqual([
    ["delivered", 1, 204],
  ]);
  // Neither the log nor the row holds the secret.
  const { entries } = await inTenant((tx) => listAudit(tx, { tenantId, action: "webhooks" }));
  expect(entries.map(({ action }) => action)).toEqual(["webhooks.endpoint_created"]);
  expect(JSON.stringify(entries)).not.toContain(secret.slice(6, 30));
  // An address is often a secret itself.
  expect(JSON.stringify(entries)).toContain(host);
  expect(JSON.stringify(entries)).not.toContain("from=casaforte");
  expect(Buffer.from((await inTenant((tx) => selectEndpoint(tx, id)))?.sealedSecret ?? []).toString()).not.toContain(
    secret.slice(6, 30),
  );
});

test("R79: a receiver takes no altered, recorded or foreign event, and both secrets while one is renewed", async () => {
  const { id, secret } = await create();
  await act();
  await after(2_000);
  const [old] = received;
  if (old === undefined) throw new Error("one was expected");
  const nowMs = clock.nowMs();
  await expect(verifyWebhook({ ...old, body: old.body.replace("d1", "d2") }, secret, { nowMs })).rejects.toMatchObject({
    reason: "signature",
  });
  const moved = { ...old, headers: { ...old.headers, "webhook-id": newId(clock, random) } };
  await expect(verifyWebhook(moved, secret, { nowMs })).rejects.toMatchObject({ reason: "signature" });
  await expect(verifyWebhook(old, secret, { nowMs: nowMs + 301_000 })).rejects.toMatchObject({ reason: "too_old" });
  const fresh = await inTenant((tx) => renewSecret(tx, owner, id, services));
  const trial = async () => {
    received.length = 0;
    await inTenant((tx) => tryEndpoint(tx, owner, id, services));
    await after(2_000);
    const [got] = received;
    if (got === undefined) throw new Error("one was expected");
    return (one: string) => verifyWebhook(got, one, { nowMs: clock.nowMs() }).then(({ type }) => type);
  };
  const both = await trial();
  expect([await both(secret), await both(fresh)]).toEqual(["webhook.test", "webhook.test"]);
  await after(24 * hourMs);
  const alone = await trial();
  expect(await alone(fresh)).toBe("webhook.test");
  await expect(alone(secret)).rejects.toMatchObject({ reason: "signature" });
});

test("R79: a private address is refused, also when the DNS changes its answer, and no redirection is followed", async () => {
  for (const inside of [
    "http://hooks.rossi.example/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/",
    "https://me:secret@hooks.rossi.example/",
    "https://hooks.rossi.example:25/",
  ])
    expect(() => parseEndpointUrl(inside), inside).toThrow();
  expect(parseEndpointUrl("https://Hooks.Rossi.example:8443/in")).toBe("https://hooks.rossi.example:8443/in");
  const { id } = await create();
  await act();
  await after(2_000);
  expect(received).toHaveLength(1);
  addresses = ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1"];
  await act("devices.device_enrolled", "d2");
  for (const gap of [2_000, 10_000, 90_000, 400_000]) {
    await after(gap);
    expect((await deliveriesOf(id))[0]).toMatchObject({
      state: "waiting",
      lastTrouble: "not_public",
      lastStatus: null,
    });
  }
  expect(addresses).toEqual([]);
  expect(received).toHaveLength(1);
  answer = () => ({ status: 302, location: `${new URL(url).origin}/elsewhere` });
  await after(hourMs);
  expect(received.map((each) => each.url)).toEqual(["/in?from=casaforte", "/in?from=casaforte"]);
  expect((await deliveriesOf(id))[0]).toMatchObject({ state: "waiting", lastStatus: 302, attempts: 5 });
  answer = () => ({ status: 200 });
  await after(3 * hourMs);
  expect((await deliveriesOf(id))[0]).toMatchObject({ state: "delivered", attempts: 6 });
  // A certificate of another name is no customer's server.
  const answered = await services.post(
    { url: url.replace(host, "other.example"), headers: {}, body: "{}" },
    AbortSignal.timeout(5_000),
  );
  expect(answered).toEqual({ trouble: "tls" });
});

test("R79: a failing receiver is tried for three days with growing gaps, then disabled with a mail, and what waited goes out after", async () => {
  const { id, secret } = await create();
  answer = () => ({ status: 500 });
  await act();
  const triedAtMs: number[] = [];
  const startedMs = clock.nowMs();
  while (clock.nowMs() < startedMs + 80 * hourMs && (await stateOf(id)) === "active") {
    const before = received.length;
    const isEarly = clock.nowMs() < startedMs + hourMs / 5;
    await after(isEarly ? 60_000 : hourMs / 2);
    if (received.length > before) triedAtMs.push(clock.nowMs());
  }
  const gaps = triedAtMs.slice(1).map((at, index) => at - (triedAtMs[index] ?? 0));
  expect(gaps.slice(0, 5).every((gap, index) => gap >= (gaps[index - 1] ?? 0))).toBe(true);
  expect(received.length).toBeGreaterThan(8);
  expect(received.length).toBeLessThan(20);
  expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(await stateOf(id)).toBe("disabled");
  expect(mails.map(({ to, subject }) => [to, subject])).toEqual([["owner@rossi.example", "Webhook fermato: Mine"]]);
  expect(mails[0]?.text).not.toContain("from=casaforte");
  // Disabled, it collects nothing; resumed, it is told of what comes.
  await act("devices.device_enrolled", "meanwhile");
  await after(2_000);
  answer = () => ({ status: 200 });
  received.length = 0;
  await inTenant((tx) => resumeEndpoint(tx, owner, id, services));
  await act("devices.device_enrolled", "later");
  await after(2_000);
  const told = await Promise.all(received.map((each) => verifyWebhook(each, secret, { nowMs: clock.nowMs() })));
  expect(told.map(({ data }) => data.id)).not.toContain("meanwhile");
  expect(told.map(({ data }) => data.id)).toContain("later");
});

test("R79: a paused endpoint's events wait for weeks, one can be sent once more under its old id, and 410 ends it at once", async () => {
  const { id } = await create();
  await inTenant((tx) => pauseEndpoint(tx, owner, id));
  await act();
  await after(2_000);
  await after(webhooksLimits.deliveriesKeptMs + hourMs);
  expect(received).toHaveLength(0);
  await expect(inTenant((tx) => tryEndpoint(tx, owner, id, services))).rejects.toMatchObject({
    code: "webhooks.not_active",
  });
  await inTenant((tx) => resumeEndpoint(tx, owner, id, services));
  await after(0);
  expect(received).toHaveLength(1);
  const [delivery] = await deliveriesOf(id);
  if (delivery === undefined) throw new Error("one was expected");
  await inTenant((tx) => resendDelivery(tx, owner, { id, deliveryId: delivery.id }, services));
  await after(0);
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual([delivery.eventId, delivery.eventId]);
  answer = () => ({ status: 410 });
  await inTenant((tx) => tryEndpoint(tx, owner, id, services));
  await after(0);
  expect([await stateOf(id), mails.length]).toEqual(["disabled", 1]);
});

test("R79: one customer has ten endpoints at most, and twenty trials an hour", async () => {
  const { id } = await create();
  for (let n = 0; n < 20; n++) await inTenant((tx) => tryEndpoint(tx, owner, id, services));
  await expect(inTenant((tx) => tryEndpoint(tx, owner, id, services))).rejects.toMatchObject({ kind: "rate_limited" });
  for (let n = 1; n < 10; n++) await create();
  await expect(create()).rejects.toMatchObject({ code: "webhooks.too_many" });
  await after(0);
  await after(2_000);
  expect(received).toHaveLength(20);
});

test("R79: an answer of no known kind is a failure like any other, and a repaired address is tried at once", async () => {
  const { id } = await create();
  answer = () => ({ status: 999 });
  await act();
  await after(2_000);
  await after(10_000);
  expect((await deliveriesOf(id))[0]).toMatchObject({
    ...{ state: "waiting", attempts: 2, lastStatus: null, lastTrouble: "unreachable" },
  });
  expect((await inTenant((tx) => selectEndpoint(tx, id)))?.failingSince).not.toBeNull();
  answer = () => ({ status: 204 });
  const moved = url.replace("/in?", "/repaired?");
  await inTenant((tx) => changeEndpoint(tx, owner, { id, name: "Mine", url: moved, topics: ["devices"] }, services));
  await after(0);
  expect((await deliveriesOf(id))[0]).toMatchObject({ state: "delivered", attempts: 3 });
  expect(received.at(-1)?.url).toBe("/repaired?from=casaforte");
  const { entries } = await inTenant((tx) => listAudit(tx, { tenantId, action: "webhooks.endpoint_changed" }));
  expect(entries.map(({ details }) => details)).toEqual([
    { url: { before: new URL(url).host, after: new URL(url).host }, topics: ["devices"] },
  ]);
});

test("R79: one request at a time goes to an endpoint, whichever process sends, and one customer has one place in each", async () => {
  const hold = Promise.withResolvers<void>();
  const underWay = new Set<string>();
  const posted: string[] = [];
  let arrived = Promise.withResolvers<void>();
  const slow: WebhookServices = {
    ...services,
    async post({ url: to }) {
      if (underWay.has(to)) throw new Error("two at once");
      underWay.add(to);
      posted.push(new URL(to).pathname);
      arrived.resolve();
      await hold.promise;
      underWay.delete(to);
      return { status: 200 };
    },
  };
  const processOf = () => {
    const handler = jobHandlers(slow).find(({ task }) => task === "webhooks.send");
    if (handler === undefined) throw new Error("it was expected");
    return (of: TenantId, endpointId: EndpointId) =>
      handler.run({ endpointId }, { tenantId: of, attempt: 1, signal: new AbortController().signal, logger });
  };
  const made = async (of: TenantId, path: string, trials: number) => {
    const input = { name: path, url: url.replace("/in?", `${path}?`), topics: ["devices"] } as const;
    const { id } = await database.db.tenant(of, (tx) =>
      createEndpoint(tx, { ...owner, tenantId: of }, input, services),
    );
    for (let n = 0; n < trials; n++)
      await database.db.tenant(of, (tx) => tryEndpoint(tx, { ...owner, tenantId: of }, id, services));
    return id;
  };
  const stranger = newId<TenantId>(clock, random);
  await database.db.operator((tx) =>
    createTenant(tx, system, { tenantId: stranger, name: "Altra", nowMs: clock.nowMs() }),
  );
  const [first, second, third] = [
    await made(tenantId, "/a", 2),
    await made(tenantId, "/b", 1),
    await made(stranger, "/c", 1),
  ];
  const [one, other] = [processOf(), processOf()];
  const under: Promise<void>[] = [one(tenantId, first)];
  try {
    await arrived.promise;
    await other(tenantId, first);
    await one(tenantId, second);
    expect(posted).toEqual(["/a"]);
    arrived = Promise.withResolvers();
    under.push(one(stranger, third));
    await arrived.promise;
    expect(posted).toEqual(["/a", "/c"]);
  } finally {
    hold.resolve();
    await Promise.all(under);
  }
  expect(posted.toSorted()).toEqual(["/a", "/a", "/c"]);
  // Who found no place comes again.
  await after(2_000);
  await after(2_000);
  expect(received.map((each) => each.url)).toEqual(["/b?from=casaforte"]);
  expect((await deliveriesOf(first)).map(({ state }) => state)).toEqual(["delivered", "delivered"]);
});
