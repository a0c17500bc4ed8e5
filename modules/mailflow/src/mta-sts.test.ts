import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expectedRecords, stsPolicyText } from "@casaforte/modules/domains";
import nodemailer from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MailflowTestbed, openMailflowTestbed } from "./mailflow-testbed.ts";
import { allowsExchange, readStsPolicy, readStsRecord } from "./mta-sts.ts";

const run = promisify(execFile);
const file = (mode: string, mx: string) => `version: STSv1\r\nmode: ${mode}\r\nmx: ${mx}\r\nmax_age: 86400\r\n`;

test("R94: the policy and record that we publish for our customers' domains are ones that we would read", () => {
  const hosts = { mx: "mx.p.test", spfInclude: "", mail: "", dmarcReports: "", tlsReports: "" };
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
      stream.resume();
      stream.on("end", () => {
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
