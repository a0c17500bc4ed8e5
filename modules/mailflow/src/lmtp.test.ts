import { type SmtpListener, serveSmtp } from "@casaforte/smtp";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createLmtpBackend } from "./lmtp-backend.ts";
import { type MailflowTestbed, openMailflowTestbed, type TestAccount } from "./mailflow-testbed.ts";
import { SmtpDialogue } from "./smtp-dialogue.test-support.ts";

let bed: MailflowTestbed;
let ada: TestAccount;
let eve: TestAccount;
const listeners: SmtpListener[] = [];
const listen = async (allowFrom: readonly string[]): Promise<number> => {
  const { services, clock, logger } = bed;
  const listener = await serveSmtp(
    { role: "lmtp", backend: createLmtpBackend(services, allowFrom), hostname: services.hostname, clock, logger },
    { host: "127.0.0.1", port: 0, tls: "none" },
  );
  listeners.push(listener);
  return listener.port;
};
let port: number;
beforeAll(async () => {
  bed = await openMailflowTestbed();
  await bed.newTenant("casa.test");
  await bed.newTenant("other.test");
  ada = await bed.newAccount("ada@casa.test");
  await bed.newAccount("small@casa.test", 1_500n);
  eve = await bed.newAccount("eve@other.test");
  port = await listen(["127.0.0.0/8"]);
});
afterAll(async () => {
  for (const listener of listeners) await listener.close(1);
  await bed?.close();
});
afterEach(async () => expect(await bed.findings()).toEqual([]));

const subjects = async (account: TestAccount) =>
  (await bed.messages(account)).map(({ role, raw }) => `${role} ${/^Subject: (.*)$/m.exec(raw)?.[1]?.trim()}`);

test("each recipient of a message has its own answer, across tenants, and only those told 250 have it", async () => {
  const client = await SmtpDialogue.open(port, "LHLO front.example");
  await client.say("MAIL FROM:<a@elsewhere.test>");
  for (const to of ["ada@casa.test", "small@casa.test", "eve@other.test"])
    expect(await client.say(`RCPT TO:<${to}>`)).toMatch(/^250 /);
  expect(await client.say("RCPT TO:<ADA@casa.test>")).toMatch(/^452 4\.5\.3 /);
  expect(await client.say("RCPT TO:<nobody@casa.test>")).toMatch(/^550 5\.1\.1 /);
  const replies = await client.data(`Subject: three\r\n\r\n${"x".repeat(2_000)}`, 3);
  expect(replies.map((reply) => reply.slice(0, 9))).toEqual(["250 2.6.0", "452 4.2.2", "250 2.6.0"]);
  expect(await subjects(ada)).toEqual(["inbox three"]);
  expect(await subjects(eve)).toEqual(["inbox three"]);
  expect(await bed.events("small@casa.test")).toEqual([]);
  client.close();
});

test("reports about a domain of ours are taken here too, beside mail", async () => {
  const client = await SmtpDialogue.open(port, "LHLO front.example");
  await client.say("MAIL FROM:<reports@big.test>");
  for (const to of ["tls-reports@provider.test", "ada@casa.test"])
    expect(await client.say(`RCPT TO:<${to}>`)).toMatch(/^250 /);
  const range = { "start-datetime": "2026-01-01T00:00:00Z", "end-datetime": "2026-01-01T12:00:00Z" };
  const policies = [{ policy: { "policy-domain": "casa.test" } }];
  const report = JSON.stringify({ "date-range": range, "report-id": "l1", policies });
  const replies = await client.data(`Subject: report\r\nContent-Type: application/json\r\n\r\n${report}`, 2);
  expect(replies.map((reply) => reply.slice(0, 9))).toEqual(["250 2.6.0", "250 2.6.0"]);
  const kept = await bed.database.db.tenant(
    ada.tenantId,
    (tx) =>
      tx.sql`select reporter from mailflow_domain_reports where tenant_id = ${tx.tenantId} and domain = 'casa.test'`,
  );
  expect(kept).toMatchObject([{ reporter: "big.test" }]);
  client.close();
});

test("what the server in front calls spam lies in Junk", async () => {
  const client = await SmtpDialogue.open(port, "LHLO front.example");
  await client.say("MAIL FROM:<a@elsewhere.test>");
  await client.say("RCPT TO:<ada@casa.test>");
  expect(await client.data("X-Spam: Yes\r\nSubject: pills\r\n\r\nx")).toEqual([expect.stringMatching(/^250 /)]);
  expect(await subjects(ada)).toContain("junk pills");
  client.close();
});

test("a stranger is turned away before he says anything, and EHLO is not LMTP", async () => {
  const other = await listen(["192.0.2.0/24"]);
  const stranger = await SmtpDialogue.open(other);
  expect(await stranger.say("LHLO x")).not.toMatch(/^250/);
  stranger.close();
  const client = await SmtpDialogue.open(port, "EHLO x");
  expect(await client.say("MAIL FROM:<>")).toMatch(/^503 /);
  client.close();
});
