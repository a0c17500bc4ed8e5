import { type Actor, newId, type PrincipalId } from "@casaforte/kernel";
import { activateScript, putScript } from "@casaforte/modules/sieve";
import { createFace, type Face } from "@casaforte/platform/http";
import nodemailer from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acceptOutgoing } from "./accept-message.ts";
import { registerAbuseRoutes, registerMailflowOperatorRoutes, registerStopRoutes } from "./index.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";
import { deleteStop } from "./store-abuse.ts";
import type { TraceId } from "./types.ts";

/** The server outside. */
const outside = { isAway: false, taken: [] as string[], meanwhile: async () => {} };
let far: SMTPServer;
let bed: MailflowTestbed;
let ada: TestAccount;
let desk: TestAccount;
let operator: Face;
let customer: Face;
beforeAll(async () => {
  far = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    onRcptTo: (_address, _session, callback) =>
      void outside
        .meanwhile()
        .then(() => callback(outside.isAway ? Object.assign(new Error("away"), { responseCode: 451 }) : null)),
    onData(stream, { envelope }, callback) {
      stream.resume();
      stream.on("end", () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : "";
        if (/^(?:cara|srs0=.*)@casa\.test$/i.test(from))
          outside.taken.push(...envelope.rcptTo.map(({ address }) => address));
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => far.listen(0, "127.0.0.1", resolve));
  const address = far.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  bed = await openMailflowTestbed((services) => ({
    ...services,
    recipientsPerHour: 5,
    recipientsPerHourOfDomain: 8,
    outbound: { kind: "smarthost", host: "127.0.0.1", port },
  }));
  await bed.newTenant("casa.test");
  await bed.newTenant("shared.test");
  ada = await bed.newAccount("ada@casa.test");
  desk = await bed.newAccount("abuse@provider.test");
  const { clock, logger } = bed;
  const principalId = newId<PrincipalId>(clock, bed.services.random);
  const face = (name: string) =>
    createFace({ name, clock, logger, random: bed.services.random, contentSecurityPolicy: "api" });
  operator = face("operator");
  const forOperator = {
    ...bed.services,
    authorise: async () => ({ kind: "operator", principalId, roles: ["security"], ip: "127.0.0.1" }) as const,
  };
  registerAbuseRoutes(operator, forOperator);
  registerMailflowOperatorRoutes(operator, forOperator);
  customer = face("console");
  registerStopRoutes(customer, {
    ...bed.services,
    authorise: async () =>
      ({ kind: "user", principalId, tenantId: ada.tenantId, role: "admin", ip: "127.0.0.1" }) satisfies Actor & {
        kind: "user";
      },
  });
});
afterAll(async () => {
  await bed?.close();
  await new Promise<void>((resolve) => far.close(resolve));
});

const clientOf = (user: string) =>
  nodemailer.createTransport({
    host: "127.0.0.1",
    port: bed.submission.port,
    ignoreTLS: true,
    auth: { user, pass: "secret" },
  });
const submit = (recipients: number, from = "ada@casa.test") =>
  clientOf(from)
    .sendMail({
      from,
      to: Array.from({ length: recipients }, (_, index) => `r${index}@far.test`),
      subject: "offer",
      text: "x",
    })
    .then(
      ({ response }) => response,
      (error: { response?: string }) => error.response ?? String(error),
    );
const get = async (app: Face, url: string) => (await app.inject({ method: "GET", url })).json();
const subjects = async () => (await bed.messages(desk)).map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim());

test("an account beyond its hour is put off with one alarm, then stopped, until an administrator lets it go on", async () => {
  expect(await submit(5)).toMatch(/^250 /);
  expect(await submit(3)).toMatch(/^450 4\.7\.1 /);
  await bed.drain();
  expect(await subjects()).toEqual(["Molti invii da ada@casa.test"]);
  expect(await get(operator, "/api/mail-stops")).toEqual({ stops: [] });
  for (let turn = 0; turn < 3; turn++) expect(await submit(3)).toMatch(/^450 4\.7\.1 /);
  expect(await submit(1)).toMatch(/^550 5\.7\.1 /);
  await bed.drain();
  expect(await subjects()).toEqual(["Molti invii da ada@casa.test", "Invio fermato: ada@casa.test"]);
  expect(await get(operator, "/api/mail-stops")).toMatchObject({
    stops: [{ address: "ada@casa.test", reason: "rate" }],
  });
  await bed.clock.advance(3_600_000);
  expect(await submit(1)).toMatch(/^550 5\.7\.1 /);
  const lift = () => customer.inject({ method: "POST", url: `/api/mail-stops/${ada.id}/lift` });
  expect((await lift()).statusCode).toBe(200);
  expect((await lift()).statusCode).toBe(404);
  expect(await submit(1)).toMatch(/^250 /);
  expect(await bed.findings()).toEqual([]);
});

describe("mail that waits when its sender is stopped", () => {
  let cara: TestAccount;
  const states = async (search = "") =>
    ((await get(operator, `/api/mail-queue?address=cara@casa.test${search}`)).entries as unknown[]).length;
  const step = async (recipient: string) => {
    const steps: { kind: string }[] = (await get(operator, `/api/mail-events?address=${recipient}`)).events;
    return steps.map(({ kind }) => kind).reverse();
  };
  const stop = () =>
    operator.inject({
      method: "POST",
      url: "/api/mail-stops",
      payload: { tenantId: cara.tenantId, mailAccountId: cara.id },
    });
  const post = async (app: Face, url: string) => (await app.inject({ method: "POST", url })).json();
  /** Three recipients; the server outside is away after the first. */
  async function submitThree(name: string): Promise<readonly string[]> {
    const to = [1, 2, 3].map((number) => `${name}${number}@far.test`);
    const client = clientOf("cara@casa.test");
    await client.sendMail({ from: "cara@casa.test", to: to.slice(0, 1), subject: "offer", text: "x" });
    outside.isAway = false;
    await bed.drain();
    await client.sendMail({ from: "cara@casa.test", to: to.slice(1), subject: "offer", text: "x" });
    outside.isAway = true;
    await bed.drain();
    outside.isAway = false;
    return to;
  }
  beforeAll(async () => {
    cara = await bed.newAccount("cara@casa.test");
  });

  test("R103: is held, tried no more, and leaves when the stop is lifted", async () => {
    const [first = "", second = "", third = ""] = await submitThree("lifted");
    expect(outside.taken).toEqual([first]);
    expect((await stop()).statusCode).toBe(200);
    await bed.clock.advance(24 * 3_600_000);
    await bed.drain();
    await bed.sweep();
    await bed.drain();
    expect(outside.taken).toEqual([first]);
    expect([await states("&state=held"), await states()]).toEqual([2, 0]);
    expect(await step(second)).toEqual(["queued", "deferred", "held"]);
    expect(await get(customer, "/api/mail-stops")).toMatchObject({ stops: [{ address: "cara@casa.test", held: 2 }] });
    expect(await bed.findings()).toEqual([]);
    await post(customer, `/api/mail-stops/${cara.id}/lift`);
    await bed.drain();
    expect([...outside.taken].sort()).toEqual([first, second, third]);
    expect(await step(third)).toEqual(["queued", "deferred", "held", "retried", "sent"]);
  });

  test("goes one by one, or is discarded, as an operator says; the account stays stopped", async () => {
    await bed.clock.advance(2 * 3_600_000);
    outside.taken.length = 0;
    const [first = "", second = "", third = ""] = await submitThree("decided");
    await stop();
    const { entries } = await get(operator, `/api/mail-queue?state=held&address=${second}`);
    await post(operator, `/api/mail-queue/${cara.tenantId}/${entries[0].id}/retry`);
    await bed.drain();
    expect(outside.taken).toEqual([first, second]);
    const discard = `/api/mail-stops/${cara.tenantId}/${cara.id}/discard`;
    expect(await post(operator, discard)).toEqual({ discarded: 1 });
    expect(await post(operator, discard)).toEqual({ discarded: 0 });
    await bed.drain();
    expect(await step(third)).toEqual(["queued", "deferred", "held", "dropped"]);
    expect(await get(operator, "/api/mail-stops")).toMatchObject({ stops: [{ address: "cara@casa.test", held: 0 }] });
    await post(customer, `/api/mail-stops/${cara.id}/lift`);
    expect(await post(operator, discard)).toMatchObject({ code: "mailflow.not_stopped" });
    await bed.drain();
    expect(outside.taken).toEqual([first, second]);
    expect(await bed.findings()).toEqual([]);
  });

  test("comes back to its sender when the stop outlasts its patience", async () => {
    await bed.clock.advance(2 * 3_600_000);
    const [, second = ""] = await submitThree("forgotten");
    await stop();
    await bed.clock.advance(mailflowLimits.patienceMs);
    await bed.drain();
    expect(await step(second)).toEqual(["queued", "deferred", "held", "failed", "bounced"]);
    expect(await bed.findings()).toEqual([]);
    await post(customer, `/api/mail-stops/${cara.id}/lift`);
  });

  test("R103: is held when the stop comes during a try that is put off, and comes back as well", async () => {
    await bed.clock.advance(2 * 3_600_000);
    outside.isAway = true;
    outside.meanwhile = async () => {
      outside.meanwhile = async () => {};
      expect((await stop()).statusCode).toBe(200);
    };
    const mail = { from: "cara@casa.test", to: "meanwhile@far.test", subject: "offer", text: "x" };
    await clientOf("cara@casa.test").sendMail(mail);
    await bed.drain();
    outside.isAway = false;
    await bed.clock.advance(24 * 3_600_000);
    await bed.drain();
    expect(await step("meanwhile@far.test")).toEqual(["queued", "held", "deferred", "held"]);
    expect(await get(customer, "/api/mail-stops")).toMatchObject({ stops: [{ address: "cara@casa.test", held: 1 }] });
    expect(await bed.findings()).toEqual([]);
    await bed.clock.advance(mailflowLimits.patienceMs);
    await bed.drain();
    expect(await step("meanwhile@far.test")).toEqual(["queued", "held", "deferred", "held", "failed", "bounced"]);
    expect(await bed.findings()).toEqual([]);
    await post(customer, `/api/mail-stops/${cara.id}/lift`);
  });

  test("R103: what its rules had queued is held too, and leaves when the stop is lifted", async () => {
    outside.taken.length = 0;
    const { db, clock, random } = bed.services;
    const script = { accountId: cara.id, name: "on", content: 'redirect "onward@far.test";' };
    await db.tenant(cara.tenantId, async (tx) => {
      await putScript(tx, system, script, bed.services);
      await activateScript(tx, system, script);
    });
    outside.isAway = true;
    const client = nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true });
    await client.sendMail({ from: "x@elsewhere.test", to: "cara@casa.test", subject: "offer", text: "x" });
    await bed.drain();
    outside.isAway = false;
    await stop();
    // Of an arrival that was under way when the stop came.
    const blob = await bed.services.blobs.put(cara.tenantId, Buffer.from("Subject: late\r\n\r\nx\r\n"));
    const about = { traceId: newId<TraceId>(clock, random), headerMessageId: "", hops: 1, blob, mailAccountId: null };
    const late = { ...about, rulesOf: cara.id, sender: "srs0=late@casa.test", recipients: ["late@far.test"] };
    await db.tenant(cara.tenantId, (tx) => acceptOutgoing(tx, late, bed.services));
    await bed.clock.advance(24 * 3_600_000);
    await bed.drain();
    await bed.sweep();
    await bed.drain();
    expect(outside.taken).toEqual([]);
    expect(await step("onward@far.test")).toEqual(["queued", "deferred", "held"]);
    expect(await get(operator, "/api/mail-stops")).toMatchObject({ stops: [{ address: "cara@casa.test", held: 2 }] });
    expect(await bed.findings()).toEqual([]);
    // What strangers wrote is nothing to discard: they were told that it is taken.
    expect(await post(operator, `/api/mail-stops/${cara.tenantId}/${cara.id}/discard`)).toEqual({ discarded: 0 });
    await post(customer, `/api/mail-stops/${cara.id}/lift`);
    await bed.drain();
    expect([...outside.taken].sort()).toEqual(["late@far.test", "onward@far.test"]);
  });

  test("R101: leaves although its stop was lifted by a version that knows no holding", async () => {
    await bed.clock.advance(2 * 3_600_000);
    outside.taken.length = 0;
    const [first = "", second = "", third = ""] = await submitThree("earlier");
    await stop();
    expect(await states("&state=held")).toBe(2);
    await bed.services.db.tenant(cara.tenantId, (tx) => deleteStop(tx, cara.id));
    await bed.sweep();
    await bed.drain();
    expect([...outside.taken].sort()).toEqual([first, second, third]);
    expect(await bed.findings()).toEqual([]);
  });
});

test("the accounts of one domain together have a limit, which refuses the next of them and is told once", async () => {
  await bed.clock.advance(2 * 3_600_000);
  await bed.newAccount("dan@shared.test");
  await bed.newAccount("eve@shared.test");
  const from = (who: string, recipients: number) => submit(recipients, `${who}@shared.test`);
  expect(await from("dan", 5)).toMatch(/^250 /);
  expect(await from("eve", 4)).toMatch(/^450 4\.7\.1 /);
  expect(await from("eve", 3)).toMatch(/^250 /);
  expect(await from("eve", 1)).toMatch(/^450 4\.7\.1 /);
  await bed.drain();
  expect((await subjects()).filter((subject) => subject === "Molti invii da shared.test")).toHaveLength(1);
  await bed.clock.advance(3_600_000);
  expect(await from("eve", 1)).toMatch(/^250 /);
});

const report = [
  "From: <feedback@isp.example>",
  "To: <abuse@provider.test>",
  "Subject: FW: offer",
  "MIME-Version: 1.0",
  'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "This is an abuse report.",
  "--b",
  "Content-Type: message/feedback-report",
  "",
  "Feedback-Type: abuse",
  "User-Agent: isp/1",
  "Version: 1",
  "Original-Mail-From: <ada@casa.test>",
  "Source-IP: 192.0.2.1",
  "--b",
  "Content-Type: message/rfc822",
  "",
  "From: Ada <ada@casa.test>",
  "Message-ID: <one@casa.test>",
  "Subject: =?utf-8?q?offert=C3=A0?=",
  "",
  "buy",
  "--b--",
  "",
].join("\r\n");

test("R103: a feedback report is a case with the account it accuses, and nobody is stopped by it alone", async () => {
  const client = nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true });
  await client.sendMail({ envelope: { from: "feedback@isp.example", to: "abuse@provider.test" }, raw: report });
  const { cases } = await get(operator, "/api/abuse-cases");
  expect(cases).toMatchObject([
    {
      feedbackType: "abuse",
      originalSender: "ada@casa.test",
      originalMessageId: "<one@casa.test>",
      subject: "offertà",
      sourceIp: "192.0.2.1",
      accused: { tenantId: ada.tenantId, mailAccountId: ada.id },
    },
  ]);
  expect(await get(operator, "/api/mail-stops")).toEqual({ stops: [] });
  const stop = await operator.inject({ method: "POST", url: "/api/mail-stops", payload: cases[0].accused });
  expect(stop.statusCode).toBe(200);
  expect(await submit(1)).toMatch(/^550 5\.7\.1 /);
  const close = () => operator.inject({ method: "POST", url: `/api/abuse-cases/${cases[0].id}/close` });
  expect((await close()).statusCode).toBe(200);
  expect((await close()).statusCode).toBe(404);
  expect(await get(operator, "/api/abuse-cases?state=closed")).toMatchObject({ cases: [{ state: "closed" }] });
});

test("a broken feedback report is mail and no case", async () => {
  const client = nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true });
  const raw = report.replace("message/feedback-report", "text/plain");
  await client.sendMail({ envelope: { from: "feedback@isp.example", to: "abuse@provider.test" }, raw });
  expect(await get(operator, "/api/abuse-cases")).toEqual({ cases: [] });
  expect((await subjects()).filter((subject) => subject === "FW: offer")).toHaveLength(2);
});
