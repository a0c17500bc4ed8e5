import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { BearerOffer } from "@casaforte/kernel";
import { MemoryLogger } from "@casaforte/testkit";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type SmtpLimits, type SmtpListener, type SmtpRole, serveSmtp } from "./index.ts";
import { memorySmtp } from "./memory/index.ts";
import { selfSigned } from "./test-certificate.ts";

const clock = {
  nowMs: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};
let tls: { key: string; cert: string };
let listener: SmtpListener | undefined;
const logger = new MemoryLogger();
beforeAll(async () => {
  tls = await selfSigned();
});
afterEach(async () => listener?.close(1));

async function start(
  role: SmtpRole,
  limits: Partial<SmtpLimits> = {},
  how: "none" | "starttls" | "implicit" = "none",
  more: { bearer?: BearerOffer } = {},
) {
  const memory = memorySmtp({ passwords: { "ada@example.org": "secret" }, tokens: { tok: "ada@example.org" } });
  listener = await serveSmtp(
    { role, backend: memory.backend, hostname: "mx.test", clock, logger, limits, tls, ...more },
    { host: "127.0.0.1", port: 0, tls: how },
  );
  return { memory, port: listener.port };
}

/** A client that reads whole replies. */
class Wire {
  socket: Socket;
  #text = "";
  #wake: () => void = () => {};
  isClosed = false;
  constructor(socket: Socket) {
    this.socket = socket;
    this.watch(socket);
  }
  watch(socket: Socket): void {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#text += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on("error", () => {});
  }
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].trimEnd();
      }
      if (this.isClosed) return "(closed)";
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
  async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }
}
async function dial(port: number): Promise<Wire> {
  const wire = new Wire(connect(port, "127.0.0.1"));
  await wire.reply();
  return wire;
}
async function toData(wire: Wire): Promise<void> {
  await wire.say("EHLO client.test");
  await wire.say("MAIL FROM:<bob@elsewhere.test>");
  await wire.say("RCPT TO:<ada@example.org>");
  expect(await wire.say("DATA")).toMatch(/^354/);
}

describe("mx", () => {
  test("takes what is asked about reports as far as RFC 3461 lets it be, and LMTP does not offer it", async () => {
    const { port } = await start("mx");
    const wire = await dial(port);
    await wire.say("EHLO client.test");
    expect(await wire.say(`MAIL FROM:<bob@elsewhere.test> ENVID=${"x".repeat(101)}`)).toMatch(/^501 5\.5\.4 /);
    expect(await wire.say("MAIL FROM:<bob@elsewhere.test> RET=SOME")).toMatch(/^501 /);
    expect(await wire.say("MAIL FROM:<bob@elsewhere.test> RET=FULL ENVID=a+2Bb")).toMatch(/^250 /);
    const original = `rfc822;${"x".repeat(494)}`;
    expect(await wire.say(`RCPT TO:<ada@example.org> ORCPT=${original}`)).toMatch(/^501 5\.5\.4 /);
    expect(await wire.say("RCPT TO:<ada@example.org> NOTIFY=NEVER,SUCCESS")).toMatch(/^501 /);
    expect(await wire.say("RCPT TO:<ada@example.org> NOTIFY=DELAY ORCPT=rfc822;ada@example.org")).toMatch(/^250 /);
    await listener?.close(1);
    const lmtp = await dial((await start("lmtp")).port);
    expect(await lmtp.say("LHLO client.test")).not.toContain("DSN");
  });

  test("one message, from greeting to QUIT", async () => {
    const { memory, port } = await start("mx", { messageBytesMax: 1000 });
    const wire = new Wire(connect(port, "127.0.0.1"));
    const log = [await wire.reply()];
    for (const line of [
      "EHLO client.test",
      "MAIL FROM:<bob@elsewhere.test> SIZE=30",
      "RCPT TO:<ada@example.org>",
      "RCPT TO:<nobody@example.org>",
      "RCPT TO:<full@example.org>",
      "RCPT TO:<x@other.test>",
      "DATA",
      "Subject: hi\r\n\r\n..dot\r\n.",
      "VRFY ada",
      "AUTH PLAIN AAAA",
      "QUIT",
    ])
      log.push(`> ${line}`, await wire.say(line));
    expect(log.join("\n")).toMatchInlineSnapshot(`
      "220 mx.test ESMTP Casaforte
      > EHLO client.test
      250-mx.test Nice to meet you, [127.0.0.1]
      250-PIPELINING
      250-8BITMIME
      250-SMTPUTF8
      250-ENHANCEDSTATUSCODES
      250-DSN
      250 SIZE 1000
      > MAIL FROM:<bob@elsewhere.test> SIZE=30
      250 2.1.0 Accepted
      > RCPT TO:<ada@example.org>
      250 2.1.5 Accepted
      > RCPT TO:<nobody@example.org>
      550 5.1.1 no such user
      > RCPT TO:<full@example.org>
      452 4.2.2 mailbox full
      > RCPT TO:<x@other.test>
      550 5.7.1 relaying denied
      > DATA
      354 End data with <CR><LF>.<CR><LF>
      > Subject: hi

      ..dot
      .
      250 2.6.0 OK: queued as m1
      > VRFY ada
      500 5.5.2 Error: command not recognized
      > AUTH PLAIN AAAA
      500 5.5.2 Error: command not recognized
      > QUIT
      221 2.0.0 Bye"
    `);
    expect(memory.messages).toEqual([
      {
        sender: "bob@elsewhere.test",
        recipients: ["ada@example.org"],
        user: null,
        text: "Subject: hi\r\n\r\n.dot\r\n",
      },
    ]);
  });

  test.each([
    ["bare LF", "Subject: x\r\n\r\nfirst\nsecond\r\n.\r\n", /^550 5\.6\.11 /],
    ["bare CR", "Subject: x\r\n\r\nfirst\rsecond\r\n.\r\n", /^550 5\.6\.11 /],
    ["a smuggled end of data", "Subject: x\r\n\r\nfirst\n.\nMAIL FROM:<a@b.test>\n.\r\n\r\n.\r\n", /^550 5\.6\.11 /],
    [
      "a smuggled end of data with CRLF before",
      "Subject: x\r\n\r\nfirst\r\n.\nMAIL FROM:<a@b.test>\r\n.\r\n",
      /^550 5\.6\.11 /,
    ],
    ["a loop", `${"Received: by x\r\n".repeat(50)}\r\n.\r\n`, /^554 5\.4\.6 /],
    [
      "too large a message",
      `a: b\r\n\r\n${"x".repeat(70)}\r\n`.concat("y\r\n".repeat(30_000), ".\r\n"),
      /^552 5\.3\.4 /,
    ],
  ])("refuses %s after the final dot, keeps nothing and goes on", async (_name, data, reply) => {
    const { memory, port } = await start("mx", { messageBytesMax: 60_000 });
    const wire = await dial(port);
    await toData(wire);
    wire.socket.write(data);
    expect(await wire.reply()).toMatch(reply);
    expect(await wire.say("NOOP")).toMatch(/^250/);
    expect(memory.messages).toEqual([]);
    await toData(wire);
    expect(await wire.say("Subject: good\r\n\r\nx\r\n.")).toMatch(/^250 2\.6\.0 OK: queued as m1$/);
  });

  test("a client that goes away in the middle of a message leaves nothing", async () => {
    const { memory, port } = await start("mx");
    const wire = await dial(port);
    await toData(wire);
    wire.socket.write("Subject: half\r\n\r\nhalf");
    wire.socket.destroy();
    const next = await dial(port);
    await toData(next);
    expect(await next.say("Subject: whole\r\n\r\nx\r\n.")).toMatch(/^250/);
    expect(memory.messages.map((message) => message.text)).toEqual(["Subject: whole\r\n\r\nx\r\n"]);
  });

  test("a bug in the backend is a 451 that tells nothing, and is logged", async () => {
    const memory = memorySmtp();
    listener = await serveSmtp(
      {
        role: "mx",
        backend: { ...memory.backend, rcptTo: () => Promise.reject(new TypeError("inner secret")) },
        hostname: "mx.test",
        clock,
        logger,
      },
      { host: "127.0.0.1", port: 0, tls: "none" },
    );
    const wire = await dial(listener.port);
    await wire.say("EHLO client.test");
    await wire.say("MAIL FROM:<>");
    expect(await wire.say("RCPT TO:<ada@example.org>")).toBe("451 4.3.0 internal error, try again later");
    expect(logger.events.some((event) => event.event === "smtp.failed")).toBe(true);
  });

  test("too many errors end the connection", async () => {
    const { port } = await start("mx", { errorsMax: 3 });
    const wire = await dial(port);
    await wire.say("EHLO client.test");
    await wire.say("MAIL FROM:<>");
    const replies = [];
    for (let index = 0; index < 4; index++) replies.push(await wire.say("RCPT TO:<x@other.test>"));
    expect(replies.at(2)).toMatch(/^550/);
    expect(replies.at(3)).toMatch(/^421 4\.7\.0 /);
    expect(await wire.reply()).toBe("(closed)");
  });

  test("connections of one address are bounded", async () => {
    const { port } = await start("mx", { connectionsPerAddressMax: 2 });
    const open = [await dial(port), await dial(port)];
    const third = new Wire(connect(port, "127.0.0.1"));
    expect(await third.reply()).toMatch(/^421 4\.7\.0 /);
    expect(open).toHaveLength(2);
  });

  test("closing lets a message under way finish and tells idle clients", async () => {
    const { memory, port } = await start("mx");
    const busy = await dial(port);
    const idle = await dial(port);
    await idle.say("EHLO idle.test");
    await toData(busy);
    const closed = listener?.close(5_000);
    expect(await idle.reply()).toMatch(/^421 4\.3\.2 /);
    expect(await busy.say("Subject: last\r\n\r\nx\r\n.")).toMatch(/^250/);
    expect(memory.messages).toHaveLength(1);
    busy.socket.destroy();
    await closed;
  });
});

describe("submission", () => {
  const plain = (name: string, password: string) => Buffer.from(`\0${name}\0${password}`).toString("base64");

  test("nothing is taken before STARTTLS and AUTH, and AUTH is not offered in clear", async () => {
    const { memory, port } = await start("submission", {}, "starttls");
    const wire = await dial(port);
    expect(await wire.say("EHLO client.test")).not.toMatch(/AUTH/);
    expect(await wire.say(`AUTH PLAIN ${plain("ada@example.org", "secret")}`)).toMatch(/^5\d\d /);
    expect(await wire.say("MAIL FROM:<ada@example.org>")).toMatch(/^530 5\.7\.0/);
    expect(await wire.say("STARTTLS")).toMatch(/^220/);
    const plainSocket = wire.socket;
    plainSocket.removeAllListeners("data");
    const secure = connectTls({ socket: plainSocket, rejectUnauthorized: false });
    await new Promise((resolve) => secure.once("secureConnect", resolve));
    wire.watch(secure);
    expect(await wire.say("EHLO client.test")).toMatch(/AUTH PLAIN LOGIN/);
    expect(await wire.say("MAIL FROM:<ada@example.org>")).toMatch(/^530 5\.7\.0/);
    expect(await wire.say(`AUTH PLAIN ${plain("ada@example.org", "wrong")}`)).toMatch(/^535 5\.7\.8 /);
    expect(await wire.say(`AUTH PLAIN ${plain("ada@example.org", "secret")}`)).toMatch(/^235/);
    expect(await wire.say("MAIL FROM:<ada@example.org>")).toMatch(/^250/);
    expect(await wire.say("RCPT TO:<anybody@anywhere.test>")).toMatch(/^250/);
    await wire.say("DATA");
    expect(await wire.say("Subject: s\r\n\r\nx\r\n.")).toMatch(/^250/);
    expect(memory.messages[0]?.user).toBe("ada@example.org");
  });

  test("commands injected in clear after STARTTLS are not run inside TLS", async () => {
    const { memory, port } = await start("submission", {}, "starttls");
    const wire = await dial(port);
    await wire.say("EHLO client.test");
    expect(await wire.say("STARTTLS\r\nRSET\r\nNOOP")).toMatch(/^220/);
    const plainSocket = wire.socket;
    plainSocket.removeAllListeners("data");
    const secure = connectTls({ socket: plainSocket, rejectUnauthorized: false });
    await new Promise((resolve) => secure.once("secureConnect", resolve));
    wire.watch(secure);
    expect(await wire.say("EHLO client.test")).toMatch(/^250-mx\.test/);
    expect(memory.messages).toEqual([]);
  });

  test("three wrong passwords end the connection", async () => {
    const { port } = await start("submission", {}, "implicit");
    const secure = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    const wire = new Wire(secure);
    await wire.reply();
    await wire.say("EHLO client.test");
    const replies = [];
    for (let index = 0; index < 3; index++)
      replies.push(await wire.say(`AUTH PLAIN ${plain("ada@example.org", "no")}`));
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(["535", "535", "421"]);
  });

  const bearer = { metadataUrl: "https://webmail.test/.well-known/oauth-authorization-server", scope: "smtp" };
  const of = (text: string) => Buffer.from(text).toString("base64");
  const encrypted = async (port: number) => {
    const wire = new Wire(connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }));
    await wire.reply();
    return { wire, ehlo: await wire.say("EHLO client.test") };
  };

  test("RFC 7628: an access token signs in by OAUTHBEARER and XOAUTH2, at once or after a continuation", async () => {
    const { memory, port } = await start("submission", {}, "implicit", { bearer });
    const responses = {
      OAUTHBEARER: [of("n,a=ada@example.org,\x01auth=Bearer tok\x01\x01"), of("n,,\x01auth=Bearer tok\x01\x01")],
      XOAUTH2: [of("user=ada@example.org\x01auth=Bearer tok\x01\x01")],
    };
    for (const [mechanism, texts] of Object.entries(responses))
      for (const text of texts)
        for (const isInitial of [true, false]) {
          const { wire, ehlo } = await encrypted(port);
          expect(ehlo).toMatch(/AUTH PLAIN LOGIN OAUTHBEARER XOAUTH2/);
          if (!isInitial) expect(await wire.say(`AUTH ${mechanism}`)).toMatch(/^334/);
          expect(await wire.say(isInitial ? `AUTH ${mechanism} ${text}` : text)).toMatch(/^235/);
          await wire.say("MAIL FROM:<ada@example.org>");
          await wire.say("RCPT TO:<anybody@anywhere.test>");
          await wire.say("DATA");
          expect(await wire.say("Subject: s\r\n\r\nx\r\n.")).toMatch(/^250/);
          expect(memory.messages.at(-1)?.user).toBe("ada@example.org");
          wire.socket.destroy();
        }
  });

  test("RFC 7628 §3.2.2: who shows a token that is not good is told where one is had, and three times is the end", async () => {
    const { port } = await start("submission", {}, "implicit", { bearer });
    const { wire } = await encrypted(port);
    expect(await wire.say(`AUTH OAUTHBEARER ${of("n,a=bob@example.org")}`)).toMatch(/^501 5\.5\.2 /);
    await wire.say("AUTH OAUTHBEARER");
    expect(await wire.say("*")).toMatch(/^501 /);
    const shown = [
      `OAUTHBEARER ${of("n,a=bob@example.org,\x01auth=Bearer tok\x01\x01")}`,
      `XOAUTH2 ${of("user=ada@example.org\x01auth=Bearer wrong\x01\x01")}`,
      `OAUTHBEARER ${of("n,a=ada@example.org,\x01auth=\x01\x01")}`,
    ];
    const replies: string[] = [];
    for (const each of shown) {
      const told = await wire.say(`AUTH ${each}`);
      expect(told).toMatch(/^334 /);
      expect(JSON.parse(Buffer.from(told.slice(4), "base64").toString())).toEqual({
        ...{ status: "invalid_token", scope: "smtp", "openid-configuration": bearer.metadataUrl },
      });
      replies.push(await wire.say("AQ=="));
    }
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(["535", "535", "421"]);
    expect(JSON.stringify(logger.events)).not.toMatch(/Bearer|wrong/);
  });

  test("no token is taken where none is given out", async () => {
    const { port } = await start("submission", {}, "implicit");
    const { wire, ehlo } = await encrypted(port);
    expect(ehlo).not.toMatch(/OAUTH/);
    for (const mechanism of ["OAUTHBEARER", "XOAUTH2"])
      expect(await wire.say(`AUTH ${mechanism} ${of("n,,\x01auth=Bearer tok\x01\x01")}`)).toMatch(/^504/);
  });
});
