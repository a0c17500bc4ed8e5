import { type MailboxServices, moveMessages, readMailboxes } from "@casaforte/modules/mailbox";
import { activateScript, putScript } from "@casaforte/modules/sieve";
import { createFace, type Face } from "@casaforte/platform/http";
import nodemailer from "nodemailer";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { addSenderRule, enqueueLesson, registerQuarantineLink, setDomainPolicy } from "./index.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";
import { sendQuarantineDigests } from "./quarantine-digest.ts";
import { selectQuarantine } from "./store-quarantine.ts";

let bed: MailflowTestbed;
let ada: TestAccount;
let bob: TestAccount;
let webmail: Face;
beforeAll(async () => {
  bed = await openMailflowTestbed((services) => ({
    ...services,
    webmailUrl: "https://webmail.test",
    contentFilter: async ({ message }) => {
      let text = "";
      for await (const part of message) text += Buffer.from(part).toString();
      if (text.includes("FILTER-AWAY")) throw new Error("away");
      const isRefused = text.includes("FILTER-REJECT");
      const part = text.includes("FILTER-SPAM") ? 1.2 : 0;
      return {
        part,
        action: isRefused ? "reject" : text.includes("FILTER-DEFER") ? "defer" : "accept",
        text: "rspamd x",
      };
    },
    virusScanner: async (message) => {
      let text = "";
      for await (const part of message) text += Buffer.from(part).toString();
      if (text.includes("SCANNER-AWAY")) throw new Error("away");
      return text.includes("EICAR") ? "Eicar" : null;
    },
  }));
  await bed.newTenant("casa.test");
  await bed.newTenant("held.test");
  ada = await bed.newAccount("ada@casa.test");
  bob = await bed.newAccount("bob@held.test");
  const { clock, logger } = bed;
  webmail = createFace({
    name: "webmail",
    clock,
    logger,
    random: bed.services.random,
    contentSecurityPolicy: "webmail",
  });
  registerQuarantineLink(webmail, bed.services);
});
afterAll(() => bed?.close());
afterEach(async () => expect(await bed.findings()).toEqual([]));

const client = () => nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true });
const send = (to: string, subject: string, text = "hello", from = "sender@elsewhere.test") =>
  client()
    .sendMail({ from, to, subject, text })
    .then(
      ({ response }) => response,
      (error: { response?: string }) => error.response ?? String(error),
    );
/** What RCPT and DATA remember for a moment is forgotten. */
const moment = () => bed.clock.advance(3_000);
const found = async (account: TestAccount) =>
  (await bed.messages(account)).map(({ role, raw }) => `${role}: ${/^Subject: (.*)$/m.exec(raw)?.[1]?.trim()}`);
const inTenant = <T>(account: TestAccount, work: Parameters<typeof bed.database.db.tenant<T>>[1]) =>
  bed.database.db.tenant(account.tenantId, work);

test("the filters outside are obeyed: malware and their rejects are refused, doubts come to Junk with the verdict", async () => {
  expect(await send("ada@casa.test", "virus", "EICAR")).toMatch(/^554 5\.7\.1 .*Eicar/);
  expect(await send("ada@casa.test", "away", "SCANNER-AWAY")).toMatch(/^451 4\.3\.0 /);
  expect(await send("ada@casa.test", "no", "FILTER-REJECT")).toMatch(/^554 5\.7\.1 /);
  expect(await send("ada@casa.test", "later", "FILTER-DEFER")).toMatch(/^450 4\.7\.1 /);
  expect(await send("ada@casa.test", "alone", "FILTER-AWAY")).toMatch(/^250 /);
  expect(await send("ada@casa.test", "doubt", "FILTER-SPAM")).toMatch(/^250 /);
  expect(await found(ada)).toEqual(expect.arrayContaining(["inbox: alone", "junk: doubt"]));
  const junk = (await bed.messages(ada)).find(({ role }) => role === "junk");
  expect(junk?.raw).toMatch(/^X-Spam-Flag: YES\r\n/m);
  expect(await found(ada)).toHaveLength(2);
});

test("lists of a domain and of an account: the account's own is heard first, a denied sender is refused", async () => {
  await inTenant(ada, async (tx) => {
    const add = (input: Parameters<typeof addSenderRule>[2]) => addSenderRule(tx, system, input, bed.services);
    await add({ scope: { domain: "casa.test" }, verdict: "deny", pattern: "shop.example" });
    await add({ scope: { mailAccountId: ada.id }, verdict: "allow", pattern: "Friend@News.shop.example" });
    await add({ scope: { mailAccountId: ada.id }, verdict: "deny", pattern: "pest@elsewhere.test" });
  });
  await moment();
  expect(await send("ada@casa.test", "denied", "x", "offers@news.shop.example")).toMatch(/^550 5\.7\.1 /);
  expect(await send("ada@casa.test", "pest", "x", "pest@elsewhere.test")).toMatch(/^550 5\.7\.1 /);
  expect(await send("ada@casa.test", "friend", "FILTER-SPAM", "friend@news.shop.example")).toMatch(/^250 /);
  expect(await found(ada)).toContain("inbox: friend");
});

test("greylisting puts a new network off once, then lets it in for every sender", async () => {
  await inTenant(ada, (tx) => setDomainPolicy(tx, system, { domain: "casa.test", greylist: true, spamAction: "junk" }));
  await moment();
  expect(await send("ada@casa.test", "grey")).toMatch(/^450 4\.7\.1 /);
  expect(await send("ada@casa.test", "grey")).toMatch(/^450 4\.7\.1 /);
  await bed.clock.advance(5 * 60_000);
  expect(await send("ada@casa.test", "grey")).toMatch(/^250 /);
  expect(await send("ada@casa.test", "other", "x", "another@elsewhere.test")).toMatch(/^250 /);
  await inTenant(ada, (tx) =>
    setDomainPolicy(tx, system, { domain: "casa.test", greylist: false, spamAction: "junk" }),
  );
});

test("what moves to Junk teaches the account's filter, once each, and moving back takes it back", async () => {
  for (let i = 0; i < 8; i++) {
    await send("ada@casa.test", `offer ${i}`, `casino bonus winner cheap watches click here ${i}`);
    await send("ada@casa.test", `work ${i}`, `meeting project invoice schedule regards ${i}`);
  }
  const move = async (subject: RegExp, from: string, to: string) => {
    await inTenant(ada, async (tx) => {
      const boxes = await readMailboxes(tx, ada.id);
      const [source, target] = [from, to].map((role) => boxes.find((box) => box.role === role)?.id);
      const rows = await tx.sql<{ uid: number; preview: string; subject: string }[]>`
        select s.uid, c.subject from mailbox_memberships s join mailbox_contents c
          on c.tenant_id = s.tenant_id and c.blob_id = s.blob_id
        where s.tenant_id = ${ada.tenantId} and s.mailbox_id = ${source ?? ""} order by s.uid`;
      const uids = rows.filter((row) => subject.test(row.subject)).map(({ uid }) => uid);
      if (!source || !target) throw new Error("no such mailbox");
      const services: MailboxServices = {
        ...bed.edge,
        async onJunkMove(inner, moved) {
          for (const blobId of moved.blobIds)
            await enqueueLesson(inner, bed.services, { mailAccountId: ada.id, blobId, kind: moved.kind });
        },
      };
      await moveMessages(tx, system, { accountId: ada.id, source, uids, target }, services);
    });
    await bed.drain();
  };
  const lessons = () =>
    inTenant(ada, async (tx) =>
      (await tx.sql`select spam, ham from mailflow_bayes_accounts`).map((row) => ({ ...row })),
    );
  await move(/^offer/, "inbox", "junk");
  await move(/^offer/, "junk", "trash");
  expect(await lessons()).toEqual([{ spam: 8, ham: 0 }]);
  await move(/^work/, "inbox", "junk");
  expect(await lessons()).toEqual([{ spam: 16, ham: 0 }]);
  await move(/^work/, "junk", "inbox");
  expect(await lessons()).toEqual([{ spam: 8, ham: 8 }]);
  await moment();
  await send("ada@casa.test", "again", "winner! cheap watches, casino bonus: click here");
  await send("ada@casa.test", "minutes", "the project meeting: schedule and invoice, regards");
  expect(await found(ada)).toEqual(expect.arrayContaining(["junk: again", "inbox: minutes"]));
});

test("quarantine holds spam back, tells once, and its link releases the message to its inbox", async () => {
  await inTenant(bob, (tx) =>
    setDomainPolicy(tx, system, { domain: "held.test", greylist: false, spamAction: "quarantine" }),
  );
  await moment();
  expect(await send("bob@held.test", "=?utf-8?q?caff=C3=A8?=", "FILTER-SPAM")).toMatch(/^250 /);
  expect(await found(bob)).toEqual([]);
  const [held] = await inTenant(bob, (tx) => selectQuarantine(tx, { limit: 10, text: "caff" }));
  expect(held).toMatchObject({ subject: "caffè", recipient: "bob@held.test", state: "held" });
  expect(await bed.events("bob@held.test")).toEqual(["accepted", "quarantined"]);
  for (let turn = 0; turn < 2; turn++) {
    await sendQuarantineDigests(bed.services, bob.tenantId);
    await bed.drain();
  }
  const digests = (await bed.messages(bob)).filter(({ raw }) => raw.includes("noreply@provider.test"));
  expect(digests).toHaveLength(1);
  const text = Buffer.from(digests[0]?.raw.replace(/=\r\n/g, "") ?? "").toString();
  const token = /webmail\.test\/quarantine\/([\w.-]+)/.exec(text)?.[1] ?? "";
  expect((await webmail.inject({ method: "GET", url: `/quarantine/${token}` })).body).toContain("<button");
  expect(await found(bob)).toHaveLength(1);
  const press = async (text: string) =>
    (await webmail.inject({ method: "POST", url: "/api/quarantine-release", payload: { token: text } })).statusCode;
  expect(await press(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`)).toBe(404);
  expect(await press(token)).toBe(200);
  expect(await press(token)).toBe(409);
  await bed.drain();
  expect(await found(bob)).toContain("inbox: =?utf-8?q?caff=C3=A8?=");
});

test("what nobody decides about is deleted after its time, its bytes too", async () => {
  await send("bob@held.test", "forgotten", "FILTER-SPAM");
  const [held] = await inTenant(bob, (tx) => selectQuarantine(tx, { limit: 10 }));
  await bed.clock.advance(31 * 24 * 3_600_000);
  await bed.sweep();
  await bed.drain();
  expect(await inTenant(bob, (tx) => selectQuarantine(tx, { limit: 10 }))).toEqual([]);
  await expect(bed.services.blobs.readAll(bob.tenantId, held?.blobId as never)).rejects.toMatchObject({
    code: "blob.missing",
  });
});

test("spam for one whose rules only pass on lies in the junk", async () => {
  const redirecting = await bed.newAccount("onward@casa.test");
  await inTenant(redirecting, async (tx) => {
    const content = 'redirect "else@elsewhere.test";';
    await putScript(tx, system, { accountId: redirecting.id, name: "s", content }, bed.services);
    await activateScript(tx, system, { accountId: redirecting.id, name: "s" });
  });
  expect(await send(redirecting.address, "spam", "FILTER-SPAM")).toMatch(/^250 /);
  await bed.drain();
  expect((await bed.messages(redirecting)).map(({ role }) => role)).toEqual(["junk"]);
});
