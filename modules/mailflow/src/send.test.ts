import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type MailAccountId, providerTenantId } from "@casaforte/kernel";
import { type AddressId, addAddress, pageAddresses, setSendRights } from "@casaforte/modules/domains";
import { dkimVerify } from "mailauth";
import nodemailer from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listenSink, type MailflowServices, sendSystemMail } from "./index.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const directory = await mkdtemp(join(tmpdir(), "cf-relay-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
  ]);
  const pair = { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
  await rm(directory, { recursive: true });
  return pair;
}

/** The other side: an MTA that answers RCPT and DATA as told. */
const remote = { rcpt: null as string | null, data: null as string | null, taken: [] as { to: string; raw: string }[] };
let mta: SMTPServer;
let bed: MailflowTestbed;
let ada: TestAccount;
let bob: TestAccount;
const refuseWith = (reply: string) =>
  Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });

beforeAll(async () => {
  mta = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    onRcptTo: (_address, _session, callback) => callback(remote.rcpt === null ? null : refuseWith(remote.rcpt)),
    onData(stream, session, callback) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        if (remote.data !== null) return callback(refuseWith(remote.data));
        remote.taken.push({
          to: session.envelope.rcptTo.map(({ address }) => address).join(),
          raw: Buffer.concat(parts).toString(),
        });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => mta.listen(0, "127.0.0.1", resolve));
  const address = mta.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  bed = await openMailflowTestbed((services) => ({
    ...services,
    recipientsPerHour: 60,
    outbound: {
      kind: "mx",
      port,
      allowsPrivate: true,
      resolver: {
        resolveMx: async (domain) => {
          if (domain === "nullmx.test") return [{ exchange: "", priority: 0 }];
          if (domain === "gone.test") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
          if (domain === "dark.test") throw Object.assign(new Error("fail"), { code: "ESERVFAIL" });
          return [
            { exchange: "second.test", priority: 20 },
            { exchange: "first.test", priority: 10 },
          ];
        },
        resolveAddresses: async (host) => {
          if (host === "gone.test") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
          return host === "first.test" ? ["127.0.0.2"] : ["127.0.0.1"];
        },
      },
    },
  }));
  const casa = await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  bob = await bed.newAccount("bob@casa.test");
  await bed.database.db.tenant(casa, (tx) =>
    addAddress(tx, system, { kind: "alias", address: "sales@casa.test", mailAccountId: ada.id }, bed.services),
  );
});
afterAll(async () => {
  await new Promise<void>((resolve) => mta.close(resolve));
  await bed?.close();
});
beforeEach(() => {
  remote.rcpt = null;
  remote.data = null;
  remote.taken = [];
});
afterEach(async () => expect(await bed.findings()).toEqual([]));

const client = (user = "ada@casa.test") =>
  nodemailer.createTransport({
    host: "127.0.0.1",
    port: bed.submission.port,
    ignoreTLS: true,
    auth: { user, pass: "secret" },
  });
const mail = (over: Record<string, unknown> = {}) => ({
  from: "Ada <ada@casa.test>",
  to: "guest@far.test",
  subject: "hi",
  text: "hello",
  ...over,
});
const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "accepted",
    (error: { response?: string }) => error.response ?? String(error),
  );
const queue = (recipient: string) =>
  bed.database.db.operator(
    (tx) =>
      tx.sql<
        { state: string; attempts: number; last_reply: string }[]
      >`select state, attempts, last_reply from mailflow_queue where recipient = ${recipient}`,
  );

describe("submission", () => {
  test("to the outside is signed, complete and without Bcc; the first exchange is down, so the second takes it", async () => {
    await client().sendMail({
      envelope: { from: "ada@casa.test", to: ["guest@far.test", "secret@far.test"] },
      raw: "From: Ada <ada@casa.test>\r\nTo: guest@far.test\r\nBcc: secret@far.test\r\nSubject: raw\r\n\r\n.dot\r\n",
    });
    await bed.drain();
    expect(remote.taken.map(({ to }) => to).sort()).toEqual(["guest@far.test", "secret@far.test"]);
    const raw = remote.taken[0]?.raw ?? "";
    expect(raw).not.toMatch(/bcc|127\.0\.0\.1/i);
    expect(raw).toMatch(/^Message-ID: <[0-9a-f-]{36}@casa\.test>\r$/m);
    expect(raw).toMatch(/^Date: /m);
    expect(raw).toMatch(/\r\n\r\n\.dot\r\n$/);
    const [row] = await bed.database.db.operator(
      (tx) =>
        tx.sql<{ dkim_public_key: string }[]>`select dkim_public_key from domains_domains where name = 'casa.test'`,
    );
    const verdict = await dkimVerify(raw, {
      resolver: async () => [[`v=DKIM1; k=rsa; p=${row?.dkim_public_key}`]],
    });
    expect(verdict.results.map(({ status, signingDomain }) => [status.result, signingDomain])).toEqual([
      ["pass", "casa.test"],
    ]);
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

describe("the queue", () => {
  test("tries again after a temporary refusal and succeeds", async () => {
    remote.rcpt = "451 4.3.0 come back";
    await client().sendMail(mail({ to: "retry@far.test" }));
    await bed.drain();
    expect(await queue("retry@far.test")).toEqual([
      { state: "waiting", attempts: 1, last_reply: expect.stringContaining("come back") },
    ]);
    remote.rcpt = null;
    await bed.clock.advance(mailflowLimits.retryFirstMs / 2);
    await bed.drain();
    expect(remote.taken).toEqual([]);
    await bed.clock.advance(mailflowLimits.retryFirstMs);
    await bed.drain();
    expect(remote.taken.map(({ to }) => to)).toEqual(["retry@far.test"]);
    expect(await queue("retry@far.test")).toMatchObject([{ state: "sent", attempts: 2 }]);
    expect(await bed.events("retry@far.test")).toEqual(["queued", "deferred", "sent"]);
  });

  test.each([
    ["a permanent refusal", "refused@far.test", "550 5.1.1 no such user", "5.1.1"],
    ["a null MX", "x@nullmx.test", null, "5.1.10"],
    ["a domain without servers", "x@gone.test", null, "5.1.2"],
  ])("%s comes back as a report to the sender", async (_name, to, reply, status) => {
    remote.rcpt = reply;
    const before = (await bed.messages(ada)).length;
    await client().sendMail(mail({ to, subject: `for ${to}` }));
    await bed.drain();
    const bounces = (await bed.messages(ada)).slice(before);
    expect(bounces).toHaveLength(1);
    const raw = bounces[0]?.raw ?? "";
    expect(raw).toMatch(/^Return-Path: <>\r\n/);
    expect(raw).toContain("multipart/report; report-type=delivery-status");
    expect(raw).toContain(`Final-Recipient: rfc822; ${to}`);
    expect(raw).toContain(`Status: ${status}`);
    expect(raw).toContain(`Subject: for ${to}`);
    expect(raw).not.toContain("hello");
  });

  test("what is forwarded to an address that leads nowhere any more comes back as a report, and so does too large a group", async () => {
    const set = (local: string, forwardTo: readonly string[]) =>
      bed.database.db.tenant(ada.tenantId, async (tx) => {
        await tx.sql`update domains_addresses set forward_to = ${[...forwardTo]}
          where tenant_id = ${tx.tenantId} and local_part = ${local}`;
      });
    for (const [local, targets, status] of [
      ["orphan", ["was-here@casa.test"], "5.1.1"],
      ["crowd", Array.from({ length: 1_001 }, (_, index) => `m${index}@elsewhere.test`), "5.2.4"],
    ] as const) {
      const to = `${local}@casa.test`;
      await bed.database.db.tenant(ada.tenantId, (tx) =>
        addAddress(tx, system, { kind: "forward", address: to, forwardTo: ["bob@casa.test"] }, bed.services),
      );
      const before = (await bed.messages(ada)).length;
      await client().sendMail(mail({ to, subject: `for ${to}` }));
      await set(local, targets);
      await bed.drain();
      const reports = (await bed.messages(ada)).slice(before).map(({ raw }) => raw);
      expect(reports).toHaveLength(1);
      expect(reports[0]).toContain(`Status: ${status}`);
      expect(await refusal(client().sendMail(mail({ to })))).toMatch(
        new RegExp(`^550 ${status.replaceAll(".", "\\.")} `),
      );
    }
  });

  test("patience ends: after five days of silence the sender is told", async () => {
    const before = (await bed.messages(ada)).length;
    await client().sendMail(mail({ to: "x@dark.test" }));
    for (let hour = 0; hour < 24 * 6 + 6; hour += 5) {
      await bed.drain();
      await bed.clock.advance(5 * 3_600_000);
    }
    expect(await queue("x@dark.test")).toMatchObject([{ state: "failed" }]);
    expect((await bed.messages(ada)).slice(before).map(({ raw }) => /Status: (.*)/.exec(raw)?.[1]?.trim())).toEqual([
      "4.4.7",
    ]);
  });

  test("a report that cannot be delivered ends silently: no bounce of a bounce", async () => {
    remote.rcpt = "550 5.1.1 gone";
    await bed.promise(bob, "to be refused later", "sender@far.test");
    await bed.database.db.tenant(
      bob.tenantId,
      (tx) => tx.sql`update mailbox_accounts set state = 'deleted', deleted_at = now() where id = ${bob.id}`,
    );
    await bed.drain();
    await bed.database.db.tenant(
      bob.tenantId,
      (tx) => tx.sql`update mailbox_accounts set state = 'active', deleted_at = null where id = ${bob.id}`,
    );
    expect(await queue("sender@far.test")).toMatchObject([{ state: "failed" }]);
    const pending = await bed.database.db.operator(
      (tx) => tx.sql`select 1 from mailflow_queue where state = 'waiting'`,
    );
    expect(pending).toHaveLength(0);
  });

  test("keeps no blob of a message that has left", async () => {
    const rows = await bed.database.db.operator(
      (tx) => tx.sql<{ tenant_id: never; blob_id: never }[]>`select tenant_id, blob_id from mailflow_outgoing`,
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { tenant_id, blob_id } of rows)
      await expect(bed.services.blobs.readAll(tenant_id, blob_id)).rejects.toMatchObject({ code: "blob.missing" });
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
    expect(remote.taken.map(({ to }) => to).sort()).toEqual(["guest@far.test", "ops@far.test"]);
    const outside = remote.taken.find(({ to }) => to === "guest@far.test")?.raw ?? "";
    expect(outside).toContain(`Message-ID: ${id}`);
    expect(outside).toMatch(/^DKIM-Signature: [\s\S]*d=provider\.test/m);
    expect(outside).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(outside).not.toMatch(/^X-Evil/m);
    expect((await bed.messages(ada)).at(-1)?.raw).toContain("From: Casaforte <noreply@provider.test>");
  });
});

describe("a relay that wants a login", () => {
  test("gets it over trusted TLS only, and a refused login defers instead of bouncing", async () => {
    const tls = await selfSigned();
    const logins: string[] = [];
    const relay = new SMTPServer({
      ...tls,
      logger: false,
      disableReverseLookup: true,
      onAuth({ username, password }, session, callback) {
        logins.push(`${username} ${password} ${session.secure}`);
        if (password === "right") callback(null, { user: username });
        else callback(null, { message: "no", responseCode: 535 });
      },
      onData(stream, _session, callback) {
        stream.resume();
        stream.on("end", () => callback());
      },
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const address = relay.server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const outbound = { kind: "smarthost", host: "localhost", port } as const;
    const attempt = async (using: MailflowServices["outbound"]) => {
      await bed.worker({ ...bed.services, outbound: using }).drain();
      await bed.clock.advance(5 * 3_600_000);
      return (await queue("relayed@far.test"))[0]?.state;
    };
    await client().sendMail(mail({ to: "relayed@far.test" }));
    expect(await attempt({ ...outbound, auth: { user: "us", password: "right" } })).toBe("waiting");
    expect(logins).toEqual([]);
    expect(await attempt({ ...outbound, auth: { user: "us", password: "wrong" }, ca: tls.cert })).toBe("waiting");
    expect(await attempt({ ...outbound, auth: { user: "us", password: "right" }, ca: tls.cert })).toBe("sent");
    expect(logins).toEqual(["us wrong true", "us right true"]);
    await new Promise<void>((resolve) => relay.close(resolve));
  });
});

describe("the sink of a demonstration", () => {
  test("takes what would leave and keeps it for the operator", async () => {
    const sink = await listenSink(bed.services, { host: "127.0.0.1", port: 0 });
    const services: MailflowServices = {
      ...bed.services,
      outbound: { kind: "smarthost", host: "127.0.0.1", port: sink.port },
    };
    await client().sendMail(mail({ to: "anybody@anywhere.test", subject: "Città" }));
    await bed.worker(services).drain();
    await sink.close(1);
    const rows = await bed.database.db.operator(
      (tx) => tx.sql<{ recipients: string[]; subject: string }[]>`select recipients, subject from mailflow_sink`,
    );
    expect(rows).toEqual([{ recipients: ["anybody@anywhere.test"], subject: "Città" }]);
  });
});
