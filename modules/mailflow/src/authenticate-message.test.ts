import { generateKeyPairSync } from "node:crypto";
import { FakeClock } from "@casaforte/testkit";
import { dkimSign } from "mailauth";
import nodemailer from "nodemailer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticateMessage } from "./authenticate-message.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, type TestAccount } from "./mailflow-testbed.ts";

const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "der" },
});
const zone: Record<string, string[][]> = {
  "s._domainkey.bank.test TXT": [[`v=DKIM1; k=rsa; p=${keys.publicKey.toString("base64")}`]],
  "_dmarc.bank.test TXT": [["v=DMARC1; p=reject"]],
  "_dmarc.shop.test TXT": [["v=DMARC1; p=quarantine"]],
  "shop.test TXT": [["v=spf1 -all"]],
  "home.test TXT": [["v=spf1 ip4:127.0.0.1 -all"]],
  "_dmarc.home.test TXT": [["v=DMARC1; p=reject"]],
};
let isDnsDown = false;
let bed: MailflowTestbed;
let ada: TestAccount;
beforeAll(async () => {
  bed = await openMailflowTestbed((services) => ({
    ...services,
    authResolver: async (name, type) => {
      if (isDnsDown) throw Object.assign(new Error("down"), { code: "ESERVFAIL" });
      const found = zone[`${name.replace(/\.$/, "").toLowerCase()} ${type}`];
      if (!found) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
      return found;
    },
  }));
  await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
});
afterAll(() => bed?.close());

async function send(from: string, raw: string): Promise<{ reply: string; role: string; raw: string }> {
  const before = (await bed.messages(ada)).length;
  const reply = await nodemailer
    .createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true })
    .sendMail({ envelope: { from, to: "ada@casa.test" }, raw })
    .then(
      ({ response }) => response,
      (error: { response?: string }) => error.response ?? "",
    );
  await bed.drain();
  const [message] = (await bed.messages(ada)).slice(before);
  return { reply, role: message?.role ?? "none", raw: message?.raw ?? "" };
}
const plain = (domain: string) =>
  `From: x@${domain}\r\nTo: ada@casa.test\r\nSubject: s\r\nDate: Thu, 01 Jan 2026 10:00:00 +0000\r\nMessage-ID: <a@b>\r\n\r\nhello\r\n`;

test("a valid signature passes DMARC and the verdict is on top", async () => {
  const message = plain("bank.test");
  const key = { signingDomain: "bank.test", selector: "s", privateKey: keys.privateKey };
  const { signatures } = await dkimSign(message, { ...key, signatureData: [key] });
  const got = await send("x@bank.test", signatures + message);
  expect(got.role).toBe("inbox");
  expect(got.raw).toMatch(/Authentication-Results: mx\.casa\.test;[\s\S]*dkim=pass[\s\S]*dmarc=pass/);
});

test("DMARC reject refuses, quarantine means junk, aligned SPF passes", async () => {
  expect(await send("x@bank.test", plain("bank.test"))).toMatchObject({
    reply: expect.stringMatching(/^550 5\.7\.1 /),
    role: "none",
  });
  expect(await send("x@shop.test", plain("shop.test"))).toMatchObject({
    reply: expect.stringMatching(/^250 /),
    role: "junk",
  });
  expect(await send("x@home.test", plain("home.test"))).toMatchObject({ role: "inbox" });
});

test("a DNS that does not answer stops no mail", async () => {
  isDnsDown = true;
  expect(await send("x@bank.test", plain("bank.test"))).toMatchObject({ role: "inbox" });
  isDnsDown = false;
});

test("a DNS that hangs holds a message up for a while only", async () => {
  const hanging = Promise.withResolvers<never>();
  const asked = Promise.withResolvers<void>();
  const clock = new FakeClock();
  async function* message() {
    yield Buffer.from(plain("bank.test"));
  }
  const verdict = authenticateMessage(
    { message: message(), remoteAddress: "192.0.2.1", helo: "x", sender: "x@bank.test", hostname: "mx.casa.test" },
    () => {
      asked.resolve();
      return hanging.promise;
    },
    { clock, logger: bed.logger },
  );
  await asked.promise;
  await clock.advance(mailflowLimits.authenticationMsMax);
  expect(await verdict).toMatchObject({ dmarc: "error", policy: "none" });
});
