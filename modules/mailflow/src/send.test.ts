import { type MailAccountId, newId, type PrincipalId, providerTenantId, utf8 } from "@casaforte/kernel";
import { type AddressId, listDkimKeys, listDomains, pageAddresses, setSendRights } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import { noDsn } from "@casaforte/smtp";
import { dkimVerify } from "mailauth";
import nodemailer from "nodemailer";
import { describe, expect, test } from "vitest";
import { listOutcomes, type OutgoingId, sendSystemMail, submitMessage } from "./index.ts";
import { system } from "./mailflow-testbed.ts";
import { ada, bed, bob, client, leavesFrom, mail, refusal, remote, undeliverable } from "./send.test-support.ts";
import { sendOverSmtp } from "./smtp-client.ts";
import { selectEvents } from "./store-events.ts";

describe("submission", () => {
  test("to the outside is signed, complete and without Bcc; the first exchange is down, so the second takes it", async () => {
    await client().sendMail({
      envelope: { from: "ada@casa.test", to: ["guest@far.test", "secret@far.test"] },
      raw: "From: Ada <ada@casa.test>\r\nTo: guest@far.test\r\nBcc: secret@far.test\r\nSubject: raw\r\n\r\n.dot\r\n",
    });
    await bed.drain();
    expect(remote.taken.map(({ to }) => to).sort()).toEqual(["guest@far.test", "secret@far.test"]);
    expect(remote.taken.map(({ peer }) => peer)).toEqual([leavesFrom, leavesFrom]);
    const raw = remote.taken[0]?.raw ?? "";
    expect(raw).not.toMatch(/bcc|127\.0\.0\.1/i);
    expect(raw).toMatch(/^Message-ID: <[0-9a-f-]{36}@casa\.test>\r$/m);
    expect(raw).toMatch(/^Date: /m);
    expect(raw).toMatch(/\r\n\r\n\.dot\r\n$/);
    const keys = await bed.database.db.tenant(ada.tenantId, async (tx) => {
      const domain = (await listDomains(tx)).find(({ name }) => name === "casa.test");
      return domain ? listDkimKeys(tx, domain.id) : [];
    });
    const verdict = await dkimVerify(raw, {
      resolver: async (name) => {
        const key = keys.find(({ selector }) => name === `${selector}._domainkey.casa.test`);
        return key ? [[`v=DKIM1; k=${key.algorithm}; p=${key.publicKey}`]] : [];
      },
    });
    expect(verdict.results.map(({ status, signingDomain, algo }) => [status.result, signingDomain, algo])).toEqual([
      ["pass", "casa.test", "rsa-sha256"],
      ["pass", "casa.test", "ed25519-sha256"],
    ]);
  });

  test("waits when the host has lost the address that mail leaves from, and takes no other", async () => {
    const { outbound } = bed.services;
    const at = { host: "127.0.0.1", port: outbound.port ?? 0, requireTls: false, localAddress: "192.0.2.25" };
    async function* read() {
      yield utf8("x");
    }
    const message = { sender: "ada@casa.test", recipient: "guest@far.test", sizeBytes: 1, dsn: noDsn, read };
    const { result, isUnreached } = await sendOverSmtp(at, message, "mail.casa.test");
    expect(result).toMatchObject({ kind: "deferred", reply: expect.stringContaining("EADDRNOTAVAIL") });
    expect(isUnreached).toBe(true);
    expect(remote.taken).toEqual([]);
  });

  test("to an account here arrives there, through the same queue", async () => {
    await client().sendMail(mail({ to: "bob@casa.test", subject: "inside" }));
    await bed.drain();
    const raw = (await bed.messages(bob)).at(-1)?.raw ?? "";
    expect(raw).toMatch(/^Return-Path: <ada@casa\.test>\r\n/);
    expect(raw).toContain("Subject: inside");
    expect(await bed.events("bob@casa.test")).toEqual(["queued", "accepted", "delivered"]);
  });

  test.each([
    ["another's address in From", mail({ from: "bob@casa.test" }), /^553 5\.7\.1 /],
    [
      "a stranger in From of a long message",
      {
        ...mail({ from: "x@far.test", text: "x".repeat(2_000_000) }),
        envelope: { from: "ada@casa.test", to: "g@far.test" },
      },
      /^553 5\.7\.1 /,
    ],
    [
      "a stranger in From",
      { ...mail({ from: "x@far.test" }), envelope: { from: "ada@casa.test", to: "g@far.test" } },
      /^553 5\.7\.1 /,
    ],
    [
      "another's envelope sender",
      { ...mail(), envelope: { from: "bob@casa.test", to: "g@far.test" } },
      /^553 5\.7\.1 /,
    ],
    [
      "two From fields",
      {
        envelope: { from: "ada@casa.test", to: "g@far.test" },
        raw: "From: ada@casa.test\r\nFrom: boss@bank.test\r\n\r\nx\r\n",
      },
      /^550 5\.6\.0 /,
    ],
    ["an unknown local recipient", mail({ to: "nobody@casa.test" }), /^550 5\.1\.1 /],
  ])("with %s is refused", async (_name, message, reply) => {
    expect(await refusal(client().sendMail(message))).toMatch(reply);
    await bed.drain();
    expect(remote.taken).toEqual([]);
  });

  test("from an alias and a plus address is fine", async () => {
    await client().sendMail(mail({ from: "Sales <sales@casa.test>" }));
    await client().sendMail(mail({ from: "ada+shop@casa.test" }));
    await bed.drain();
    expect(remote.taken).toHaveLength(2);
  });

  test("R12: as another's address is fine with the right for it, in envelope and From, and refused once it is taken", async () => {
    const { id: addressId } = await bed.database.db.tenant(bob.tenantId, async (tx) => {
      const { addresses } = await pageAddresses(tx, { search: "bob@casa.test", kinds: ["mailbox"] });
      return { id: addresses[0]?.id as AddressId };
    });
    const grant = (...mailAccountIds: MailAccountId[]) =>
      bed.database.db.tenant(bob.tenantId, (tx) =>
        setSendRights(tx, system, { addressId, mailAccountIds }, bed.services),
      );
    await grant(ada.id);
    await client().sendMail(mail({ from: "Bob <bob@casa.test>" }));
    await bed.drain();
    expect(remote.taken.map(({ raw }) => /^From: .*$/m.exec(raw)?.[0])).toEqual(["From: Bob <bob@casa.test>"]);
    await grant();
    expect(await refusal(client().sendMail(mail({ from: "Bob <bob@casa.test>" })))).toMatch(/^553 5\.7\.1 /);
  });

  test("R12: on another's behalf names who wrote in Sender, and tells the bounces to him", async () => {
    const { id: addressId } = await bed.database.db.tenant(bob.tenantId, async (tx) => {
      const { addresses } = await pageAddresses(tx, { search: "bob@casa.test", kinds: ["mailbox"] });
      return { id: addresses[0]?.id as AddressId };
    });
    const grant = (...onBehalfIds: MailAccountId[]) =>
      bed.database.db.tenant(bob.tenantId, (tx) =>
        setSendRights(tx, system, { addressId, mailAccountIds: [], onBehalfIds }, bed.services),
      );
    await grant(ada.id);
    const fromBob = { from: "Bob <bob@casa.test>" };
    const senders: readonly (readonly [given: string | undefined, told: readonly string[]])[] = [
      [undefined, ["Sender: ada@casa.test"]],
      ["Ada <sales@casa.test>", ["Sender: Ada <sales@casa.test>"]],
    ];
    for (const [given] of senders) await client().sendMail({ ...mail(fromBob), ...(given ? { sender: given } : {}) });
    await client().sendMail({
      envelope: { from: "bob@casa.test", to: "g@far.test" },
      raw: "From: bob@casa.test\r\nSender: ada@casa.test\r\nSender: sales@casa.test\r\n\r\nx\r\n",
    });
    await bed.drain();
    const told = remote.taken.map(({ raw }) => raw.match(/^Sender: .*$/gm)?.map((line) => line.trim()));
    expect(told.sort()).toEqual([...senders.map(([, lines]) => lines), ["Sender: ada@casa.test"]].sort());
    expect(new Set(remote.taken.map(({ from }) => from))).toEqual(new Set(["ada@casa.test"]));
    // Nobody says that the owner himself wrote it.
    expect(await refusal(client().sendMail({ ...mail(fromBob), sender: "bob@casa.test" }))).toMatch(/^553 5\.7\.1 /);
    await grant();
    expect(await refusal(client().sendMail(mail(fromBob)))).toMatch(/^553 5\.7\.1 /);
  });

  test("says of a submission what became of it for each recipient, and moves the state of its account", async () => {
    const id = newId<OutgoingId>(bed.clock, bed.services.random);
    const { tenantId } = ada;
    const inTenant = <T>(work: (tx: TenantTx) => Promise<T>) => bed.database.db.tenant(tenantId, work);
    await inTenant(
      (
        tx,
      ) => tx.sql`insert into mailbox_submissions (tenant_id, account_id, id, message_id, thread_id, identity, sender,
          recipients, send_at, state, created_at, created_modseq, modseq)
        values (${tenantId}, ${ada.id}, ${id}, ${id}, ${id}, 'ada@casa.test', 'ada@casa.test', '{}', now(), 'final', now(), 1, 1)`,
    );
    const user = { tenantId, mailAccountId: ada.id, principalId: ada.id as string as PrincipalId };
    const recipients = ["bob@casa.test", "guest@far.test"];
    async function* message() {
      yield utf8("From: ada@casa.test\r\nSubject: s\r\n\r\nx\r\n");
    }
    const input = { id, user, sender: "ada@casa.test", recipients, message: message(), isOverSmtp: false };
    await submitMessage(bed.services, input);
    const outcomes = async () =>
      ((await inTenant((tx) => listOutcomes(tx, [id]))).get(id) ?? []).map(
        ({ recipient, state, isDelivered }) => `${recipient} ${state} ${isDelivered}`,
      );
    expect(await outcomes()).toEqual(["bob@casa.test waiting false", "guest@far.test waiting false"]);
    await bed.drain();
    expect(await outcomes()).toEqual(["bob@casa.test sent true", "guest@far.test sent false"]);
    const [row] = await inTenant((tx) => tx.sql`select modseq from mailbox_submissions where id = ${id}`);
    expect(Number(row?.["modseq"])).toBeGreaterThan(1);
    await inTenant((tx) => tx.sql`delete from mailbox_submissions where id = ${id}`);
  });

  test("a wrong password is refused", async () => {
    const wrong = nodemailer.createTransport({
      host: "127.0.0.1",
      port: bed.submission.port,
      ignoreTLS: true,
      auth: { user: "ada@casa.test", pass: "no" },
    });
    expect(await refusal(wrong.sendMail(mail()))).toMatch(/^535 5\.7\.8 /);
  });

  test("more recipients than an hour allows are put off, with one alarm", async () => {
    const many = Array.from({ length: 61 }, (_, index) => `g${index}@far.test`);
    for (let round = 0; round < 2; round++)
      expect(await refusal(client("bob@casa.test").sendMail(mail({ from: "bob@casa.test", to: many })))).toMatch(
        /^450 4\.7\.1 /,
      );
    expect((await bed.events("bob@casa.test")).filter((kind) => kind === "rate_limited")).toHaveLength(1);
    expect(bed.logger.events.filter(({ event }) => event === "mailflow.rate_alarm")).toHaveLength(1);
  });
});

describe("system mail", () => {
  test("is promised in the caller's transaction, composed once and delivered here or outside", async () => {
    const ask = (to: string) =>
      bed.database.db.tenant(providerTenantId, (tx) =>
        sendSystemMail(
          tx,
          { to, subject: "Invito è qui\r\nX-Evil: 1", text: "Apri il collegamento", language: "it" },
          bed.services,
        ),
      );
    const link = { unsubscribeUrl: "https://console.test/status/link/abc" };
    await bed.database.db.tenant(providerTenantId, (tx) =>
      sendSystemMail(tx, { to: "left@far.test", subject: "x", text: "x", language: "en", ...link }, bed.services),
    );
    await ask("ada@casa.test");
    const id = await ask("guest@far.test");
    await expect(
      bed.database.db.operator(async (tx) => {
        await sendSystemMail(tx, { to: "lost@far.test", subject: "x", text: "x", language: "en" }, bed.services);
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    await bed.database.db.operator((tx) =>
      sendSystemMail(tx, { to: "ops@far.test", subject: "x", text: "x", language: "en" }, bed.services),
    );
    await bed.drain();
    expect(remote.taken.map(({ to }) => to).sort()).toEqual(["guest@far.test", "left@far.test", "ops@far.test"]);
    const traced = await bed.database.db.tenant(providerTenantId, (tx) =>
      selectEvents(tx, { address: "guest@far.test", limit: 10 }),
    );
    expect(traced.map(({ subject }) => subject)).toContain("Invito è qui X-Evil: 1");
    // Whoever gets it is another tenant, and its trace tells the subject too.
    const there = await bed.database.db.tenant(ada.tenantId, (tx) =>
      selectEvents(tx, { address: "ada@casa.test", subject: "invito è qui", limit: 10 }),
    );
    expect(there.map(({ kind }) => kind)).toEqual(["accepted"]);
    const outside = remote.taken.find(({ to }) => to === "guest@far.test")?.raw ?? "";
    expect(outside).toContain(`Message-ID: ${id}`);
    expect(outside).toMatch(/^DKIM-Signature: [\s\S]*d=provider\.test/m);
    expect(outside).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(outside).not.toMatch(/^X-Evil|^List-Unsubscribe/m);
    // RFC 8058, section 4: both fields, and a signature that covers them.
    const leaving = remote.taken.find(({ to }) => to === "left@far.test")?.raw ?? "";
    expect(leaving).toContain(`\r\nList-Unsubscribe: <${link.unsubscribeUrl}>\r\n`);
    expect(leaving).toContain("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    const signed = /^DKIM-Signature:[\s\S]*?[\s;]h=([\s\S]*?);/m
      .exec(leaving)?.[1]
      ?.toLowerCase()
      .split(/[\s:]+/);
    expect(signed).toEqual(expect.arrayContaining(["list-unsubscribe", "list-unsubscribe-post"]));
    expect((await bed.messages(ada)).at(-1)?.raw).toContain("From: Casaforte <noreply@provider.test>");
  });

  test("R102: an address that is no good is told once; a refusal of us, one that waits too long, and what users send are not", async () => {
    undeliverable.length = 0;
    const say = (to: string) =>
      bed.database.db.tenant(ada.tenantId, (tx) =>
        sendSystemMail(tx, { to, subject: "x", text: "x", language: "en" }, bed.services),
      );
    await say("there@far.test");
    await bed.drain();
    remote.rcpt = "550 5.1.1 nobody of that name";
    await say("nobody@far.test");
    await client().sendMail(mail({ to: "stranger@far.test" }));
    await bed.drain();
    expect(undeliverable).toEqual([
      { recipient: "nobody@far.test", reply: expect.stringContaining("nobody of that name") },
    ]);
    remote.rcpt = "550 5.7.1 your address is on our block list";
    await say("guarded@far.test");
    await bed.drain();
    remote.rcpt = "450 4.2.0 later";
    await say("later@far.test");
    for (let day = 0; day < 6; day++) {
      await bed.drain();
      await bed.clock.advance(86_400_000);
    }
    await bed.drain();
    expect(undeliverable.map(({ recipient }) => recipient)).toEqual(["nobody@far.test"]);
  });
});
