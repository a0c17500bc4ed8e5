import { FakeClock, MemoryConnection, MemoryLogger, runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { MemoryPop3Backend } from "./memory/index.ts";
import { servePop3 } from "./serve-pop3.ts";

const bearer = { metadataUrl: "https://webmail.test/.well-known/oauth-authorization-server", scope: "pop3" };
const of = (text: string) => Buffer.from(text).toString("base64");
const refusal = of(
  `{"status":"invalid_token","scope":"pop3","openid-configuration":"https://webmail.test/.well-known/oauth-authorization-server"}`,
);

function setUp(secure = true, isOffered = false) {
  const clock = new FakeClock();
  const backend = new MemoryPop3Backend();
  const inbox = backend.addAccount("bob", "se cret", "opensesame");
  const shutdown = new AbortController();
  const logger = new MemoryLogger();
  const sessions: Promise<void>[] = [];
  const connect = (): MemoryConnection => {
    const connection = new MemoryConnection({ secure, startTls: true });
    const options = { bearer: isOffered ? bearer : null };
    sessions.push(servePop3(connection.server, { backend, clock, logger, signal: shutdown.signal, options }));
    return connection;
  };
  return { clock, logger, backend, inbox, shutdown, connect, over: () => Promise.all(sessions) };
}

const greeting = "S: +OK Casaforte ready\n";
const signIn = `${greeting}C: USER bob\nS: +OK Send your password\nC: PASS se cret\nS: +OK <<\\d+>> messages\n`;

test("a whole visit: STAT, LIST, UIDL, RETR with stuffed dots, TOP, DELE, RSET, QUIT", async () => {
  const { connect, inbox, over } = setUp();
  inbox.deliver("Subject: one\n\n.dot\n..dots\nend");
  inbox.deliver("Subject: two\n\n1\n2\n3\n");
  await runTranscript(
    connect(),
    String.raw`${signIn}
    C: STAT
    S: +OK 2 <<\d+>>
    C: LIST
    S: +OK List follows
    S: 1 33
    S: 2 25
    S: .
    C: LIST 2
    S: +OK 2 25
    C: LIST 3
    S: -ERR No such message
    C: UIDL
    S: +OK List follows
    S: 1 1-1
    S: 2 1-2
    S: .
    C: UIDL 1
    S: +OK 1 1-1
    C: RETR 1
    S: +OK 33 octets
    S: Subject: one
    S: 
    S: ..dot
    S: ...dots
    S: end
    S: .
    C: TOP 2 2
    S: +OK Top of message follows
    S: Subject: two
    S: 
    S: 1
    S: 2
    S: .
    C: TOP 2 0
    S: +OK Top of message follows
    S: Subject: two
    S: 
    S: .
    C: TOP 2
    S: -ERR TOP needs a message and a number of lines
    C: DELE 1
    S: +OK Marked for deletion
    C: DELE 1
    S: -ERR The message is deleted
    C: STAT
    S: +OK 1 25
    C: RSET
    S: +OK Nothing is marked
    C: DELE 2
    S: +OK Marked for deletion
    C: NOOP
    S: +OK
    C: QUIT
    S: +OK Goodbye
    S# end`,
  );
  await over();
  expect(inbox.messages.map(({ uid }) => uid)).toEqual([1]);
  expect(inbox.openMaildrops).toBe(0);
});

test("a session that ends without QUIT removes nothing and closes its maildrop", async () => {
  const { connect, inbox, over } = setUp();
  inbox.deliver("Subject: one\n\nx\n");
  const connection = connect();
  await runTranscript(connection, `${signIn}C: DELE 1\nS: +OK Marked for deletion`);
  connection.end();
  await over();
  expect(inbox.messages).toHaveLength(1);
  expect(inbox.openMaildrops).toBe(0);
});

test("the snapshot holds while mail arrives; what another session removed reads as gone", async () => {
  const { connect, inbox } = setUp();
  inbox.deliver("Subject: one\n\nx\n");
  const connection = connect();
  await runTranscript(connection, signIn);
  inbox.deliver("Subject: two\n\ny\n");
  inbox.messages = inbox.messages.filter(({ uid }) => uid !== 1);
  await runTranscript(connection, "C: STAT\nS: +OK 1 19\nC: RETR 1\nS: -ERR The message is gone");
});

test("passwords need TLS; STLS throws away what was sent before the handshake", async () => {
  const { connect } = setUp(false);
  await runTranscript(
    connect(),
    String.raw`${greeting}
    C: CAPA
    S: +OK Capabilities follow
    S*: EXPIRE NEVER
    S: STLS
    S: .
    C: USER bob
    S: -ERR [AUTH] Use TLS before you sign in
    C!: STLS\r\nUSER bob\r\nPASS se cret\r\n
    S: +OK Begin TLS now
    C: STAT
    S: -ERR STAT is not allowed now
    C: CAPA
    S: +OK Capabilities follow
    S*: SASL PLAIN
    S: .`,
  );
});

test("AUTH PLAIN with and without an initial response; a refusal carries its code", async () => {
  const { connect } = setUp();
  const plain = Buffer.from("\0bob\0se cret").toString("base64");
  const wrong = Buffer.from("\0bob\0wrong").toString("base64");
  await runTranscript(
    [connect(), connect()],
    `${greeting}
    C: AUTH PLAIN ${wrong}
    S: -ERR [AUTH] Wrong user name or password
    C: AUTH PLAIN ${plain}
    S: +OK 0 messages
    2${greeting}
    2C: AUTH
    2S: +OK Mechanisms follow
    2S: PLAIN
    2S: .
    2C: AUTH PLAIN
    2S: + 
    2C: ${plain}
    2S: +OK 0 messages`,
  );
});

test("unknown commands in a row, long lines and silence end the session", async () => {
  const { connect, clock, over } = setUp();
  const [one, two] = [connect(), connect()];
  await runTranscript(
    one,
    `${greeting}C: ${"x".repeat(5000)}\nS: -ERR The line is too long\n${"C: WHAT\nS: -ERR Unknown command\n".repeat(9)}S# end`,
  );
  await runTranscript(two, signIn);
  await clock.advance(12 * 60_000);
  await runTranscript(two, "S# end");
  await over();
});

test("shutdown is told", async () => {
  const { connect, shutdown, over } = setUp();
  const connection = connect();
  await runTranscript(connection, signIn);
  shutdown.abort();
  await runTranscript(connection, "S: -ERR [SYS/TEMP] The server is shutting down\nS# end");
  await over();
});

test("RFC 7628: an access token signs in by OAUTHBEARER and XOAUTH2; a refused one is told where one is had", async () => {
  const { connect, logger } = setUp(true, true);
  await runTranscript(
    [connect(), connect(), connect()],
    `${greeting}
    C: CAPA
    S*: SASL PLAIN OAUTHBEARER XOAUTH2
    S*: .
    C: AUTH OAUTHBEARER ${of("n,a=ann,\x01auth=Bearer opensesame\x01\x01")}
    S: + ${refusal}
    C: AQ==
    S: -ERR [AUTH] The token is not valid
    C: AUTH OAUTHBEARER ${of("n,a=bob,\x01auth=Bearer opensesame")}
    S: -ERR Malformed SASL response
    C: AUTH OAUTHBEARER ${of("n,a=bob,\x01auth=Bearer opensesame\x01\x01")}
    S: +OK 0 messages
    2${greeting}
    2C: AUTH XOAUTH2
    2S: + 
    2C: ${of("user=bob\x01auth=Bearer opensesame\x01\x01")}
    2S: +OK 0 messages
    3${greeting}
    3C: AUTH
    3S: +OK Mechanisms follow
    3S: PLAIN
    3S: OAUTHBEARER
    3S: XOAUTH2
    3S: .`,
  );
  expect(JSON.stringify(logger.events)).not.toMatch(/opensesame/);
  const { connect: without } = setUp();
  await runTranscript(
    without(),
    `${greeting}C: AUTH OAUTHBEARER ${of("n,,\x01auth=Bearer opensesame\x01\x01")}\nS: -ERR Unknown mechanism`,
  );
});

test("a sign-in that nobody could judge is no failed one", async () => {
  const { connect, backend } = setUp();
  const connection = connect();
  backend.isAway = true;
  await runTranscript(connection, greeting);
  for (let tries = 0; tries < 6; tries++)
    await runTranscript(
      connection,
      `C: USER bob
      S: +OK Send your password
      C: PASS se cret
      S: -ERR [SYS/TEMP] the database cannot be reached`,
    );
  backend.isAway = false;
  await runTranscript(connection, "C: USER bob\nS: +OK Send your password\nC: PASS se cret\nS: +OK 0 messages");
});
