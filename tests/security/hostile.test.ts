import { readFile } from "node:fs/promises";
import { connect as connectPlain, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { depth } from "../support/depth.test-support.ts";
import { until } from "../support/until.test-support.ts";
import {
  bodyTables,
  deep,
  endpoints,
  insides,
  letters,
  longPiece,
  mebibyte,
  memory,
  mistakes,
  noise,
  nothing,
  post,
  product,
  repeat,
  rssOf,
  sessions,
  shout,
  tlsVersion,
  unfit,
  variants,
} from "./hostile.test-support.ts";

/** Growth of the server's memory over everything that follows. */
const growthBytesMax = 400 * mebibyte;

/** Bodies of which it is long to read that they are wrong. */
const heavy: [string, string][] = [
  ["100,000 levels", deep(100_000)],
  ["100,000 levels of objects", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`],
  ["2 MiB", JSON.stringify({ login: "a".repeat(2 * mebibyte) })],
  ["60,000 fields", JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`f${n}`, 1])))],
];

describe("the faces", () => {
  test.each(Object.keys(mistakes))(
    "R60: each field of each request, put to %s, is refused with a type and at once",
    async (name) => {
      const mistake = mistakes[name];
      if (!mistake) throw new Error(name);
      const wrong: string[] = [];
      let tried = 0;
      for (const [face, table] of bodyTables)
        for (const [route, rule] of Object.entries(table)) {
          if (!rule.body || route.includes("/jmap/")) continue;
          for (const [field, body] of variants(rule.body(nothing), mistake)) {
            // What the browser's authenticator says is opaque to us: its library refuses it with the whole.
            tried++;
            const startedMs = Date.now();
            wrong.push(...unfit(`${face} ${route} ${field}`, await post(face, route, JSON.stringify(body))));
            if (Date.now() - startedMs > 5_000)
              wrong.push(`${face} ${route} ${field}: took ${Date.now() - startedMs} ms`);
          }
        }
      expect(wrong).toEqual([]);
      if (name !== "a negative number") expect(tried).toBeGreaterThan(50);
    },
    120_000,
  );

  test.each([
    ["a body that would change every object", '{"__proto__":{"isAdmin":true}}'],
    ["a body that would change every class", '{"constructor":{"prototype":{"isAdmin":true}}}'],
    ["null", "null"],
    ["an array", "[]"],
    ["a number", "1e999"],
    ["half a body", '{"login":"a'],
    ["nothing", ""],
    ...heavy,
  ])(
    "R60: %s for a body is refused everywhere",
    async (what, json) => {
      const wrong: string[] = [];
      const turn = heavy.findIndex(([name]) => name === what);
      let nth = 0;
      for (const [face, table] of bodyTables)
        for (const [route, rule] of Object.entries(table)) {
          if (!rule.body) continue;
          // Each route gets one of the heavy in its turn, and each at depth.
          if (turn >= 0 && depth(nth++ % heavy.length, turn) !== turn) continue;
          wrong.push(...unfit(`${face} ${route}`, await post(face, route, json)));
        }
      expect(wrong).toEqual([]);
      expect(Object.hasOwn(Object.prototype, "isAdmin")).toBe(false);
    },
    60_000,
  );

  test("R60: depth inside a field whose content is opaque to us is refused too", async () => {
    const response = (inner: string) =>
      `{"name":"k","response":{"id":"a","rawId":"a","type":"public-key","clientExtensionResults":{},"response":{"x":${inner}}}}`;
    expect(unfit("passkeys", await post("console", "POST /api/auth/passkeys", response(deep(50_000))))).toEqual([]);
    expect(unfit("passkeys", await post("console", "POST /api/auth/passkeys", response(`"${letters}"`)))).toEqual([]);
  });

  test("R60: JMAP answers depth, width and endless references without falling over", async () => {
    const using = '"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail"]';
    const session = await sessions.webmail?.ask<{ primaryAccounts?: Record<string, string> }>("GET", "/jmap/session");
    const accountId = Object.values(session?.primaryAccounts ?? {})[0] ?? "none";
    const filter = `${'{"operator":"NOT","conditions":['.repeat(5_000)}{"text":"x"}${"]}".repeat(5_000)}`;
    for (const calls of [
      `[["Email/query",{"accountId":"${accountId}","filter":${filter}},"a"]]`,
      `[["Email/get",{"accountId":"${accountId}","ids":${JSON.stringify(Array.from({ length: 50_000 }, () => "x"))}},"a"]]`,
      `[["Email/query",{"accountId":"${accountId}","filter":{"text":"${letters}"}},"a"]]`,
      ...["/*", "/0"].map(
        (one) =>
          `[["Core/echo",{"a":${"[".repeat(1_000)}${"]".repeat(1_000)}},"a"],["Email/get",{"accountId":"${accountId}","#ids":{"resultOf":"a","name":"Core/echo","path":"/a${one.repeat(50_000)}"}},"b"]]`,
      ),
      `[["Mailbox/set",{"accountId":"${accountId}","create":{"a":{"name":"${letters}","__proto__":{"x":1}}}},"a"]]`,
      `[${Array.from({ length: 5_000 }, (_, n) => `["Core/echo",{},"${n}"]`).join()}]`,
      deep(100_000),
    ]) {
      const reply = await post("webmail", "POST /jmap/api", `{${using},"methodCalls":${calls}}`);
      expect(reply.status, reply.text.slice(0, 300)).toBeLessThan(500);
      expect(reply.text).not.toMatch(insides);
      expect(reply.text.length).toBeLessThan(mebibyte);
      expect(reply.text).toMatch(/"type"|"methodResponses"|"code"/);
    }
  });

  test("R60: the vault refuses hostile bodies with a type", async () => {
    for (const json of [
      '{"__proto__":{"x":1},"token":"cf_enrol_x"}',
      JSON.stringify({ token: letters, name: letters, os: "linux", hostname: letters, agentVersion: letters }),
      deep(100_000),
      "null",
      JSON.stringify({ token: "x".repeat(2 * mebibyte) }),
    ]) {
      const reply = await fetch(`${endpoints.vault}/vault/v1/enrolments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: json,
      });
      expect(unfit("enrolments", { status: reply.status, text: await reply.text() })).toEqual([]);
    }
  });
});

// Most of their time they listen to what comes.
describe.concurrent("the mail ports", () => {
  const ports = ["imap", "pop3", "smtp", "submission"] as const;

  test.each(ports)("R59: %s keeps nothing of a line of 64 MiB, and refuses it", async (name) => {
    const { received, isClosed } = await shout(endpoints[name], [...repeat(longPiece, 1_000), "\r\n"]);
    expect(isClosed || /BAD|-ERR|5\d\d/.test(received)).toBe(true);
    expect(received.length).toBeLessThan(64 * 1024);
  });

  test.each(ports)("R59: %s survives noise", async (name) => {
    const { received } = await shout(endpoints[name], repeat(noise, 50));
    expect(received).not.toMatch(insides);
    expect(received.length).toBeLessThan(256 * 1024);
  });

  test.each(ports)("R59: %s ends a client that talks rubbish for ever", async (name) => {
    const { isClosed, received } = await shout(endpoints[name], repeat("x RUBBISH rubbish\r\n", 20_000));
    expect(isClosed).toBe(true);
    expect(received.length).toBeLessThan(256 * 1024);
  });

  test.each([
    "a LOGIN {4294967295}\r\n",
    "a LOGIN {99999999999999999999}\r\n",
    "a LOGIN {-1}\r\n",
    "a LOGIN {0000000000000000000000000000000000000001}\r\n",
    "a LOGIN {1000000+}\r\n",
    "a APPEND INBOX {67108864+}\r\n",
    "a AUTHENTICATE PLAIN {4000000+}\r\n",
  ])("R59: IMAP lets nobody who is not signed in announce so much: %s", async (line) => {
    const { received, isClosed } = await shout(endpoints.imap, [line, ...repeat(longPiece, 400)]);
    expect(received).not.toMatch(/^\+ /m);
    expect(received).not.toMatch(/a OK/);
    expect(isClosed || /a (BAD|NO)/.test(received)).toBe(true);
  });

  test("R59: SMTP bounds commands, recipients and what comes before a sender", async () => {
    const hello = "EHLO test.example\r\n";
    const long = await shout(endpoints.smtp, [hello, `MAIL FROM:<${letters}@a.example>\r\n`]);
    expect(long.received).toMatch(/^[45]\d\d/m);
    function* guesses() {
      for (let n = 0; n < 2_000; n++) yield `RCPT TO:<guess-${n}@${endpoints.demo.domain}>\r\n`;
    }
    const many = await shout(endpoints.smtp, [hello, "MAIL FROM:<a@a.example>\r\n", ...guesses()], 3_000);
    expect(many.isClosed).toBe(true);
    expect(many.received).toMatch(/^[45]\d\d/m);
    expect((many.received.match(/^250 /gm) ?? []).length).toBeLessThan(110);
    const early = await shout(endpoints.submission, [hello, "DATA\r\n", ...repeat(longPiece, 200)]);
    expect(early.received).not.toMatch(/^354/m);
    const open = await shout(endpoints.smtp, [
      hello,
      "MAIL FROM:<a@a.example>\r\nRCPT TO:<someone@elsewhere.example>\r\n",
    ]);
    expect(open.received).toMatch(/^550|^554|^5\d\d/m);
  });

  test("R59: POP3 and IMAP say nothing more to who asks before signing in", async () => {
    const imap = await shout(endpoints.imap, ['a SELECT INBOX\r\nb FETCH 1:* BODY[]\r\nc LIST "" *\r\n']);
    expect(imap.received).not.toMatch(/^[abc] OK/m);
    const pop = await shout(endpoints.pop3, ["STAT\r\nRETR 1\r\nLIST\r\n"]);
    expect((pop.received.match(/^\+OK/gm) ?? []).length).toBe(1);
  });
});

describe.concurrent("TLS", () => {
  test("R11: imaps, pop3s and smtps refuse TLS 1.0 and 1.1 and take 1.2 and 1.3", async () => {
    for (const name of ["imaps", "pop3s", "smtps"] as const) {
      expect(await tlsVersion(endpoints[name], "TLSv1")).toBeNull();
      expect(await tlsVersion(endpoints[name], "TLSv1.1")).toBeNull();
      expect(await tlsVersion(endpoints[name], "TLSv1.2")).toBe("TLSv1.2");
      expect(await tlsVersion(endpoints[name], "TLSv1.3")).toBe("TLSv1.3");
    }
  });

  test("the client of this test does speak TLS 1.1 with a server that allows it", async () => {
    const pem = (name: string) => readFile(join(product.directory, "tls", name), "utf8");
    const server = createTlsServer({
      key: await pem("key.pem"),
      cert: await pem("cert.pem"),
      minVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const at = server.address();
    const port = typeof at === "object" && at ? at.port : 0;
    expect(await tlsVersion({ host: "127.0.0.1", port }, "TLSv1.1")).toBe("TLSv1.1");
    server.close();
  });

  test("R11: what is sent in clear behind STARTTLS is not taken for part of the encrypted session", async () => {
    const { received } = await shout(endpoints.imap, ["a STARTTLS\r\nb NOOP\r\n"]);
    expect(received).not.toMatch(/b OK/);
    const smtp = await shout(endpoints.submission, ["EHLO a\r\nSTARTTLS\r\nNOOP\r\n"]);
    expect(smtp.received.split(/^220 /m).at(-1)).not.toMatch(/250/);
  });
});

describe("slow readers", () => {
  async function imapWithBigMessage(): Promise<Socket> {
    const account = endpoints.demo.mailAccounts[2];
    if (!account) throw new Error("no account");
    const { host, port } = endpoints.imap;
    const socket = connectPlain({ host, port });
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    const says = (pattern: RegExp) => until(`IMAP ${pattern}`, () => pattern.test(received));
    await says(/^\* OK/m);
    socket.write(`a LOGIN ${account.address} ${account.password}\r\n`);
    await says(/^a OK/m);
    const message = `Subject: big\r\n\r\n${"0123456789abcdef".repeat(64)}\r\n`.padEnd(20 * mebibyte, "big line\r\n");
    socket.write(`b APPEND INBOX {${message.length}}\r\n`);
    await says(/^\+ /m);
    socket.write(`${message}\r\n`);
    await says(/^b OK/m);
    socket.write("c SELECT INBOX\r\n");
    await says(/^c OK/m);
    socket.removeAllListeners("data");
    socket.pause();
    return socket;
  }

  test("R59: a client that asks for gigabytes and reads nothing does not fill the server's memory", async () => {
    const socket = await imapWithBigMessage();
    const before = rssOf(product.pid);
    socket.on("error", () => {});
    for (let n = 0; n < 100; n++) socket.write(`f${n} FETCH * BODY[]\r\n`);
    let most = 0;
    const untilMs = Date.now() + 4_000;
    await until("the end of the watch", () => {
      most = Math.max(most, rssOf(product.pid));
      return Date.now() > untilMs;
    });
    socket.destroy();
    expect(most - before).toBeLessThan(150 * mebibyte);
  });
});

test("R60: after all of this it serves on, its memory is bounded, and no bug was logged", async () => {
  expect(product.pid).toBeGreaterThan(0);
  for (const face of ["console", "operator", "webmail"] as const)
    expect((await sessions[face]?.send("GET", "/api/auth/session"))?.status).toBe(200);
  expect((await fetch(`${endpoints.vault}/vault/v1/hello`)).status).toBe(200);
  for (const name of ["imap", "pop3", "smtp", "submission"] as const)
    expect((await shout(endpoints[name], [], 100)).received).toMatch(/^(\* OK|\+OK|220)/);
  await until("memory to come back", () => rssOf(product.pid) - memory.atStart < growthBytesMax);
  const log = await readFile(join(product.directory, "casaforte.log"), "utf8");
  expect(log.split("\n").filter((line) => /"http.failed"|net.session_failed|uncaught|unhandled/.test(line))).toEqual(
    [],
  );
}, 60_000);
