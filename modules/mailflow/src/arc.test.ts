import { generateKeyPairSync } from "node:crypto";
import { newId, providerTenantId } from "@casaforte/kernel";
import { addAddress, listDkimKeys, listDomains } from "@casaforte/modules/domains";
import { activateScript, putScript } from "@casaforte/modules/sieve";
import { serveSmtp } from "@casaforte/smtp";
import { authenticate, sealMessage } from "mailauth";
import nodemailer from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { acceptOutgoing } from "./accept-message.ts";
import { createLmtpBackend } from "./lmtp-backend.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";
import { SmtpDialogue } from "./smtp-dialogue.test-support.ts";
import type { TraceId } from "./types.ts";

const listKey = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "der" },
});
const zone: Record<string, string[][]> = {
  "l._domainkey.list.test TXT": [[`v=DKIM1; k=rsa; p=${listKey.publicKey.toString("base64")}`]],
  "elsewhere.test TXT": [["v=spf1 ip4:127.0.0.1 -all"]],
};
async function resolver(name: string, type: string): Promise<string[][]> {
  const found = zone[`${name.replace(/\.$/, "").toLowerCase()} ${type}`];
  if (!found) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
  return found;
}
/** What left, as the other side took it. */
const taken: Buffer[] = [];
let far: SMTPServer;
let bed: MailflowTestbed;
let ada: TestAccount;
let ruled: TestAccount;

beforeAll(async () => {
  far = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, callback) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        taken.push(Buffer.concat(parts));
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => far.listen(0, "127.0.0.1", resolve));
  const address = far.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  bed = await openMailflowTestbed((services) => ({
    ...services,
    authResolver: resolver,
    outbound: { kind: "smarthost", host: "127.0.0.1", port },
  }));
  const casa = await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  ruled = await bed.newAccount("ruled@casa.test");
  await bed.database.db.tenant(casa, async (tx) => {
    const away = { kind: "forward", address: "away@casa.test", forwardTo: ["guest@far.test"] } as const;
    await addAddress(tx, system, away, bed.services);
    const content = 'redirect "guest@far.test";';
    await putScript(tx, system, { accountId: ruled.id, name: "s", content }, bed.services);
    await activateScript(tx, system, { accountId: ruled.id, name: "s" });
  });
  for (const tenantId of [casa, providerTenantId])
    await bed.database.db.tenant(tenantId, async (tx) => {
      for (const { id, name } of await listDomains(tx))
        for (const { selector, algorithm, publicKey } of await listDkimKeys(tx, id))
          zone[`${selector}._domainkey.${name} TXT`] = [[`v=DKIM1; k=${algorithm}; p=${publicKey}`]];
    });
});
afterAll(async () => {
  await new Promise<void>((resolve) => far.close(resolve));
  await bed?.close();
});
beforeEach(() => {
  taken.length = 0;
});

const plain = "From: x@elsewhere.test\r\nTo: away@casa.test\r\nSubject: s\r\nMessage-ID: <a@b>\r\n\r\nhello\r\n";
async function arrive(to: string, raw: string, from = "x@elsewhere.test"): Promise<void> {
  const client = nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true });
  await client.sendMail({ envelope: { from, to }, raw });
  await bed.drain();
}
/** How the other side finds the chain of what it took. */
async function chainOf(raw: Buffer | string | undefined) {
  const found = await authenticate(raw ?? "", { resolver, ip: "192.0.2.9", sender: "", mta: "mx.far.test" });
  const { arc } = found;
  return arc === false ? null : { result: arc.status.result, sets: arc.i, by: (arc.signature || null)?.signingDomain };
}
/** The verdicts that we sealed. */
const sealedVerdicts = (raw: Buffer | undefined) =>
  /^ARC-Authentication-Results: .*$/m.exec((raw?.toString() ?? "").replace(/\r\n[ \t]+/g, " "))?.[0];
async function listed(): Promise<string> {
  const seal = { signingDomain: "list.test", selector: "l", privateKey: listKey.privateKey, cv: "none" };
  const header = await sealMessage(plain, { ...seal, authResults: "mx.list.test; spf=pass" });
  return `${header.toString()}${plain}`;
}

test("R12: mail from outside that an address forwards is sealed by the domain that forwards, with what was found", async () => {
  await arrive("away@casa.test", plain);
  const raw = taken[0]?.toString() ?? "";
  expect(await chainOf(raw)).toMatchObject({ result: "pass", by: "casa.test" });
  expect(sealedVerdicts(taken[0])).toMatch(/^ARC-Authentication-Results: i=1; mx\.casa\.test;.* spf=pass /);
  expect(await chainOf(raw.replace("hello", "hullo"))).toMatchObject({ result: "fail" });
});

test("our own users' mail that an address forwards is sealed as well, and what they send themselves is not", async () => {
  const client = nodemailer.createTransport({
    host: "127.0.0.1",
    port: bed.submission.port,
    ignoreTLS: true,
    auth: { user: "ada@casa.test", pass: "secret" },
  });
  const mail = { from: "ada@casa.test", subject: "s", text: "x" };
  await client.sendMail({ ...mail, to: "away@casa.test" });
  await bed.drain();
  expect(await chainOf(taken[0])).toMatchObject({ result: "pass", by: "casa.test" });
  await client.sendMail({ ...mail, to: "guest@far.test" });
  await bed.drain();
  expect(taken).toHaveLength(2);
  expect(taken[1]?.toString()).not.toMatch(/^ARC-/m);
});

test("what an owner's rule redirects is sealed", async () => {
  await arrive("ruled@casa.test", plain);
  expect(await chainOf(taken[0])).toMatchObject({ result: "pass", by: "casa.test" });
});

test("a forwarded bounce is sealed by the provider, whose key stands for what has no sender", async () => {
  await arrive("away@casa.test", plain.replace("x@elsewhere", "daemon@elsewhere"), "");
  expect(await chainOf(taken[0])).toMatchObject({ result: "pass", by: "provider.test" });
});

test("a chain that arrives is checked, recorded, and continued where it holds", async () => {
  const sealed = await listed();
  const broken = sealed.replace("\r\n\r\nhello", "\r\n\r\nhullo");
  for (const raw of [sealed, broken]) await arrive("ada@casa.test", raw);
  const verdicts = (await bed.messages(ada)).map(({ raw }) => {
    const header = /^Authentication-Results: mx\.casa\.test;(?:.*\r\n)(?:[ \t].*\r\n)*/m.exec(raw)?.[0];
    return /\barc=(\w+)/.exec(header ?? "")?.[1];
  });
  expect(verdicts).toEqual(["pass", "fail"]);
  await arrive("away@casa.test", sealed);
  expect(await chainOf(taken[0])).toMatchObject({ result: "pass", sets: 2, by: "casa.test" });
  await arrive("away@casa.test", broken);
  expect(taken).toHaveLength(2);
  expect(taken[1]?.toString()).not.toMatch(/^ARC-Seal: i=2/m);
});

const forged = "Authentication-Results: mx.casa.test; dmarc=pass header.from=bank.test\r\n";

test("R12: what a stranger writes in our name is neither kept nor sealed where a server of ours stands in front", async () => {
  const { services, clock, logger } = bed;
  const lmtp = await serveSmtp(
    { role: "lmtp", backend: createLmtpBackend(services, ["127.0.0.1"]), hostname: services.hostname, clock, logger },
    { host: "127.0.0.1", port: 0, tls: "none" },
  );
  const front = await SmtpDialogue.open(lmtp.port, "LHLO front.example");
  await front.say("MAIL FROM:<x@elsewhere.test>");
  for (const to of ["away@casa.test", "ada@casa.test"]) await front.say(`RCPT TO:<${to}>`);
  const replies = await front.data(`${forged}${plain}`.replace("Subject: s", "Subject: forged").trimEnd(), 2);
  expect(replies.map((reply) => reply.slice(0, 3))).toEqual(["250", "250"]);
  front.close();
  await lmtp.close(1);
  await bed.drain();
  expect(await chainOf(taken[0])).toMatchObject({ result: "pass", by: "casa.test" });
  expect(sealedVerdicts(taken[0])).toMatch(/^ARC-Authentication-Results: i=1; mx\.casa\.test;.* dkim=none/);
  expect(taken[0]?.toString()).not.toContain("dmarc=pass");
  const kept = (await bed.messages(ada)).find(({ raw }) => raw.includes("Subject: forged"));
  expect(kept?.raw).toMatch(/^Received: /m);
  expect(kept?.raw).not.toContain("dmarc=pass");
});

test("a verdict in our name is sealed only where we wrote it: below the mark of an arrival as an MX", async () => {
  const { blobs, clock, random, db } = bed.services;
  const roads = ["from f ([127.0.0.1])\r\n\tby mx.casa.test with LMTP", "by mx.casa.test with ESMTPSA"];
  for (const road of roads) {
    const bytes = Buffer.from(
      `Received: by mx.casa.test with LMTP id 2; now\r\nReceived: ${road} id 1; now\r\n${forged}${plain}`,
    );
    const blob = await blobs.put(ada.tenantId, bytes);
    const [sender, recipients] = ["srs@casa.test", ["guest@far.test"]];
    const about = { traceId: newId<TraceId>(clock, random), headerMessageId: "", mailAccountId: null, hops: 2 };
    await db.tenant(ada.tenantId, (tx) => acceptOutgoing(tx, { ...about, sender, recipients, blob }, bed.services));
    await bed.drain();
  }
  expect(taken.map(sealedVerdicts)).toEqual(
    roads.map(() => expect.stringMatching(/^ARC-Authentication-Results: i=1; mx\.casa\.test;.* dkim=none/)),
  );
  for (const raw of taken) expect(sealedVerdicts(raw)).not.toContain("dmarc=pass");
});
