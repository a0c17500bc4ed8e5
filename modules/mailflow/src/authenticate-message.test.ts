import { generateKeyPairSync } from "node:crypto";
import { type BlobId, providerTenantId } from "@casaforte/kernel";
import { FakeClock } from "@casaforte/testkit";
import { dkimSign } from "mailauth";
import nodemailer from "nodemailer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authenticateMessage } from "./authenticate-message.ts";
import { readDmarcReport } from "./dmarc-report.ts";
import { jobHandlers } from "./index.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, type TestAccount } from "./mailflow-testbed.ts";
import { reportIn } from "./report-attachment.ts";
import { countLine } from "./store-report-counts.ts";
import { selectReports } from "./store-reports.ts";

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
  "told.test TXT": [["v=spf1 ip4:127.0.0.1 -all"]],
  "_dmarc.told.test TXT": [
    ["v=DMARC1; p=reject; adkim=s; rua=mailto:agg@told.test,", "mailto:x@agreed.test!1m,mailto:y@stranger.test"],
  ],
  "told.test._report._dmarc.agreed.test TXT": [["v=DMARC1;"]],
  "casa.test TXT": [["v=spf1 ip4:127.0.0.1 -all"]],
  "_dmarc.casa.test TXT": [["v=DMARC1; p=none; rua=mailto:dmarc-reports@provider.test"]],
  "casa.test._report._dmarc.provider.test TXT": [["v=DMARC1"]],
};
let isDnsDown = false;
/** Names under which there is no answer now, and names that nobody ever answers for. */
let failing = /^$/;
const hanging = /(^|\.)slow\.test$/;
const asked: string[] = [];
let silences = 0;
function silence(): Promise<never> {
  silences += 1;
  return Promise.withResolvers<never>().promise;
}
let bed: MailflowTestbed;
let ada: TestAccount;
async function lookUp(name: string, type: string): Promise<string[][]> {
  asked.push(name);
  // As Node says it, without asking anybody.
  if (name.split(".").some((label) => label.length > 63)) throw Object.assign(new Error("bad"), { code: "EBADNAME" });
  if (isDnsDown || failing.test(name)) throw Object.assign(new Error("down"), { code: "ESERVFAIL" });
  if (hanging.test(name)) return silence();
  const found = zone[`${name.replace(/\.$/, "").toLowerCase()} ${type}`];
  if (!found) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
  return found;
}
beforeAll(async () => {
  bed = await openMailflowTestbed((services) => ({
    ...services,
    authResolver: lookUp,
    reportsOut: {
      resolveTxt: async (name) => (await lookUp(name, "TXT")).map((strings) => strings.join("")),
      post: async () => 500,
    },
  }));
  await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
});
afterAll(() => bed?.close());

async function send(from: string, raw: string): Promise<{ reply: string; role: string; raw: string }> {
  const before = new Set((await bed.messages(ada)).map(({ raw }) => raw));
  const reply = await nodemailer
    .createTransport({ host: "127.0.0.1", port: bed.mx.port, ignoreTLS: true })
    .sendMail({ envelope: { from, to: "ada@casa.test" }, raw })
    .then(
      ({ response }) => response,
      (error: { response?: string }) => error.response ?? "",
    );
  await bed.drain();
  const message = (await bed.messages(ada)).find(({ raw }) => !before.has(raw));
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

async function signed(message: string, domain: string): Promise<string> {
  const key = { signingDomain: domain, selector: "s", privateKey: keys.privateKey };
  return (await dkimSign(message, { ...key, signatureData: [key] })).signatures + message;
}

test("a look-up that fails for a moment puts DMARC reject off, and not what goes among the spam", async () => {
  failing = /^(s\._domainkey\.bank|shop)\.test$/;
  const message = await signed(plain("bank.test"), "bank.test");
  expect((await send("x@bank.test", message)).reply).toMatch(/^451 4\.3\.0 /);
  expect(await send("x@shop.test", plain("shop.test"))).toMatchObject({ role: "junk" });
  failing = /^$/;
  expect(await send("x@bank.test", message)).toMatchObject({ role: "inbox" });
});

const isPolicy = (name = "") => /^_dmarc\.(bank\.)?test$/.test(name);

/** The verdict on a message while nobody answers some of the look-ups: time passes when one of them waits. */
async function verdictOn(raw: string, sender: string, resolver = lookUp) {
  const clock = new FakeClock();
  async function* message() {
    yield Buffer.from(raw);
  }
  const envelope = { remoteAddress: "192.0.2.1", helo: "x", sender, hostname: "mx.casa.test" };
  let isDone = false;
  asked.length = 0;
  let seen = silences;
  const checking = authenticateMessage({ message: message(), ...envelope }, resolver, { clock, logger: bed.logger });
  const verdict = checking.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    if (silences > seen) {
      seen = silences;
      await clock.advance(isPolicy(asked.at(-1)) ? mailflowLimits.policyLookupMsMax : mailflowLimits.lookupMsMax);
    } else await new Promise((resolve) => setImmediate(resolve));
  }
  return verdict;
}

test("a DNS that hangs holds a message up for a while only", async () => {
  const silent = (name: string) => {
    asked.push(name);
    return silence();
  };
  const verdict = await verdictOn(plain("bank.test"), "x@bank.test", silent);
  expect(verdict).toMatchObject({ dmarc: expect.stringMatching(/^(none|error)$/), policy: "none", isUnsure: true });
});

test("no names of the sender's that nobody answers for keep a stranger's policy from being applied", async () => {
  const refused = { dmarc: "fail", policy: "reject", isPolicyUnsure: false };
  const one = await signed(plain("bank.test"), "evil.slow.test");
  expect(await verdictOn(one, "x@evil.slow.test")).toMatchObject(refused);
  const signature = one.slice(0, one.indexOf("From: "));
  const many = Array.from({ length: 30 }, (_, at) =>
    signature.replace("d=evil.", `d=v${at}.`).replace("s=s;", at % 2 === 0 ? "s=s;" : "s=_dmarc.s;"),
  ).join("");
  expect(await verdictOn(many + plain("bank.test"), "x@_dmarc.slow.test")).toMatchObject(refused);
});

test("no name that cannot be puts a policy off, nor a look-up that a sender's slow names left no time for", async () => {
  const bad = async (domain: string) => (await signed(plain(domain), domain)).replace(/\bs=s;/, `s=${"x".repeat(70)};`);
  expect(await send("x@evil.test", await bad("shop.test"))).toMatchObject({ role: "junk" });
  expect((await send("x@evil.test", await bad("bank.test"))).reply).toMatch(/^550 5\.7\.1 /);
  const slow = await signed(plain("bank.test"), "evil.slow.test");
  const signature = slow.slice(0, slow.indexOf("From: "));
  const many = Array.from({ length: 9 }, (_, at) => signature.replace("d=evil.", `d=v${at}.`)).join("");
  expect(await verdictOn(many + plain("bank.test"), "x@bank.test")).toMatchObject({
    dmarc: "fail",
    policy: "reject",
    spf: "temperror",
    isPolicyUnsure: false,
  });
});

test("a packet lost on the way to the policy of the domain in From does not switch it off", async () => {
  const late = async (name: string, type: string) => {
    if (name !== "_dmarc.bank.test") return lookUp(name, type);
    const { promise, resolve } = Promise.withResolvers<string[][]>();
    lost = () => resolve([["v=DMARC1; p=reject"]]);
    return promise;
  };
  let lost = () => {};
  const clock = new FakeClock();
  async function* message() {
    yield Buffer.from(plain("bank.test"));
  }
  const envelope = { remoteAddress: "192.0.2.1", helo: "x", sender: "x@evil.test", hostname: "mx.casa.test" };
  const checking = authenticateMessage({ message: message(), ...envelope }, late, { clock, logger: bed.logger });
  const isWaiting = lost;
  while (lost === isWaiting) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(6_000);
  lost();
  expect(await checking).toMatchObject({ dmarc: "fail", policy: "reject" });
});

test("of many signatures the first ones are looked at", async () => {
  const one = await signed(plain("bank.test"), "bank.test");
  const signature = one.slice(0, one.indexOf("From: "));
  const strangers = Array.from({ length: 200 }, (_, at) => signature.replace("d=bank.", `d=v${at}.victim.`)).join("");
  await verdictOn(strangers + plain("home.test"), "x@home.test");
  expect(asked.filter((name) => name.includes("victim"))).toHaveLength(mailflowLimits.signaturesMax);
  expect(await verdictOn(signature + strangers + plain("bank.test"), "x@bank.test")).toMatchObject({ dmarc: "pass" });
});

const inProvider = <T>(work: Parameters<typeof bed.database.db.tenant<T>>[1]) =>
  bed.database.db.tenant(providerTenantId, work);
async function sendReports(): Promise<void> {
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger: bed.logger };
  for (const { task, run } of jobHandlers(bed.services)) if (task === "mailflow.domain_reports") await run({}, context);
}
/** Mails with our reports, as they wait in the queue. */
async function reportsQueued(): Promise<readonly { readonly to: readonly string[]; readonly raw: Buffer }[]> {
  const rows = await inProvider(
    ({ sql }) => sql<{ blob: BlobId; to: string[] }[]>`
      select o.blob_id as blob, array_agg(q.recipient order by q.recipient) as "to" from mailflow_outgoing o
      join mailflow_queue q on q.tenant_id = o.tenant_id and q.outgoing_id = o.id
      where o.sender = 'noreply-dmarc-reports@provider.test' and q.dsn_notify = '{}' group by 1`,
  );
  return Promise.all(
    rows.map(async ({ blob, to }) => ({
      to,
      raw: Buffer.from(await bed.services.blobs.readAll(providerTenantId, blob)),
    })),
  );
}

test("the domain in From is told the day after who wrote in its name, where it asks, and others where they agree", async () => {
  await send("x@told.test", plain("told.test"));
  await send("x@told.test", plain("told.test"));
  expect((await send("x@evil.test", plain("told.test"))).reply).toMatch(/^550 5\.7\.1 /);
  await send("x@casa.test", plain("casa.test"));
  await bed.clock.advance(86_400_000 + mailflowLimits.reportSettleMs);
  isDnsDown = true;
  await sendReports();
  isDnsDown = false;
  expect(await reportsQueued()).toEqual([]);
  await sendReports();
  await sendReports();
  const queued = await reportsQueued();
  expect(queued.map(({ to }) => to)).toEqual([["agg@told.test", "x@agreed.test"]]);
  const raw = queued[0]?.raw ?? Buffer.alloc(0);
  const text = await reportIn(raw);
  const report = readDmarcReport(text);
  expect(report).toMatchObject({ domain: "told.test", passed: 2, failed: 1 });
  const line = { source: "127.0.0.1", isDkimAligned: false, failure: "" };
  expect(report.rows).toEqual([
    { ...line, count: 2, isSpfAligned: true, disposition: "none" },
    { ...line, count: 1, isSpfAligned: false, disposition: "reject" },
  ]);
  expect(text).toContain("<domain>told.test</domain><adkim>s</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp>");
  expect(text).toContain("<header_from>told.test</header_from>");
  expect(text).not.toMatch(/ada@|casa\.test|hello/);
  const [begin, end] = [report.from.getTime() / 1000, report.to.getTime() / 1000];
  const head = raw.toString("latin1").replace(/\r\n[ \t]+/g, " ");
  const name = `provider.test!told.test!${begin}!${end}!${report.reportId.replaceAll("-", "")}.xml.gz`;
  expect(head).toContain(`Content-Type: application/gzip\r\n`);
  expect(head).toContain(`filename="${name}"`);
  expect(head).toContain(
    `\r\nSubject: Report Domain: told.test Submitter: provider.test Report-ID: <${report.reportId}>\r\n`,
  );
  expect(head).toMatch(/^DKIM-Signature: [^\r]*d=provider\.test/m);
  // A domain of ours whose reports we read: without a detour.
  const own = await bed.database.db.tenant(ada.tenantId, (tx) => selectReports(tx, "casa.test", 10));
  expect(own).toMatchObject([{ kind: "dmarc", reporter: "provider.test", passed: 1, failed: 0 }]);
  const days = await inProvider(({ sql }) => sql`select domain, state from mailflow_report_days order by domain`);
  expect([...days]).toEqual([
    { domain: "casa.test", state: "done" },
    { domain: "told.test", state: "done" },
  ]);
});

test("beyond so many lines of a domain nothing new is counted, and what is known goes on", async () => {
  const at = new Date(bed.clock.nowMs());
  const record = { kind: "tls", day: "2026-01-01", domain: "wide.test", at } as const;
  const line = (exchange: string) => ({
    ...record,
    reportId: "00000000-0000-7000-8000-000000000001" as never,
    line: { policyType: "no-policy-found", policy: [], exchanges: [], failure: null, exchange, address: "" } as const,
  });
  const counted = await inProvider(async (tx) => {
    await countLine(tx, line("first"));
    await tx.sql`
      insert into mailflow_report_counts
      select tenant_id, kind, day, domain, lpad(n::text, 64, '0'), line, 1, counted_at
      from mailflow_report_counts, generate_series(2, ${mailflowLimits.reportLinesMax}) n where domain = 'wide.test'`;
    await countLine(tx, line("one too many"));
    await countLine(tx, line("first"));
    return tx.sql`select count(*)::int as lines, sum(times)::int as times from mailflow_report_counts where domain = 'wide.test'`;
  });
  expect([...counted]).toEqual([{ lines: mailflowLimits.reportLinesMax, times: mailflowLimits.reportLinesMax + 1 }]);
});
