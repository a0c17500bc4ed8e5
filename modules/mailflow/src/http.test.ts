import { type Actor, newId, type PrincipalId } from "@casaforte/kernel";
import { addAddress } from "@casaforte/modules/domains";
import { createFace, type Face } from "@casaforte/platform/http";
import { SeededRandom } from "@casaforte/testkit";
import nodemailer from "nodemailer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenSink, registerDeliveryTest, registerMailflowOperatorRoutes, registerMailTraceRoutes } from "./index.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";

let bed: MailflowTestbed;
let ada: TestAccount;
let operator: Face;
let customer: Face;
beforeAll(async () => {
  bed = await openMailflowTestbed();
  await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  await bed.newTenant("other.test");
  const { clock, logger } = bed;
  const random = new SeededRandom(5);
  const face = (name: string) => createFace({ name, clock, logger, random, contentSecurityPolicy: "api" });
  operator = face("operator");
  const principalId = newId<PrincipalId>(clock, random);
  registerMailflowOperatorRoutes(operator, {
    ...bed.services,
    authorise: async () => ({ kind: "operator", principalId, roles: ["infra"], ip: "127.0.0.1" }),
  });
  customer = face("console");
  const authorise = async () =>
    ({ kind: "user", principalId, tenantId: ada.tenantId, role: "admin", ip: "127.0.0.1" }) satisfies Actor;
  registerMailTraceRoutes(customer, { ...bed.services, authorise });
  registerDeliveryTest(customer, { ...bed.services, authorise });
  const client = nodemailer.createTransport({
    host: "127.0.0.1",
    port: bed.submission.port,
    ignoreTLS: true,
    auth: { user: "ada@casa.test", pass: "secret" },
  });
  for (const to of ["one@far.test", "two@far.test"])
    await client.sendMail({ from: "ada@casa.test", to, subject: "x", text: "x" });
  await bed.drain();
});
afterAll(() => bed?.close());

const get = async (app: Face, url: string) => (await app.inject({ method: "GET", url })).json();

test("the operator sees the queue with the last reply, retries one and drops another", async () => {
  const { entries } = await get(operator, "/api/mail-queue?domain=far.test");
  // Both were taken in the same millisecond: nothing says which comes first.
  entries.sort((a: { recipient: string }, b: { recipient: string }) => a.recipient.localeCompare(b.recipient));
  expect(entries).toHaveLength(2);
  expect(entries[0]).toMatchObject({ state: "waiting", attempts: 1, sender: "ada@casa.test", tenantId: ada.tenantId });
  const act = (index: number, verb: string) =>
    operator.inject({ method: "POST", url: `/api/mail-queue/${entries[index].tenantId}/${entries[index].id}/${verb}` });
  expect((await act(0, "retry")).statusCode).toBe(200);
  await bed.drain();
  expect((await act(1, "drop")).statusCode).toBe(200);
  expect((await act(1, "drop")).statusCode).toBe(409);
  const states = (await get(operator, "/api/mail-queue")).entries.map((entry: { attempts: number }) => entry.attempts);
  expect(states).toEqual([2]);
  expect(await bed.events("two@far.test")).toEqual(["queued", "deferred", "dropped"]);
  expect(await bed.findings()).toEqual([]);
});

test("a customer traces his own mail only", async () => {
  const { events } = await get(customer, "/api/mail-events?address=One@far.test");
  expect(events.map((event: { kind: string }) => event.kind)).toContain("deferred");
  const traced = await get(customer, `/api/mail-events?traceId=${events[0].traceId}`);
  expect(traced.events.length).toBe(events.length);
  const all = await get(customer, "/api/mail-events");
  expect(new Set(all.events.map((event: { tenantId: string }) => event.tenantId))).toEqual(new Set([ada.tenantId]));
});

test("the sink lists, shows as text and gives the raw message as a download", async () => {
  const sink = await listenSink(bed.services, { host: "127.0.0.1", port: 0 });
  await nodemailer
    .createTransport({ host: "127.0.0.1", port: sink.port, ignoreTLS: true })
    .sendMail({ from: "a@b.test", to: "guest@far.test", subject: "Perché", html: "<p>Ciao <b>tu</b></p>" });
  await sink.close(1);
  const { messages } = await get(operator, "/api/mail-sink?address=guest@far.test");
  expect(messages).toMatchObject([{ subject: "Perché", sender: "a@b.test", recipients: ["guest@far.test"] }]);
  expect(await get(operator, `/api/mail-sink/${messages[0].id}/text`)).toMatchObject({
    subject: "Perché",
    text: expect.stringContaining("Ciao tu"),
  });
  const raw = await operator.inject({ method: "GET", url: `/api/mail-sink/${messages[0].id}/raw` });
  expect(raw.headers["content-disposition"]).toContain("attachment");
  expect(raw.body).toContain("From: a@b.test");
  expect((await operator.inject({ method: "DELETE", url: "/api/mail-sink" })).statusCode).toBe(200);
  expect((await get(operator, "/api/mail-sink")).messages).toEqual([]);
});

test("C14: a test of delivery reaches few outside, and an hour has so many of them, however many are asked for at once", async () => {
  const { db } = bed.database;
  const make = (tenantId: TestAccount["tenantId"], local: string, forwardTo: readonly string[]) =>
    db.tenant(tenantId, (tx) => addAddress(tx, system, { kind: "group", address: local, forwardTo }, bed.services));
  const people = [0, 1, 2, 3].map((index) => `p${index}@far.test`);
  const other = await bed.newTenant("third.test");
  await make(other, "all@third.test", people);
  await make(other, "one@third.test", people.slice(1, 2));
  const [wide, round, short, few] = await Promise.all([
    make(ada.tenantId, "wide@casa.test", people),
    make(ada.tenantId, "round@casa.test", ["all@third.test"]),
    make(ada.tenantId, "short@casa.test", ["one@third.test"]),
    make(ada.tenantId, "few@casa.test", [ada.address, ...people.slice(1)]),
  ]);
  const ask = async (id: string) => {
    const reply = await customer.inject({ method: "POST", url: `/api/addresses/${id}/test` });
    return reply.statusCode === 202 ? 202 : reply.json().code;
  };
  expect(await ask(wide.id)).toBe("mailflow.test_outside");
  // How far another organisation's address leads is not told: both are refused alike.
  expect(await ask(round.id)).toBe("mailflow.test_outside");
  expect(await ask(short.id)).toBe("mailflow.test_outside");
  // Mail of that name that comes from elsewhere is nobody's test.
  const client = nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true });
  await client.sendMail({ from: "x@far.test", to: ada.address, subject: "Delivery test", text: "x" });
  const { deliveryTestsPerHour } = mailflowLimits;
  expect(await ask(few.id)).toBe(202);
  await bed.drain();
  const asked = await Promise.all(Array.from({ length: deliveryTestsPerHour + 4 }, () => ask(few.id)));
  expect(asked.filter((one) => one === 202)).toHaveLength(deliveryTestsPerHour - 1);
  expect(new Set(asked)).toEqual(new Set([202, "mailflow.too_many_tests"]));
  await bed.clock.advance(3_600_001);
  expect(await ask(few.id)).toBe(202);
});
