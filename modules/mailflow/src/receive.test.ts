import { connect } from "node:net";
import { Readable } from "node:stream";
import { addAddress, domainLimits } from "@casaforte/modules/domains";
import { updateMailAccount } from "@casaforte/modules/mailbox";
import { lintCatalogue } from "@casaforte/platform/db";
import nodemailer from "nodemailer";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expandRecipient } from "./expand-recipient.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";

let bed: MailflowTestbed;
let ada: TestAccount;
let bob: TestAccount;
let eve: TestAccount;
beforeAll(async () => {
  bed = await openMailflowTestbed();
  const casa = await bed.newTenant("casa.test");
  await bed.newTenant("other.test");
  ada = await bed.newAccount("ada@casa.test");
  bob = await bed.newAccount("bob@casa.test");
  eve = await bed.newAccount("eve@other.test");
  await bed.newAccount("small@casa.test", 2_000n);
  await bed.database.db.tenant(casa, async (tx) => {
    const add = (input: Parameters<typeof addAddress>[2]) => addAddress(tx, system, input, bed.services);
    await add({ kind: "alias", address: "info@casa.test", mailAccountId: ada.id });
    await add({
      kind: "group",
      address: "all@casa.test",
      forwardTo: ["ada@casa.test", "bob@casa.test", "eve@other.test"],
    });
    // No operation makes a circle; one that is there all the same must end by itself.
    await tx.sql`update domains_addresses set forward_to = forward_to || 'all@casa.test'::text
      where tenant_id = ${casa} and local_part = 'all'`;
    await add({ kind: "forward", address: "away@casa.test", forwardTo: ["eve@other.test"] });
  });
});
afterAll(() => bed?.close());
afterEach(async () => expect(await bed.findings()).toEqual([]));

const client = () => nodemailer.createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true });
const send = (to: string | string[], subject: string, text = "hello") =>
  client().sendMail({ from: "sender@elsewhere.test", to, subject, text });
const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "accepted",
    (error: { response?: string }) => error.response ?? String(error),
  );
const subjects = async (account: TestAccount) =>
  (await bed.messages(account)).map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim());

test("the catalogue of tables and functions is sound", async () => {
  expect(await lintCatalogue(bed.database.cluster.appUrl)).toEqual([]);
});

describe("a message from outside", () => {
  test("is in the inbox when its sender hears 250, once, with our trace on top and nothing else changed", async () => {
    const info = await send("ada@casa.test", "first");
    expect(info.response).toMatch(/^250 2\.6\.0 OK: queued as [0-9a-f-]{36}$/);
    expect(await bed.messages(ada)).toHaveLength(1);
    await bed.drain();
    const [message, ...more] = await bed.messages(ada);
    expect(more).toEqual([]);
    expect(message?.role).toBe("inbox");
    expect(message?.raw).toMatch(
      /^Return-Path: <sender@elsewhere\.test>\r\nReceived: from .*\(\[127\.0\.0\.1\]\)\r\n\tby mx\.casa\.test with ESMTP id [0-9a-f-]{36}\r\n\tfor <ada@casa\.test>;\r\n\t.*\+0000\r\nAuthentication-Results: mx\.casa\.test; none \(checks are switched off\)\r\n/,
    );
    expect(message?.raw).toMatch(/Subject: first\r\n[\s\S]*\r\n\r\nhello\r\n$/);
    expect(await bed.events("ada@casa.test")).toEqual(["accepted", "delivered"]);
  });

  test("reaches aliases, plus addresses and groups, each account once", async () => {
    await send(["info@casa.test", "ada+x@casa.test", "all@casa.test"], "many ways");
    await bed.drain();
    expect((await subjects(ada)).filter((subject) => subject === "many ways")).toHaveLength(1);
    expect(await subjects(bob)).toEqual(["many ways"]);
    // The member outside of the organisation gets it too.
    expect((await subjects(eve)).filter((subject) => subject === "many ways")).toHaveLength(1);
  });

  test("is forwarded to another tenant under a rewritten sender, and a bounce finds its way back", async () => {
    await send("away@casa.test", "travels");
    await bed.drain();
    const [message] = await bed.messages(eve);
    const rewritten = /^Return-Path: <(srs0=[^>]+@casa\.test)>/.exec(message?.raw ?? "")?.[1] ?? "";
    expect(rewritten).toContain("=elsewhere.test=sender@casa.test");
    const bounce = (to: string) =>
      client().sendMail({ envelope: { from: "", to }, from: "x@other.test", subject: "bounce", text: "no" });
    expect((await bounce(rewritten)).response).toMatch(/^250/);
    expect(await refusal(bounce(rewritten.replace("srs0=", "srs0=0")))).toMatch(/^550 5\.1\.1/);
    const queued = await bed.events("sender@elsewhere.test");
    expect(queued).toContain("queued");
  });

  test("for postmaster or abuse of a domain without one goes to the provider's postmaster", async () => {
    expect(await refusal(send("abuse@casa.test", "early"))).toMatch(/^550 5\.1\.1 /);
    const duty = await bed.newAccount("postmaster@provider.test");
    await send("abuse@casa.test", "complaint");
    await send("Postmaster@Other.test", "question");
    await bed.drain();
    expect((await subjects(duty)).sort()).toEqual(["complaint", "question"]);
  });

  test.each([
    ["nobody@casa.test", /^550 5\.1\.1 /],
    ["x@elsewhere.test", /^550 5\.7\.1 relaying denied/],
    ["x@[127.0.0.1]", /^553 5\.1\.3 /],
  ])("for %s is refused at RCPT", async (to, reply) => {
    expect(await refusal(send(to, "no"))).toMatch(reply);
  });

  test("R12: for a group of as many members as one may have reaches all; one more is refused, and nobody is left out", async () => {
    const people = (name: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${name}${index}@elsewhere.test`);
    const set = (local: string, forwardTo: readonly string[]) =>
      bed.database.db.tenant(ada.tenantId, async (tx) => {
        await tx.sql`update domains_addresses set forward_to = ${[...forwardTo]}
          where tenant_id = ${tx.tenantId} and local_part = ${local}`;
      });
    const found = () =>
      bed.database.db.lookup((tx) => expandRecipient(tx, "outer@casa.test", "provider.test"), { readOnly: true });
    await bed.database.db.tenant(ada.tenantId, async (tx) => {
      for (const address of ["inner@casa.test", "outer@casa.test"])
        await addAddress(tx, system, { kind: "group", address, forwardTo: ["ada@casa.test"] }, bed.services);
    });
    await set("inner", people("a", 500));
    await set("outer", ["inner@casa.test", "ada@casa.test", ...people("b", 498)]);
    expect(await found()).toMatchObject({ kind: "found", expansion: { accounts: [ada.id] } });
    const all = await found();
    expect(all.kind === "found" && all.expansion.forwards.length).toBe(domainLimits.expansionMax - 2);
    await set("inner", people("a", 501));
    expect(await found()).toEqual({ kind: "too_many" });
    expect(await refusal(send("outer@casa.test", "too many"))).toMatch(/^550 5\.2\.4 /);
  });

  test("for a full mailbox is put off", async () => {
    expect(await refusal(send("small@casa.test", "big", "x".repeat(3_000)))).toMatch(/^452 4\.2\.2 /);
  });

  test("for a full mailbox and another one is in the other at once, and in the full one when there is room", async () => {
    const small = await bed.newAccount("tiny@casa.test", 2_000n);
    // Not announced: nodemailer leaves SIZE out of a stream, so that only the append can know.
    const raw = Readable.from([`Subject: both\r\n\r\n${"x".repeat(3_000)}\r\n`]);
    await client().sendMail({ envelope: { from: "a@elsewhere.test", to: ["tiny@casa.test", "bob@casa.test"] }, raw });
    await bed.drain();
    expect(await subjects(bob)).toContain("both");
    expect(await subjects(small)).toEqual([]);
    expect(await bed.events("tiny@casa.test")).toEqual(["accepted", "deferred"]);
    await bed.database.db.tenant(small.tenantId, (tx) =>
      updateMailAccount(tx, system, { accountId: small.id, quotaBytes: 90_000n }, bed.edge),
    );
    await bed.clock.advance(3_600_000);
    await bed.drain();
    expect(await subjects(small)).toEqual(["both"]);
    expect((await subjects(bob)).filter((subject) => subject === "both")).toHaveLength(1);
  });

  test("for one mailbox from many senders at once: all of them, in one order, none twice", async () => {
    const crowd = await bed.newAccount("crowd@casa.test");
    await Promise.all(Array.from({ length: 24 }, (_, index) => send("crowd@casa.test", `crowd ${index}`)));
    const found = await subjects(crowd);
    expect(found).toHaveLength(24);
    expect(new Set(found).size).toBe(24);
  });

  test("for a full mailbox does not hold up what arrives beside it", async () => {
    const full = await bed.newAccount("brim@casa.test", 1_500n);
    const roomy = await bed.newAccount("roomy@casa.test");
    const raw = () => Readable.from([`Subject: beside\r\n\r\n${"x".repeat(2_000)}\r\n`]);
    const to = (address: string) =>
      refusal(client().sendMail({ envelope: { from: "a@elsewhere.test", to: address }, raw: raw() }));
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, index) => to(index % 3 === 0 ? "brim@casa.test" : "roomy@casa.test")),
    );
    expect(replies.filter((reply) => /^452 4\.2\.2 /.test(reply))).toHaveLength(4);
    expect(await subjects(full)).toEqual([]);
    expect(await subjects(roomy)).toHaveLength(8);
  });

  test("for two tenants takes two transactions, so that each promise is whole", async () => {
    const info = await send(["bob@casa.test", "eve@other.test"], "split");
    expect(info.rejected).toEqual(["eve@other.test"]);
    await bed.drain();
    expect(await subjects(bob)).toContain("split");
    expect(await subjects(eve)).not.toContain("split");
  });

  test("of many megabytes arrives byte for byte", async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `line ${index} ${"x".repeat(40)}`).join("\r\n");
    await send("bob@casa.test", "large", text);
    await bed.drain();
    const raw = (await bed.messages(bob)).at(-1)?.raw ?? "";
    expect(raw.length).toBeGreaterThan(2_900_000);
    expect(raw).toContain(`\r\n\r\n${text}`);
  });

  test("cannot bring its own return path or verdict in our name", async () => {
    await client().sendMail({
      from: "sender@elsewhere.test",
      to: "bob@casa.test",
      subject: "forged",
      headers: { "Return-Path": "<admin@casa.test>", "Authentication-Results": "MX.casa.test; dmarc=pass" },
      text: "x",
    });
    await bed.drain();
    const raw = (await bed.messages(bob)).at(-1)?.raw ?? "";
    expect(raw.match(/Return-Path:/gi)).toHaveLength(1);
    expect(raw).not.toContain("dmarc=pass");
  });

  test("with a bare line feed is refused", async () => {
    const reply = await new Promise<string>((resolve) => {
      const socket = connect(bed.mx.port, "127.0.0.1");
      const lines = ["EHLO x", "MAIL FROM:<>", "RCPT TO:<ada@casa.test>", "DATA", "Subject: x\r\n\r\na\nb\r\n."];
      socket.on("data", (chunk: Buffer) => {
        const text = chunk.toString();
        if (/^550 5\.6\.11/.test(text) || lines.length === 0) {
          socket.destroy();
          resolve(text);
        } else socket.write(`${lines.shift()}\r\n`);
      });
    });
    expect(reply).toMatch(/^550 5\.6\.11 /);
  });
});
