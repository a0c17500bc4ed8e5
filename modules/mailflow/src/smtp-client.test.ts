import nodemailer from "nodemailer";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type MailflowTestbed, openMailflowTestbed, type TestAccount } from "./mailflow-testbed.ts";
import { selectEvents } from "./store-events.ts";

interface Taken {
  readonly to: string;
  readonly isSecure: boolean;
  readonly isUtf8: boolean;
  readonly raw: string;
}

/** The other side: servers of three ages, each on an address of its own. */
const taken: Taken[] = [];
const ages: Readonly<Record<string, { readonly address: string; readonly options: SMTPServerOptions }>> = {
  "modern.test": { address: "127.0.0.1", options: {} },
  // It offers encryption that nobody speaks any more.
  "rusty.test": { address: "127.0.0.5", options: { minVersion: "TLSv1", maxVersion: "TLSv1.1" } },
  "plain.test": { address: "127.0.0.6", options: { hideSMTPUTF8: true, hide8BITMIME: true } },
};
const policies: Record<string, string> = {};
const servers: SMTPServer[] = [];
let port = 0;
let bed: MailflowTestbed;
let ada: TestAccount;

beforeAll(async () => {
  for (const { address, options } of Object.values(ages)) {
    const server = new SMTPServer({
      ...options,
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      onData(stream, { envelope, secure }, callback) {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          const to = envelope.rcptTo[0]?.address ?? "";
          const raw = Buffer.concat(parts).toString();
          taken.push({ to, isSecure: secure, isUtf8: envelope.smtpUtf8 === true, raw });
          callback();
        });
      },
    });
    server.on("error", () => {});
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    const bound = server.server.address();
    port = typeof bound === "object" && bound ? bound.port : 0;
    servers.push(server);
  }
  bed = await openMailflowTestbed((services) => ({
    ...services,
    outbound: {
      kind: "mx",
      port,
      allowsPrivate: true,
      resolver: {
        resolveMx: async (domain) => [{ exchange: domain.replace(/^.*\.(?=\w+\.test$)/, ""), priority: 10 }],
        resolveAddresses: async (host) => [ages[host]?.address ?? "127.0.0.1"],
      },
    },
    sts: {
      async resolveTxt(name) {
        if (policies[name.replace("_mta-sts.", "")] !== undefined) return ["v=STSv1; id=one;"];
        throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
      },
      fetchPolicy: async (domain) => policies[domain] ?? "",
    },
  }));
  await bed.newTenant("casa.test");
  ada = await bed.newAccount("ada@casa.test");
});
afterAll(async () => {
  for (const server of servers) await new Promise<void>((resolve) => server.close(resolve));
  await bed?.close();
});
beforeEach(() => {
  taken.length = 0;
});

async function send(to: string, raw: string): Promise<readonly Taken[]> {
  const client = nodemailer.createTransport({
    host: "127.0.0.1",
    port: bed.submission.port,
    ignoreTLS: true,
    auth: { user: "ada@casa.test", pass: "secret" },
  });
  await client.sendMail({ envelope: { from: "ada@casa.test", to }, raw: `From: ada@casa.test\r\n${raw}` });
  await bed.drain();
  return [...taken];
}
const ascii = "Subject: hi\r\n\r\nhello\r\n";
/** The last step of a message, with its words. */
async function lastStep(recipient: string): Promise<string> {
  const steps = await bed.database.db.tenant(ada.tenantId, (tx) => selectEvents(tx, { address: recipient, limit: 1 }));
  return steps.map(({ kind, detail }) => `${kind} ${detail}`).join();
}
const lastReport = async () => (await bed.messages(ada)).at(-1)?.raw ?? "";

test("a server whose handshake fails gets the message in clear at once, and the trace says so", async () => {
  expect(await send("guest@rusty.test", ascii)).toMatchObject([{ to: "guest@rusty.test", isSecure: false }]);
  expect(await lastStep("guest@rusty.test")).toMatch(
    /^sent in clear, for the encryption that the server offers failed/,
  );
});

test("a server whose handshake works gets it encrypted, and nothing is said of clear", async () => {
  expect(await send("guest@modern.test", ascii)).toMatchObject([{ to: "guest@modern.test", isSecure: true }]);
  expect(await lastStep("guest@modern.test")).toMatch(/^sent 250/);
});

test("a broken handshake leads to nothing in clear where a policy demands encryption", async () => {
  policies["bound.rusty.test"] = "version: STSv1\r\nmode: enforce\r\nmx: rusty.test\r\nmax_age: 86400\r\n";
  expect(await send("guest@bound.rusty.test", ascii)).toEqual([]);
  expect(await lastStep("guest@bound.rusty.test")).toMatch(/^deferred (?!.*in clear)/);
});

test.each([
  ["an address", "josé@plain.test", ascii, "5.6.7"],
  ["a header", "header@plain.test", "Subject: città\r\n\r\nhello\r\n", "5.6.9"],
  ["a body", "body@plain.test", "Subject: hi\r\n\r\ncittà\r\n", "5.6.3"],
])(
  "%s outside ASCII does not go to a server that does not offer it, and comes back",
  async (_what, to, raw, status) => {
    expect(await send(to, raw)).toEqual([]);
    expect(await lastStep(to)).toContain("bounced");
    const report = await lastReport();
    expect(report).toContain(`\r\nStatus: ${status}\r\n`);
    const written = to.startsWith("josé") ? "utf-8; jos\\x{E9}@plain.test" : `rfc822; ${to}`;
    expect(report).toContain(`\r\nFinal-Recipient: ${written}\r\n`);
    expect(report).toContain(`\r\n    ${to}\r\n`);
  },
);

test.each([
  ["an address", "josé@modern.test", ascii, true],
  ["a header", "header@modern.test", "Subject: città\r\n\r\nhello\r\n", true],
  ["a body", "body@modern.test", "Subject: hi\r\n\r\ncittà\r\n", false],
])(
  "%s outside ASCII goes unchanged to a server that offers it, named as it must be",
  async (_what, to, raw, isUtf8) => {
    expect(await send(to, raw)).toMatchObject([
      { to, isUtf8, raw: expect.stringContaining(raw.split("\r\n\r\n")[1] ?? "-") },
    ]);
    expect(taken[0]?.raw).toContain(/^Subject: .*$/m.exec(raw)?.[0]);
  },
);

test("what needs nothing goes to a server that offers nothing", async () => {
  expect(await send("guest@plain.test", ascii)).toMatchObject([{ to: "guest@plain.test", isUtf8: false }]);
});
