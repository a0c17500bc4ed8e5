import { type Actor, newId, type PrincipalId } from "@casaforte/kernel";
import { createFace, type Face } from "@casaforte/platform/http";
import nodemailer from "nodemailer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerAbuseRoutes, registerStopRoutes } from "./index.ts";
import { type MailflowTestbed, openMailflowTestbed, type TestAccount } from "./mailflow-testbed.ts";

let bed: MailflowTestbed;
let ada: TestAccount;
let desk: TestAccount;
let operator: Face;
let customer: Face;
beforeAll(async () => {
  bed = await openMailflowTestbed((services) => ({ ...services, recipientsPerHour: 5 }));
  await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  desk = await bed.newAccount("abuse@provider.test");
  const { clock, logger } = bed;
  const principalId = newId<PrincipalId>(clock, bed.services.random);
  const face = (name: string) =>
    createFace({ name, clock, logger, random: bed.services.random, contentSecurityPolicy: "api" });
  operator = face("operator");
  registerAbuseRoutes(operator, {
    ...bed.services,
    authorise: async () => ({ kind: "operator", principalId, roles: ["security"], ip: "127.0.0.1" }),
  });
  customer = face("console");
  registerStopRoutes(customer, {
    ...bed.services,
    authorise: async () =>
      ({ kind: "user", principalId, tenantId: ada.tenantId, role: "admin", ip: "127.0.0.1" }) satisfies Actor & {
        kind: "user";
      },
  });
});
afterAll(() => bed?.close());

const submit = (recipients: number) =>
  nodemailer
    .createTransport({
      host: "127.0.0.1",
      port: bed.submission.port,
      ignoreTLS: true,
      auth: { user: "ada@casa.test", pass: "secret" },
    })
    .sendMail({
      from: "ada@casa.test",
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
