import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { fromUtf8, providerTenantId } from "@casaforte/kernel";
import { expectedRecords, stsPolicyText } from "@casaforte/modules/domains";
import nodemailer from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jobHandlers } from "./index.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed } from "./mailflow-testbed.ts";
import { allowsExchange, readStsPolicy, readStsRecord } from "./mta-sts.ts";
import { reportIn } from "./report-attachment.ts";
import type { PostedReport } from "./services.ts";
import { stsPolicyOf } from "./sts-policies.ts";
import { readTlsReport } from "./tls-report.ts";

const run = promisify(execFile);
const file = (mode: string, mx: string) => `version: STSv1\r\nmode: ${mode}\r\nmx: ${mx}\r\nmax_age: 86400\r\n`;

test("R94: the policy and record that we publish for our customers' domains are ones that we would read", () => {
  const hosts = { mx: "mx.p.test", spfInclude: "", mail: "", dmarcReports: "", tlsReports: "", offers: [], jmap: null };
  const ids = (["testing", "enforce"] as const).map((stsMode) => {
    const domain = { name: "casa.test", verificationToken: "", stsMode };
    const record = expectedRecords(domain, [], hosts).find(({ host }) => host === "_mta-sts.casa.test");
    expect(readStsPolicy(stsPolicyText(hosts, stsMode))).toMatchObject({ mode: stsMode, exchanges: ["mx.p.test"] });
    return readStsRecord([record?.value ?? ""]);
  });
  expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(ids[1]).not.toBe(ids[0]);
});

test("the record and the policy are read as RFC 8461 writes them, and nothing else is one", () => {
  expect(readStsRecord(["v=STSv1; id=20260101T000000;"])).toBe("20260101T000000");
  expect(readStsRecord(["v=spf1 -all", "v=STSv1;id=a1"])).toBe("a1");
  expect(readStsRecord(["v=STSv1; id=a;", "v=STSv1; id=b;"])).toBeNull();
  expect(readStsRecord(["v=STSv10; id=a;"])).toBeNull();
  expect(readStsPolicy(file("enforce", "*.sts.test"))).toEqual({
    mode: "enforce",
    exchanges: ["*.sts.test"],
    maxAgeMs: 86_400_000,
  });
  for (const text of ["", "<html>", file("maybe", "a.test"), file("enforce", "a.test").replace("max_age: 86400", "")])
    expect(readStsPolicy(text)).toBeNull();
  expect(readStsPolicy(file("enforce", "a.test").replace("mx: a.test\r\n", ""))).toBeNull();
  const policy = { mode: "enforce", exchanges: ["*.sts.test", "mail.other.test"], maxAgeMs: 1 } as const;
  expect(allowsExchange(policy, "MX1.sts.test.")).toBe(true);
  expect(allowsExchange(policy, "mail.other.test")).toBe(true);
  for (const host of ["sts.test", "a.b.sts.test", "evilsts.test", "x.mail.other.test"])
    expect(allowsExchange(policy, host), host).toBe(false);
});

let bed: MailflowTestbed;
let mta: SMTPServer;
const taken: string[] = [];
const mails = new Map<string, Buffer>();
/** Who wants TLS reports, what was posted, and what the collector answers. */
const wishes: Record<string, string> = {};
const posts: (PostedReport & { readonly url: string })[] = [];
let collector = 503;
/** What the DNS and the web server of the other side say. */
const other = { record: "", policy: "", exchange: "mx.sts.test", fetches: 0 };
const dir = mkdtemp(join(tmpdir(), "cf-sts-"));
beforeAll(async () => {
  const [key, cert] = [join(await dir, "key.pem"), join(await dir, "cert.pem")];
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=mx.sts.test", "-addext", "subjectAltName=DNS:mx.sts.test", "-keyout", key, "-out", cert],
  ]);
  const pair = { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
  mta = new SMTPServer({
    ...pair,
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, callback) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        mails.set(session.envelope.rcptTo[0]?.address ?? "", Buffer.concat(parts));
        taken.push(`${session.envelope.rcptTo[0]?.address} ${session.secure}`);
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => mta.listen(0, "127.0.0.1", resolve));
  const address = mta.server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  bed = await openMailflowTestbed((services) => ({
    ...services,
    outbound: {
      kind: "mx",
      port,
      allowsPrivate: true,
      ca: pair.cert,
      resolver: {
        resolveMx: async () => [{ exchange: other.exchange, priority: 10 }],
        resolveAddresses: async () => ["127.0.0.1"],
      },
    },
    reportsOut: {
      async resolveTxt(name) {
        const text = wishes[name];
        if (text === undefined) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
        return [text];
      },
      async post(url, report) {
        posts.push({ ...report, url });
        return collector;
      },
    },
    sts: {
      async resolveTxt() {
        if (other.record === "") throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
        return [other.record];
      },
      async fetchPolicy() {
        other.fetches++;
        if (other.policy === "") throw new Error("away");
        return other.policy;
      },
    },
  }));
  await bed.newTenant("casa.test");
  await bed.newAccount("ada@casa.test");
});
afterAll(async () => {
  await bed?.close();
  await new Promise<void>((resolve) => mta?.close(resolve));
  await rm(await dir, { recursive: true, force: true });
});

/** Sends and tries once. Returns what the other side took, and over TLS or not. */
async function send(to: string): Promise<string[]> {
  taken.length = 0;
  await nodemailer
    .createTransport({
      host: "127.0.0.1",
      port: bed.submission.port,
      ignoreTLS: true,
      auth: { user: "ada@casa.test", pass: "secret" },
    })
    .sendMail({ from: "ada@casa.test", to, subject: "x", text: "x" });
  await bed.drain();
  return [...taken];
}

test("an enforced policy lets mail go only to exchanges it names, with a certificate that proves the name", async () => {
  other.record = "v=STSv1; id=one;";
  other.policy = file("enforce", "mx.sts.test");
  expect(await send("good@sts.test")).toEqual(["good@sts.test true"]);
  expect(await send("again@sts.test")).toEqual(["again@sts.test true"]);
  expect(other.fetches).toBe(1);
  other.exchange = "mx.evil.test";
  expect(await send("hijacked@sts.test")).toEqual([]);
  expect(await bed.events("hijacked@sts.test")).toEqual(["queued", "deferred"]);
  // The policy names it, but the certificate is another's.
  other.record = "v=STSv1; id=two;";
  other.policy = file("enforce", "mx.evil.test");
  expect(await send("forged@sts.test")).toEqual([]);
});

test("a policy once seen binds even when the DNS and the web server hide it, until it expires", async () => {
  other.record = "";
  other.policy = "";
  other.exchange = "mx.hidden.test";
  expect(await send("hidden@sts.test")).toEqual([]);
  await bed.clock.advance(2 * 86_400_000);
  taken.length = 0;
  await bed.drain();
  expect(taken).toContain("hidden@sts.test true");
});

test("a policy in testing stops nothing", async () => {
  other.record = "v=STSv1; id=three;";
  other.policy = file("testing", "mx.sts.test");
  other.exchange = "mx.elsewhere.test";
  expect(await send("tested@sts.test")).toEqual(["tested@sts.test true"]);
});

test("a domain is one in any case of letters, and a policy that cannot be kept binds all the same", async () => {
  other.record = "v=STSv1; id=capital;";
  other.policy = file("enforce", "mx.sts.test");
  const asked = () => stsPolicyOf(bed.services, "Capital.TEST");
  expect((await asked()).policy).toMatchObject({ mode: "enforce" });
  const fetched = other.fetches;
  expect((await asked()).policy).toMatchObject({ mode: "enforce" });
  expect(other.fetches).toBe(fetched);
  other.record = "v=STSv1; id=odd;";
  other.policy = file("none", "mx.\0.test");
  expect((await asked()).policy).toMatchObject({ mode: "none" });
});

const dayMs = 86_400_000;
/** A day and the settling of it go by; then the reports of what is over are made and sent. */
async function nextDay(waitMs = dayMs + 3_600_000): Promise<void> {
  await bed.clock.advance(waitMs);
  const { logger } = bed;
  const context = { tenantId: null, attempt: 1, signal: new AbortController().signal, logger };
  for (const { task, run: work } of jobHandlers(bed.services))
    if (task === "mailflow.domain_reports") await work({}, context);
  await bed.drain();
}

test("a domain that asks is told of yesterday's sessions, by web and by signed mail, once, and never of a report", async () => {
  other.record = "v=STSv1; id=four;";
  other.policy = file("testing", "mx.sts.test");
  other.exchange = "mx.sts.test";
  await send("one@told.test");
  await send("two@told.test");
  other.exchange = "mx.elsewhere.test";
  await send("three@told.test");
  await send("one@mute.test");
  wishes["_smtp._tls.told.test"] = "v=TLSRPTv1; rua=mailto:tls@rua.test,https://collect.test/v1";
  wishes["_smtp._tls.rua.test"] = "v=TLSRPTv1; rua=mailto:tls@rua.test";
  // What the report is about must not keep it from arriving (RFC 8460, section 3).
  other.record = "v=STSv1; id=five;";
  other.policy = file("enforce", "mx.nowhere.test");
  await nextDay();
  expect([posts.length, mails.has("tls@rua.test")]).toEqual([1, false]);
  collector = 201;
  await nextDay(3_600_000);
  const raw = mails.get("tls@rua.test") ?? Buffer.alloc(0);
  const expected = {
    kind: "tls",
    domain: "told.test",
    passed: 2,
    failed: 1,
    rows: [{ count: 1, source: "mx.elsewhere.test", failure: "certificate-host-mismatch" }],
  };
  const posted = posts.map(({ body }) => readTlsReport(fromUtf8(gunzipSync(body))));
  expect(posted).toMatchObject([[expected], [expected]]);
  expect(posts[1]).toMatchObject({ url: "https://collect.test/v1", type: "application/tlsrpt+gzip" });
  const mailed = readTlsReport(await reportIn(raw));
  expect(mailed).toEqual(posted[1]);
  const [report] = mailed;
  const begin = (report?.from.getTime() ?? 0) / 1000;
  expect([begin % 86_400, (report?.to.getTime() ?? 0) / 1000 - begin]).toEqual([0, 86_399]);
  const id = report?.reportId ?? "";
  const head = raw.toString("latin1").replace(/\r\n[ \t]+/g, " ");
  expect(head).toMatch(/^DKIM-Signature: [^\r]*d=provider\.test[^\r]*TLS-Report-Domain/im);
  expect(head).toContain(`\r\nSubject: Report Domain: told.test Submitter: provider.test Report-ID: <${id}>\r\n`);
  expect(head).toContain("\r\nTLS-Report-Domain: told.test\r\nTLS-Report-Submitter: provider.test\r\n");
  expect(head).toContain('multipart/report; report-type="tlsrpt"');
  const name = `provider.test!told.test!${begin}!${begin + 86_399}!${id.replaceAll("-", "")}.json.gz`;
  expect(head).toContain(`filename="${name}"`);
  // Who wrote to whom is nobody's business.
  expect(await reportIn(raw)).not.toMatch(/ada@|casa\.test|one@|two@|three@/);
  mails.clear();
  await nextDay();
  await nextDay();
  expect([posts.length, mails.has("tls@rua.test")]).toEqual([2, false]);
  const days = await bed.database.db.tenant(
    providerTenantId,
    ({ sql }) => sql`
      select domain, state, (select count(*)::int from mailflow_report_counts c where c.domain = d.domain) as lines
      from mailflow_report_days d where domain in ('told.test', 'mute.test', 'rua.test') order by domain`,
  );
  expect([...days]).toEqual([
    { domain: "mute.test", state: "done", lines: 0 },
    { domain: "told.test", state: "done", lines: 0 },
  ]);
});

test("a zone of many names floods no stranger with reports", async () => {
  other.record = "";
  const names = Array.from({ length: mailflowLimits.tlsReportsToHostPerRunMax + 3 }, (_, n) => `n${n}.zone.test`);
  for (const name of names) {
    await send(`x@${name}`);
    wishes[`_smtp._tls.${name}`] = "v=TLSRPTv1; rua=https://victim.test/a,https://victim.test/b,https://victim.test/c";
  }
  const toVictim = () => new Set(posts.filter(({ url }) => url.includes("victim.test")).map(({ body }) => body)).size;
  collector = 201;
  await nextDay();
  expect(toVictim()).toBe(mailflowLimits.tlsReportsToHostPerRunMax);
  expect(posts.some(({ url }) => url.endsWith("/c"))).toBe(false);
  await nextDay(3_600_000);
  expect(toVictim()).toBe(names.length);
});
