import { deflateRawSync, gzipSync } from "node:zlib";
import { type Actor, newId, type PrincipalId } from "@casaforte/kernel";
import { listDomains } from "@casaforte/modules/domains";
import { createFace, type Face } from "@casaforte/platform/http";
import { MemoryLogger } from "@casaforte/testkit";
import fc from "fast-check";
import MailComposer from "nodemailer/lib/mail-composer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDmarcReport } from "./dmarc-report.ts";
import type { DomainReportId } from "./domain-report.ts";
import { registerReportRoutes } from "./http-reports.ts";
import { mailflowLimits } from "./limits.ts";
import { type MailflowTestbed, openMailflowTestbed, type TestAccount } from "./mailflow-testbed.ts";
import { readXml } from "./read-xml.ts";
import type { DmarcLine, TlsLine } from "./report-line.ts";
import { tlsWishesOf } from "./report-wishes.ts";
import { SmtpDialogue } from "./smtp-dialogue.test-support.ts";
import { insertReport } from "./store-reports.ts";
import { readTlsReport } from "./tls-report.ts";
import { writeDmarcReport } from "./write-dmarc-report.ts";
import { writeTlsReport } from "./write-tls-report.ts";

let bed: MailflowTestbed;
let app: Face;
let ada: TestAccount;
let domainId = "";
beforeAll(async () => {
  bed = await openMailflowTestbed((services) => ({
    ...services,
    authResolver: async (name, type) => {
      if (type === "TXT" && name === "big.test") return [["v=spf1 +all"]];
      if (name === "later.test") throw Object.assign(new Error("later"), { code: "ESERVFAIL" });
      throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
    },
  }));
  const tenantId = await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
  const { db } = bed.database;
  domainId = (await db.tenant(tenantId, listDomains))[0]?.id ?? "";
  const { clock, random } = bed.services;
  app = createFace({ name: "console", clock, random, logger: new MemoryLogger(), contentSecurityPolicy: "api" });
  const principalId = newId<PrincipalId>(clock, random);
  const actor: Extract<Actor, { kind: "user" }> = {
    kind: "user",
    tenantId,
    principalId,
    role: "admin",
    ip: "192.0.2.1",
  };
  registerReportRoutes(app, { db, clock, authorise: async () => actor });
});
afterAll(async () => {
  await app?.close();
  await bed?.close();
});

const record = (count: number, ip: string, dkim: string, spf: string, disposition: string) =>
  `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated><disposition>${disposition}</disposition>` +
  `<dkim>${dkim}</dkim><spf>${spf}</spf></policy_evaluated></row></record>`;
const dmarc = (id = "r1", domain = "Casa.test") =>
  `<?xml version="1.0"?>\n<!-- theirs --><feedback xmlns="urn:x"><report_metadata><org_name>Big &amp; Co</org_name>` +
  `<report_id>${id}</report_id><date_range><begin>1767225600</begin><end>1767311999</end></date_range></report_metadata>` +
  `<policy_published><domain>${domain}</domain></policy_published>` +
  `${record(40, "192.0.2.1", "pass", "fail", "none")}${record(2, "203.0.113.9", "fail", "fail", "reject")}</feedback>`;
const tls = (id: string, failed: number, end: string) => ({
  "organization-name": "Big",
  "date-range": { "start-datetime": "2026-01-01T00:00:00Z", "end-datetime": end },
  "report-id": id,
  policies: [
    {
      policy: { "policy-type": "sts", "policy-domain": "casa.test" },
      summary: { "total-successful-session-count": 100, "total-failure-session-count": failed },
      "failure-details": [{ "result-type": "certificate-expired", "failed-session-count": failed }],
    },
  ],
});

/** A zip archive of one file, its sizes left to the trailer as streaming writers do. */
function zipOf(text: string): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(8, 6);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(5, 26);
  return Buffer.concat([header, Buffer.from("r.xml"), deflateRawSync(text), Buffer.alloc(16)]);
}

async function deliver(to: string, content: Buffer, from = "reports@big.test"): Promise<string> {
  const raw = await new MailComposer({ from, to, subject: "Report", attachments: [{ filename: "r", content }] })
    .compile()
    .build();
  const dialogue = await SmtpDialogue.open(bed.mx.port);
  await dialogue.say(`MAIL FROM:<${from}>`);
  const rcpt = await dialogue.say(`RCPT TO:<${to}>`);
  const reply = rcpt.startsWith("250")
    ? ((await dialogue.data(raw.toString("latin1").replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..")))[0] ?? "")
    : rcpt;
  dialogue.close();
  return reply;
}
const list = async () => (await app.inject({ url: `/api/domains/${domainId}/reports` })).json();
const choose = (mode: string) => app.inject({ method: "PUT", url: `/api/domains/${domainId}/sts`, payload: { mode } });

describe("reports about a domain", () => {
  test.each([
    ["gzip", (text: string) => gzipSync(text)],
    ["zip", zipOf],
    ["bare", (text: string) => Buffer.from(text)],
  ])("of DMARC are read from %s, once each, and shown to the domain's owner", async (how, packed) => {
    const content = packed(dmarc(how));
    expect(await deliver("dmarc-reports@provider.test", content)).toMatch(/^250 /);
    expect(await deliver("dmarc-reports@provider.test", content)).toMatch(/^250 /);
    const mine = (await list()).reports.filter(({ id }: { id: string }) => id !== "");
    expect(mine.slice(-1)).toMatchObject([{ kind: "dmarc", reporter: "big.test", passed: 40, failed: 2 }]);
    expect(mine.at(-1).rows).toMatchObject([
      { count: 40, source: "192.0.2.1", isDkimAligned: true, isSpfAligned: false, disposition: "none" },
      { count: 2, source: "203.0.113.9", disposition: "reject" },
    ]);
    const rows = await bed.database.db.tenant(
      ada.tenantId,
      (tx) => tx.sql`select 1 from mailflow_domain_reports where tenant_id = ${tx.tenantId} and report_id = ${how}`,
    );
    expect(rows).toHaveLength(1);
  });

  test("come from who proves a domain, are kept for domains of ours, and never mix with mail", async () => {
    const before = (await list()).reports.length;
    const packed = gzipSync(dmarc("forged"));
    expect(await deliver("dmarc-reports@provider.test", packed, "x@forged.test")).toMatch(/^550 5\.7\.1 /);
    expect(await deliver("dmarc-reports@provider.test", packed, "x@later.test")).toMatch(/^451 4\.3\.0 /);
    expect(await deliver("dmarc-reports@provider.test", gzipSync(dmarc("other", "far.test")))).toMatch(/^250 /);
    expect(await deliver("dmarc-reports@casa.test", packed)).toMatch(/^550 5\.1\.1 /);
    expect((await list()).reports).toHaveLength(before);
    const dialogue = await SmtpDialogue.open(bed.mx.port);
    await dialogue.say("MAIL FROM:<x@big.test>");
    await dialogue.say("RCPT TO:<tls-reports@provider.test>");
    expect(await dialogue.say(`RCPT TO:<${ada.address}>`)).toMatch(/^452 4\.5\.3 /);
    dialogue.close();
  });

  test("that are bombs, cut short or nonsense are refused", async () => {
    const bomb = gzipSync(Buffer.alloc(mailflowLimits.reportTextBytesMax + 1, 0x20));
    expect(await deliver("dmarc-reports@provider.test", bomb)).toMatch(/^552 /);
    const cut = gzipSync(dmarc("cut"));
    for (const content of [cut.subarray(0, cut.length - 20), zipOf(dmarc("x")).subarray(0, 60), gzipSync("<feedback>")])
      expect(await deliver("dmarc-reports@provider.test", content)).toMatch(/^550 5\.6\.0 /);
  });

  test("that name times that cannot be are refused, and those of one reporter have a number a day", async () => {
    const day = 24 * 3_600_000;
    const at = (days: number) => new Date(bed.clock.nowMs() + days * day).toISOString();
    const send = (id: string, from: string, to: string) => {
      const report = { ...tls(id, 1, to), "date-range": { "start-datetime": from, "end-datetime": to } };
      return deliver("tls-reports@provider.test", gzipSync(JSON.stringify(report)));
    };
    for (const [from, to] of [
      [at(0), "9999-01-01T00:00:00Z"],
      [at(-61), at(0)],
      [at(0), at(-1)],
    ] as const)
      expect(await send("never", from, to)).toMatch(/^550 5\.6\.0 /);
    const insert = (reportId: string, reporter: string) =>
      bed.database.db.tenant(ada.tenantId, (tx) => {
        const { clock, random } = bed.services;
        const now = new Date(clock.nowMs());
        const id = newId<DomainReportId>(clock, random);
        const shape = {
          kind: "dmarc",
          domain: "full.test",
          from: now,
          to: now,
          passed: 1,
          failed: 0,
          rows: [],
        } as const;
        return insertReport(tx, { ...shape, id, reportId, reporter, receivedAt: now });
      });
    const kept: boolean[] = [];
    for (let n = 0; n <= mailflowLimits.reportsPerDayOfReporterMax; n++) kept.push(await insert(`n${n}`, "big.test"));
    expect([kept.indexOf(false), await insert("n0", "small.test")]).toEqual([
      mailflowLimits.reportsPerDayOfReporterMax,
      true,
    ]);
  });

  test("R94: of TLS decide whether senders may be told to insist on it", async () => {
    const { clock } = bed;
    expect((await choose("enforce")).json()).toMatchObject({ code: "mailflow.sts_too_early" });
    await clock.advance(mailflowLimits.stsTestingMs);
    const end = new Date(clock.nowMs()).toISOString();
    expect(await deliver("tls-reports@provider.test", gzipSync(JSON.stringify(tls("t1", 3, end))))).toMatch(/^250 /);
    expect((await list()).sts).toMatchObject({ mode: "testing", recentFailures: 3 });
    expect((await choose("enforce")).json()).toMatchObject({ code: "mailflow.sts_failures" });
    await clock.advance(mailflowLimits.stsTestingMs + 1);
    expect((await choose("enforce")).statusCode).toBe(200);
    expect((await list()).sts).toMatchObject({ mode: "enforce", recentFailures: 0 });
    expect((await choose("testing")).statusCode).toBe(200);
  });
});

describe("reading", () => {
  test("no document type, no entities of theirs, no endless depth", () => {
    const refused = (text: string) => expect(() => readXml(text)).toThrow(expect.objectContaining({ kind: "invalid" }));
    refused(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`);
    refused("<a>".repeat(mailflowLimits.reportDepthMax + 2));
    refused("<a><b></a></b>");
    refused("<a");
    refused(`<a${"x".repeat(5_000_000)}`);
    refused(`<a ${"x ".repeat(2_500_000)}`);
    refused(`<a ${"'".repeat(2_500_000)}`);
    expect(readXml("<a>&b;&#65;&lt;<![CDATA[<x>]]></a>").text).toBe("&b;A<<x>");
  });

  test("whatever is sent is read or refused, never anything else", () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      "</",
      "/>",
      "<a>",
      "</a>",
      '"',
      "&lt;",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "x",
      "{",
      "}",
    );
    const expected = (error: unknown) => expect(error).toMatchObject({ code: "mailflow.report_unreadable" });
    const tried = (read: (text: string) => unknown, text: string) => {
      try {
        read(text);
      } catch (error) {
        expected(error);
      }
    };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 60 }).map((all) => all.join("")),
          fc.string(),
        ),
        (text) => {
          tried(readDmarcReport, text);
          tried(readTlsReport, text);
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        tried(readTlsReport, JSON.stringify({ ...tls("x", 1, "2026-01-02T00:00:00Z"), policies: value }));
        tried(readTlsReport, JSON.stringify(value));
      }),
      { numRuns: 300 },
    );
  });
});

describe("writing", () => {
  const day = { domain: "far.test", day: "2026-01-01", reportId: "r-1", submitter: "provider.test" };
  const times = fc.integer({ min: 1, max: 1_000_000 });
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("]]>", "<x>&amp;", "\ud800", '"'),
  );
  const sum = <Line>(lines: readonly { line: Line; times: number }[], test: (line: Line) => boolean) =>
    lines.filter(({ line }) => test(line)).reduce((all, each) => all + each.times, 0);

  test("what is counted of arrivals comes out of our own reader, whatever strangers put into it", () => {
    const line: fc.Arbitrary<DmarcLine> = fc.record({
      source: fc.oneof(fc.ipV4(), fc.ipV6(), text),
      headerFrom: text,
      record: fc.oneof(text, fc.constant("v=DMARC1; p=reject; sp=<b>; pct=1000; rua=mailto:x@y.test")),
      disposition: fc.constantFrom("none", "quarantine", "reject"),
      isDkimAligned: fc.boolean(),
      isSpfAligned: fc.boolean(),
      spf: fc.record({ domain: text, result: text }),
      dkim: fc.array(fc.record({ domain: text, selector: text, result: text }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(fc.record({ line, times }), { maxLength: 20 }), (lines) => {
        const report = readDmarcReport(writeDmarcReport({ ...day, lines }));
        const isPassed = (one: DmarcLine) => one.isDkimAligned || one.isSpfAligned;
        expect(report).toMatchObject({
          ...{ domain: "far.test", reportId: "r-1" },
          ...{ from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-01-01T23:59:59Z") },
          ...{ passed: sum(lines, isPassed), failed: sum(lines, (one) => !isPassed(one)) },
        });
        const verdicts = lines.map(({ line: one, times: count }) => `${count} ${one.disposition}`);
        expect(report.rows.map(({ count, disposition }) => `${count} ${disposition}`).sort()).toEqual(verdicts.sort());
      }),
      { numRuns: 200 },
    );
  });

  test("what is counted of sessions comes out of our own reader, by policy", () => {
    const line: fc.Arbitrary<TlsLine> = fc.record({
      policyType: fc.constantFrom("sts", "no-policy-found"),
      policy: fc.array(text, { maxLength: 2 }),
      exchanges: fc.array(text, { maxLength: 2 }),
      failure: fc.constantFrom(null, "starttls-not-supported", "certificate-expired", "validation-failure"),
      exchange: text,
      address: fc.ipV4(),
    });
    fc.assert(
      fc.property(fc.array(fc.record({ line, times }), { minLength: 1, maxLength: 20 }), (lines) => {
        const written = writeTlsReport({ ...day, lines });
        const [report, ...others] = readTlsReport(written);
        expect(others).toEqual([]);
        const failed = lines.filter((one) => one.line.failure !== null);
        expect(report).toMatchObject({
          ...{ domain: "far.test", reportId: "r-1" },
          ...{ passed: sum(lines, ({ failure }) => failure === null), failed: sum(failed, () => true) },
        });
        const told = failed.map((one) => `${one.times} ${one.line.failure}`);
        expect(report?.rows.map(({ count, failure }) => `${count} ${failure}`).sort()).toEqual(told.sort());
        const types = JSON.parse(written).policies.map((one: { policy: object }) => Object.keys(one.policy).join());
        for (const type of types)
          expect(["policy-type,policy-domain", "policy-type,policy-string,policy-domain,mx-host"]).toContain(type);
      }),
      { numRuns: 200 },
    );
  });

  test("sessions under TLSA records are told with the records, by the server that they are of", () => {
    const policy = ["3 1 1 0AFF"];
    const seen = { policyType: "tlsa", policy, base: "mx.far.test", exchanges: [] } as const;
    const lines = [
      { line: { ...seen, failure: null, exchange: "", address: "" }, times: 3 },
      { line: { ...seen, failure: "validation-failure", exchange: "mx.far.test", address: "192.0.2.1" }, times: 2 },
    ] as const;
    expect(JSON.parse(writeTlsReport({ ...day, lines })).policies).toEqual([
      {
        policy: { "policy-type": "tlsa", "policy-string": policy, "policy-domain": "mx.far.test" },
        summary: { "total-successful-session-count": 3, "total-failure-session-count": 2 },
        "failure-details": [
          {
            ...{ "result-type": "validation-failure", "receiving-mx-hostname": "mx.far.test" },
            ...{ "receiving-ip": "192.0.2.1", "failed-session-count": 2 },
          },
        ],
      },
    ]);
  });

  test.each([
    ["v=TLSRPTv1; rua=mailto:a%21b@far.test!10M , https://far.test/x?y=1", ["a!b@far.test", "https://far.test/x?y=1"]],
    ["v=TLSRPTv1;rua=ftp://far.test,mailto:,mailto:x,mailto:%zz@far.test,http://far.test", []],
    ["v=TLSRPTv2; rua=mailto:a@far.test", []],
    [`v=TLSRPTv1; rua=${"mailto:a@far.test,".repeat(1_000)}`, ["a@far.test", "a@far.test"]],
  ])("wishes in a record are read as far as they can be fulfilled", async (record, expected) => {
    const dns = { resolveTxt: async () => [record], post: async () => 200 };
    const wishes = await tlsWishesOf(dns, "far.test");
    expect(wishes.map((one) => (one.kind === "mail" ? one.address : one.url))).toEqual(expected);
  });
});
