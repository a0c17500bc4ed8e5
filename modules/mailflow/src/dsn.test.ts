import { addAddress } from "@casaforte/modules/domains";
import { updateMailAccount } from "@casaforte/modules/mailbox";
import { noDsn } from "@casaforte/smtp";
import nodemailer from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { forUnproven } from "./dsn.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, system, type TestAccount } from "./mailflow-testbed.ts";
import { SmtpDialogue } from "./smtp-dialogue.test-support.ts";

interface Taken {
  readonly to: string;
  readonly raw: string;
  readonly envelope: unknown;
  readonly recipient: unknown;
}

/** The other side, with or without DSN. */
const remote = { rcpt: null as string | null, taken: [] as Taken[] };
let mta: SMTPServer;
let bed: MailflowTestbed;
let ada: TestAccount;
let bob: TestAccount;

beforeAll(async () => {
  mta = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    onRcptTo: (_address, _session, callback) =>
      callback(
        remote.rcpt === null
          ? null
          : Object.assign(new Error(remote.rcpt.slice(4)), { responseCode: Number(remote.rcpt.slice(0, 3)) }),
      ),
    onData(stream, { envelope }, callback) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const [first] = envelope.rcptTo;
        const raw = Buffer.concat(parts).toString();
        remote.taken.push({ to: first?.address ?? "", raw, envelope: envelope.dsn, recipient: first?.dsn });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => mta.listen(0, "127.0.0.1", resolve));
  const address = mta.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  bed = await openMailflowTestbed((services) => ({
    ...services,
    authResolver: async (name, type) => {
      if (type === "TXT" && name === "proven.test") return [["v=spf1 +all"]];
      throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
    },
    outbound: {
      kind: "mx",
      port,
      allowsPrivate: true,
      resolver: {
        resolveMx: async () => [{ exchange: "mx.far.test", priority: 10 }],
        resolveAddresses: async () => ["127.0.0.1"],
      },
    },
  }));
  await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  bob = await bed.newAccount("bob@casa.test");
  await bed.database.db.tenant(ada.tenantId, async (tx) => {
    const one = ["guest@far.test"];
    await addAddress(tx, system, { kind: "forward", address: "one@casa.test", forwardTo: one }, bed.services);
    const two = ["guest@far.test", "other@far.test"];
    await addAddress(tx, system, { kind: "group", address: "two@casa.test", forwardTo: two }, bed.services);
  });
});
afterAll(async () => {
  await new Promise<void>((resolve) => mta.close(resolve));
  await bed?.close();
});
beforeEach(() => {
  remote.rcpt = null;
  remote.taken = [];
  mta.options.hideDSN = false;
});
afterEach(async () => expect(await bed.findings()).toEqual([]));

type Notify = "never" | "success" | "failure" | "delay";
interface Ask {
  readonly notify?: Notify | Notify[];
  readonly return?: "full" | "headers";
  readonly id?: string;
  readonly recipient?: string;
}

async function submit(to: string, dsn?: Ask): Promise<void> {
  const client = nodemailer.createTransport({
    host: "127.0.0.1",
    port: bed.submission.port,
    ignoreTLS: true,
    auth: { user: "ada@casa.test", pass: "secret" },
  });
  await client.sendMail({ from: "ada@casa.test", to, subject: "hi", text: "the body", ...(dsn && { dsn }) });
  await bed.drain();
}

/** What came to ada since, as far as it is a report: its action. */
async function reportsDuring(work: () => Promise<void>): Promise<readonly string[]> {
  const before = (await bed.messages(ada)).length;
  await work();
  return (await bed.messages(ada)).slice(before).map(({ raw }) => raw);
}
const actionsOf = (reports: readonly string[]) => reports.map((raw) => /^Action: (\w+)/m.exec(raw)?.[1]);

describe("a submission that asks for reports (RFC 3461)", () => {
  test("hands the request on to a server that offers DSN, and leaves the reports to it", async () => {
    const ask: Ask = { notify: ["success", "delay"], return: "full", id: "order+7", recipient: "old@far.test" };
    expect(await reportsDuring(() => submit("guest@far.test", ask))).toEqual([]);
    expect(remote.taken.map(({ envelope, recipient }) => ({ envelope, recipient }))).toEqual([
      {
        envelope: { ret: "FULL", envid: "order+7" },
        recipient: { notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;old@far.test" },
      },
    ]);
  });

  test("hears that it was relayed where the next server cannot report", async () => {
    mta.options.hideDSN = true;
    const [report = "", ...more] = await reportsDuring(() =>
      submit("guest@far.test", { notify: "success", id: "order+7", recipient: "old@far.test" }),
    );
    expect(more).toEqual([]);
    expect(report).toMatch(/^Action: relayed\r\nStatus: 2\.0\.0\r$/m);
    expect(report).toMatch(/^Original-Envelope-Id: order\+7\r$/m);
    expect(report).toMatch(/^Original-Recipient: rfc822;old@far\.test\r\nFinal-Recipient: rfc822; guest@far\.test\r$/m);
    expect(report).not.toContain("the body");
  });

  test("hears of the delivery to an account here, and of an expansion, once each", async () => {
    const delivered = await reportsDuring(() => submit("bob@casa.test", { notify: "success" }));
    expect(actionsOf(delivered)).toEqual(["delivered"]);
    const expanded = await reportsDuring(() => submit("two@casa.test", { notify: "success" }));
    expect(actionsOf(expanded)).toEqual(["expanded"]);
    const taken = remote.taken.map(({ to, recipient }) => ({ to, recipient }));
    expect(taken.sort((a, b) => (a.to < b.to ? -1 : 1))).toEqual(
      ["guest@far.test", "other@far.test"].map((to) => ({
        to,
        recipient: { notify: ["NEVER"], orcpt: "rfc822;two@casa.test" },
      })),
    );
  });

  test.each([
    ["nothing: the failure and the header", undefined, ["failed"], false],
    ["failures with the whole message", { notify: "failure", return: "full" }, ["failed"], true],
    ["failures with the header", { notify: "failure", return: "headers" }, ["failed"], false],
    ["never", { notify: "never", return: "full" }, [], false],
    ["success alone", { notify: "success" }, [], false],
  ] as const)("of a refused message that asked for %s", async (_name, ask, actions, isWhole) => {
    remote.rcpt = "550 5.1.1 no such user";
    const reports = await reportsDuring(() => submit("gone@far.test", ask as Ask | undefined));
    expect(actionsOf(reports)).toEqual(actions);
    expect(reports.some((raw) => raw.includes("the body"))).toBe(isWhole);
  });

  test("of a message that waits for days: what was asked, each once; our own users hear of a delay unasked", async () => {
    remote.rcpt = "451 4.3.0 come back";
    const asked: Readonly<Record<string, Ask | undefined>> = {
      "nothing@far.test": undefined,
      "delay@far.test": { notify: "delay" },
      "failure@far.test": { notify: "failure" },
      "never@far.test": { notify: "never" },
    };
    const reports = await reportsDuring(async () => {
      for (const [to, ask] of Object.entries(asked)) await submit(to, ask);
      for (let waited = 0; waited < mailflowLimits.patienceMs * 1.2; waited += 8 * 3_600_000) {
        await bed.clock.advance(8 * 3_600_000);
        await bed.drain();
      }
    });
    const told = reports.map((raw) => `${/^Final-Recipient: rfc822; (.*)@/m.exec(raw)?.[1]} ${actionsOf([raw])[0]}`);
    expect(told.sort()).toEqual(["delay delayed", "failure failed", "nothing delayed", "nothing failed"]);
    for (const raw of reports) expect(raw.includes("\r\nWill-Retry-Until: ")).toBe(raw.includes("Action: delayed"));
  });
});

describe("mail from outside that asks for reports", () => {
  async function arrive(sender: string, to: string | string[], parameters: string): Promise<string> {
    const dialogue = await SmtpDialogue.open(bed.mx.port);
    await dialogue.say(`MAIL FROM:<${sender}> RET=HDRS ENVID=out-1`);
    for (const one of [to].flat()) await dialogue.say(`RCPT TO:<${one}> ${parameters}`);
    const [reply = ""] = await dialogue.data(`From: <${sender || "x@proven.test"}>\r\nSubject: in\r\n\r\nx`);
    dialogue.close();
    await bed.drain();
    return reply;
  }

  test("hears of the delivery when SPF proves its sender, and never otherwise", async () => {
    expect(await arrive("x@proven.test", bob.address, "NOTIFY=SUCCESS")).toMatch(/^250 /);
    expect(remote.taken.map(({ to }) => to)).toEqual(["x@proven.test"]);
    expect(remote.taken[0]?.raw).toMatch(/^Action: delivered\r$/m);
    expect(remote.taken[0]?.raw).toMatch(/^Original-Envelope-Id: out-1\r$/m);
    remote.taken = [];
    expect(await arrive("victim@forged.test", bob.address, "NOTIFY=SUCCESS")).toMatch(/^250 /);
    expect(await arrive("", bob.address, "NOTIFY=SUCCESS")).toMatch(/^250 /);
    expect(remote.taken).toEqual([]);
  });

  test("keeps neither its whole message in a report nor a word of delay when nothing proves its sender", () => {
    const asked = { notify: ["failure", "delay"], originalRecipient: null, envelopeId: "e", returns: "full" } as const;
    expect(forUnproven(asked)).toEqual({ ...asked, notify: ["failure"], returns: "headers" });
    expect(forUnproven({ ...asked, notify: [] }).notify).toEqual([]);
    expect(forUnproven(noDsn)).toEqual(noDsn);
  });

  test("takes its request along through a forward, which names the address it was for", async () => {
    await arrive("x@proven.test", "one@casa.test", "NOTIFY=SUCCESS,FAILURE");
    expect(remote.taken.map(({ to, envelope, recipient }) => ({ to, envelope, recipient }))).toEqual([
      {
        to: "guest@far.test",
        envelope: { ret: "HDRS", envid: "out-1" },
        recipient: { notify: ["SUCCESS", "FAILURE"], orcpt: "rfc822;one@casa.test" },
      },
    ]);
  });

  test("hears of an expansion also when a full mailbox beside it makes the message wait", async () => {
    const tiny = await bed.newAccount("tiny@casa.test", 30n);
    await arrive("x@proven.test", [tiny.address, "two@casa.test"], "NOTIFY=SUCCESS");
    const told = () => remote.taken.filter(({ to }) => to === "x@proven.test").map(({ raw }) => raw);
    expect(actionsOf(told())).toEqual(["expanded"]);
    const more = { accountId: tiny.id, quotaBytes: null };
    await bed.database.db.tenant(tiny.tenantId, (tx) => updateMailAccount(tx, system, more, bed.edge));
    await bed.clock.advance(3_600_000);
    await bed.drain();
    expect(actionsOf(told())).toEqual(["expanded", "delivered"]);
  });
});
