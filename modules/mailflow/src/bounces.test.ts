import { type SmtpListener, serveSmtp } from "@casaforte/smtp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { reportsOfServers } from "./bounces.test-support.ts";
import { jobHandlers, sendSystemMail } from "./index.ts";
import { mailflowLimits } from "./limits.ts";
import { createLmtpBackend } from "./lmtp-backend.ts";
import { ada, bed, bob, client, mail, queue, remote, undeliverable } from "./send.test-support.ts";
import { SmtpDialogue } from "./smtp-dialogue.test-support.ts";
import { envelopeSender } from "./take-bounce.ts";
import type { OutgoingId } from "./types.ts";

let lmtp: SmtpListener;
beforeAll(async () => {
  const { services, clock, logger } = bed;
  lmtp = await serveSmtp(
    {
      role: "lmtp",
      backend: createLmtpBackend(services, ["127.0.0.0/8"]),
      hostname: services.hostname,
      clock,
      logger,
    },
    { host: "127.0.0.1", port: 0, tls: "none" },
  );
});
afterAll(async () => void (await lmtp?.close(1)));
beforeEach(() => {
  undeliverable.length = 0;
});

const postfix = reportsOfServers["Postfix"] as (recipient: string) => string;

/** A mail of the service that another server takes. Returns the sender of its envelope. */
async function sent(to: string, tenantId = ada.tenantId, sender?: string): Promise<string> {
  await bed.database.db.tenant(tenantId, (tx) =>
    sendSystemMail(tx, { to, subject: "x", text: "x", language: "en", ...(sender ? { sender } : {}) }, bed.services),
  );
  await bed.drain();
  return remote.taken.at(-1)?.from ?? "";
}

/** What comes back, from nobody where no sender is named. Returns the last reply. */
async function comesBack(to: string, message: string, from = "", port = bed.mx.port): Promise<string> {
  const dialogue = await SmtpDialogue.open(port, port === lmtp.port ? "LHLO far.test" : "EHLO far.test");
  await dialogue.say(`MAIL FROM:<${from}>`);
  const rcpt = await dialogue.say(`RCPT TO:<${to}>`);
  const reply = rcpt.startsWith("250") ? (await dialogue.data(message.replace(/\r?\n/g, "\r\n")))[0] : rcpt;
  dialogue.close();
  return reply ?? "";
}

test.each(Object.keys(reportsOfServers))(
  "R102: an address that is gone is told when %s reports it later, once, and the log says so",
  async (server) => {
    const to = `${server.replaceAll(" ", "-").toLowerCase()}@far.test`;
    const envelope = await sent(to);
    expect(envelope).toMatch(/^bounce=[0-9a-f]{15}=[0-9a-f]{32}@provider\.test$/);
    expect(remote.taken.at(-1)?.raw).toContain("From: Casaforte <noreply@provider.test>");
    const report = reportsOfServers[server]?.(to) ?? "";
    expect(await comesBack(envelope, report)).toMatch(/^250 /);
    const words = server.startsWith("a ") ? "5.1.1" : expect.stringMatching(/unknown|nobody/i);
    expect(undeliverable).toEqual([{ recipient: to, reply: words }]);
    expect(await bed.events(to)).toEqual(["queued", "sent", "failed"]);
    expect(await queue(to)).toMatchObject([{ state: "failed", last_reply: words }]);
    // Again, and by a server that writes the address its own way.
    expect(await comesBack(envelope.toUpperCase(), report)).toMatch(/^250 /);
    expect(undeliverable).toHaveLength(1);
    expect(await bed.events(to)).toEqual(["queued", "sent", "failed"]);
  },
);

test("R102: mails in the provider's other names are told of, too, also by a server of ours in front", async () => {
  const envelope = await sent("asker@far.test", ada.tenantId, "support@provider.test");
  expect(envelope).toMatch(/^bounce=/);
  expect(remote.taken.at(-1)?.raw).toMatch(/^From: .*<support@provider\.test>/m);
  expect(await comesBack(envelope, postfix("asker@far.test"), "", lmtp.port)).toMatch(/^250 /);
  expect(undeliverable.map(({ recipient }) => recipient)).toEqual(["asker@far.test"]);
});

test("R102: nothing comes of a delay, a success, an automatic answer, another address or a report inside a mail", async () => {
  const to = "there@far.test";
  const envelope = await sent(to);
  const report = postfix(to);
  const answered = remote.taken.length;
  const about: Readonly<Record<string, string>> = {
    delay: report.replace("Action: failed", "Action: delayed").replace("Status: 5.1.1", "Status: 4.4.1"),
    success: report.replace("Action: failed", "Action: delivered").replace("Status: 5.1.1", "Status: 2.0.0"),
    "automatic answer": "Auto-Submitted: auto-replied\nSubject: Out of office\n\n550 5.1.1 is what I never say\n",
    "who is behind a forward": report.replace(`Final-Recipient: rfc822; ${to}`, "Final-Recipient: rfc822; x@y.test"),
    "report inside a mail": `Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n${report}\n--o--\n`,
    "report without a status": report.replace("Status: 5.1.1\n", ""),
    "no report": "Content-Type: multipart/report; boundary=q\n\n--q\n\nAction: failed\n--q--\n",
  };
  for (const [what, message] of Object.entries(about)) {
    expect(message, what).not.toBe(report);
    expect(await comesBack(envelope, message), what).toMatch(/^250 /);
    expect(undeliverable, what).toEqual([]);
    expect(await bed.events(to), what).toEqual(["queued", "sent"]);
  }
  await bed.drain();
  expect(remote.taken).toHaveLength(answered);
  expect(await comesBack(envelope, report)).toMatch(/^250 /);
  expect(undeliverable).toHaveLength(1);
});

test("R102: a refusal that is not about the address is in the log, and tells nothing of it", async () => {
  const envelope = await sent("full@far.test");
  await comesBack(envelope, postfix("full@far.test").replaceAll("5.1.1", "5.2.2"));
  expect(undeliverable).toEqual([]);
  expect(await bed.events("full@far.test")).toEqual(["queued", "sent", "failed"]);
});

test("R102: a report believed of one mail says nothing of another's recipient, be it another customer's", async () => {
  const own = await sent("mine@far.test");
  await sent("theirs@far.test", (await bed.newAccount("eve@provider.test")).tenantId);
  await comesBack(own, postfix("theirs@far.test"));
  expect(undeliverable).toEqual([]);
  expect(await bed.events("theirs@far.test")).toEqual(["queued", "sent"]);
});

test("R102: a report about a domain goes to several under a sender of its own, and none of them can speak for another", async () => {
  const reportsOut = {
    async resolveTxt(name: string) {
      if (name !== "_smtp._tls.told.test") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
      return ["v=TLSRPTv1; rua=mailto:mallory@rua.test,mailto:victim@far.test"];
    },
    post: async () => 201,
  };
  const services = { ...bed.services, reportsOut };
  const worker = bed.worker(services);
  await client().sendMail(mail({ to: "guest@told.test" }));
  await worker.drain();
  await bed.clock.advance(86_400_000 + mailflowLimits.reportsOutMs);
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bed.logger };
  await jobHandlers(services)
    .find(({ task }) => task === "mailflow.domain_reports")
    ?.run({}, context);
  await worker.drain();
  const own = "noreply-tls-reports@provider.test";
  const reports = remote.taken.filter(({ to }) => to !== "guest@told.test");
  expect(reports.map(({ from, to }) => `${to} ${from}`).sort()).toEqual([
    `mallory@rua.test ${own}`,
    `victim@far.test ${own}`,
  ]);
  // Not even with the proof that nobody is told.
  const [row] = await bed.database.db.operator(
    (tx) => tx.sql<{ id: OutgoingId }[]>`
      select outgoing_id as id from mailflow_queue where recipient = 'victim@far.test'`,
  );
  const proven = envelopeSender(services, { id: row?.id as OutgoingId, isSystem: true, sender: "" });
  expect(await comesBack(proven, postfix("victim@far.test"))).toMatch(/^250 /);
  expect(undeliverable).toEqual([]);
  expect(await bed.events("victim@far.test")).toEqual(["queued", "sent"]);
});

test("R102: made-up addresses take no report, nor do real ones from anybody but nobody", async () => {
  const to = "safe@far.test";
  const envelope = await sent(to);
  const [, proof = "", id = ""] = /^bounce=(\w+)=(\w+)@/.exec(envelope) ?? [];
  const other = (text: string) => (text.startsWith("0") ? "1" : "0") + text.slice(1);
  for (const made of [
    `bounce=${other(proof)}=${id}@provider.test`,
    `bounce=${proof}=${other(id)}@provider.test`,
    `bounce=${proof}=@provider.test`,
    `bounce=${proof}=${id}@casa.test`,
  ])
    expect(await comesBack(made, postfix(to)), made).toMatch(/^550 5\.1\.1 /);
  expect(await comesBack(envelope, postfix(to), "mallory@far.test")).toMatch(/^550 5\.1\.1 /);
  const large = `${"x".repeat(70)}\n`.repeat(mailflowLimits.bounceBytesMax / 70);
  expect(await comesBack(envelope, `${postfix(to)}${large}`)).toMatch(/^552 /);
  expect(undeliverable).toEqual([]);
  expect(await bed.events(to)).toEqual(["queued", "sent"]);
});

test("R102: what users send keeps their address, and a report on one that is forgotten is not even read", async () => {
  await client().sendMail(mail({ to: "guest@far.test" }));
  await bed.drain();
  expect(remote.taken.at(-1)?.from).toBe(ada.address);
  const envelope = await sent("old@far.test", bob.tenantId);
  await bed.clock.advance(mailflowLimits.finishedKeptMs + mailflowLimits.sweepMs);
  await bed.sweep();
  expect(await queue("old@far.test")).toEqual([]);
  const read = () => bed.logger.events.filter(({ event }) => event === "mailflow.bounce_read").length;
  const before = read();
  expect(await comesBack(envelope, postfix("old@far.test"))).toMatch(/^250 /);
  expect([undeliverable, read()]).toEqual([[], before]);
});
