import { FakeClock, MemoryConnection, MemoryLogger, runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { MemoryManageSieveBackend } from "./memory/index.ts";
import { readCommand } from "./read-command.ts";
import { serveManageSieve } from "./serve-managesieve.ts";

const bearer = { metadataUrl: "https://webmail.test/.well-known/oauth-authorization-server", scope: "imap" };
const of = (text: string) => Buffer.from(text).toString("base64");
const refusal = of(
  `{"status":"invalid_token","scope":"imap","openid-configuration":"https://webmail.test/.well-known/oauth-authorization-server"}`,
);

function setUp(secure = true, isOffered = false) {
  const clock = new FakeClock();
  const backend = new MemoryManageSieveBackend();
  backend.addAccount("bob", "secret", "tok");
  const shutdown = new AbortController();
  const sessions: Promise<void>[] = [];
  const connect = (): MemoryConnection => {
    const connection = new MemoryConnection({ secure, startTls: true });
    const options = { bearer: isOffered ? bearer : null };
    const services = { backend, clock, logger: new MemoryLogger(), signal: shutdown.signal, options };
    sessions.push(serveManageSieve(connection.server, services));
    return connection;
  };
  return { clock, backend, connect, shutdown, over: () => Promise.all(sessions) };
}

const told = (sasl: string, ...more: string[]): string =>
  [
    '"IMPLEMENTATION" "Casaforte"',
    `"SASL" "${sasl}"`,
    '"SIEVE" "fileinto vacation"',
    ...more,
    '"MAXREDIRECTS" "4"',
    '"VERSION" "1.0"',
  ]
    .map((line) => `S: ${line}\n`)
    .join("");
const plain = Buffer.from("\0bob\0secret").toString("base64");
const wrong = Buffer.from("\0bob\0guess").toString("base64");
const greeting = `${told("PLAIN")}S: OK "Casaforte ready"\n`;
const signedIn = `${greeting}C: AUTHENTICATE "PLAIN" "${plain}"\nS: OK "Welcome"\n`;

test("a whole visit: store, list, activate, read, rename, delete", async () => {
  const { connect, over } = setUp();
  await runTranscript(
    connect(),
    String.raw`${signedIn}
    C: HAVESPACE "a" 100
    S: OK "There is room"
    C: HAVESPACE "a" 100000
    S: NO (QUOTA/MAXSIZE) "the script is too long"
    C!: PUTSCRIPT "vacanze \xc3\xa8" {5+}\r\nkeep;\r\n
    S: OK "Stored"
    C: PUTSCRIPT "b" "discard;"
    S: OK "Stored"
    C: PUTSCRIPT "b" "nonsense"
    S: NO "line 1: nonsense is not known"
    C: CHECKSCRIPT "stop;"
    S: OK "The script can run"
    C: SETACTIVE "b"
    S: OK "The script is active"
    C: LISTSCRIPTS
    S: "b" ACTIVE
    S: "vacanze è"
    S: OK "Listed"
    C: GETSCRIPT "b"
    S: {8}
    S: discard;
    S: OK "Read"
    C: GETSCRIPT "none"
    S: NO (NONEXISTENT) "there is no such script"
    C: DELETESCRIPT "b"
    S: NO (ACTIVE) "the script is active"
    C: RENAMESCRIPT "b" "vacanze è"
    S: NO (ALREADYEXISTS) "there is such a script already"
    C: RENAMESCRIPT "b" "c\"d"
    S: OK "Renamed"
    C: SETACTIVE ""
    S: OK "No script is active"
    C: DELETESCRIPT "c\"d"
    S: OK "Deleted"
    C: PUTSCRIPT "1" "a"
    S: OK "Stored"
    C: PUTSCRIPT "2" "a"
    S: OK "Stored"
    C: PUTSCRIPT "3" "a"
    S: NO (QUOTA/MAXSCRIPTS) "there are too many scripts"
    C: NOOP "here"
    S: OK (TAG {4}
    S: here) "Done"
    C: LOGOUT
    S: OK "Goodbye"
    S# end`,
  );
  await over();
});

test("R59: no password is taken before TLS; what came in clear before the handshake is forgotten", async () => {
  const { connect, over } = setUp(false);
  await runTranscript(
    connect(),
    String.raw`${told("", '"STARTTLS"')}S: OK "Casaforte ready"
    C: AUTHENTICATE "PLAIN" "${plain}"
    S: NO (ENCRYPT-NEEDED) "Use TLS before you sign in"
    C: LISTSCRIPTS
    S: NO "Sign in first"
    C!: STARTTLS\r\nAUTHENTICATE "PLAIN" "${plain}"\r\n
    S: OK "Begin TLS now"
    ${told("PLAIN")}
    S: OK "TLS is active"
    C: STARTTLS
    S: NO "TLS is already active"
    C: AUTHENTICATE "PLAIN"
    S: ""
    C: "${plain}"
    S: OK "Welcome"
    C: AUTHENTICATE "PLAIN" "${plain}"
    S: NO "You are signed in already"
    C: LOGOUT
    S: OK "Goodbye"
    S# end`,
  );
  await over();
});

test("R59: wrong passwords, bad commands and long literals end the session", async () => {
  const { connect, over } = setUp();
  const guess = `C: AUTHENTICATE "PLAIN" "${wrong}"\n`;
  await runTranscript(
    connect(),
    `${greeting}${`${guess}S: NO "name or password is wrong"\n`.repeat(4)}${guess}S: BYE "name or password is wrong"\nS# end`,
  );
  await runTranscript(
    connect(),
    `${greeting}${'C: FROB\nS: NO "The command is not known"\n'.repeat(9)}C: FROB\nS: BYE "There were too many bad commands"\nS# end`,
  );
  await runTranscript(
    connect(),
    `${greeting}C: AUTHENTICATE "PLAIN" {5000+}\nS: BYE "the literal is too long"\nS# end`,
  );
  await runTranscript(
    connect(),
    `${greeting}C: NOOP "${"a".repeat(9_000)}"\nS: BYE "a quoted string does not end on its line"\nS# end`,
  );
  await runTranscript(
    connect(),
    `${greeting}C: NOOP a b c d e f g\nS: NO "there are too many arguments"\nC: LOGOUT\nS: OK "Goodbye"\nS# end`,
  );
  await over();
});

test("silence and a shutdown end the session with a word", async () => {
  const { clock, connect, shutdown, over } = setUp();
  const silent = connect();
  await runTranscript(silent, greeting);
  await clock.advance(60_000);
  await runTranscript(silent, 'S: BYE "You have been silent for too long"\nS# end');
  const open = connect();
  await runTranscript(open, signedIn);
  shutdown.abort();
  await runTranscript(open, 'S: BYE (TRYLATER) "The server is shutting down"\nS# end');
  await over();
});

test("a command is the same however its bytes are split", () => {
  const bounds = { lineBytes: 200, literalBytes: 100 };
  const bytes = 'PUTSCRIPT "a\\"b" {7+}\r\nke\r\n"{;\r\nNOOP\r\n';
  const whole = readCommand(bytes, bounds);
  expect(whole).toEqual({
    kind: "command",
    command: { name: "PUTSCRIPT", written: "PUTSCRIPT", arguments: ['a"b', 'ke\r\n"{;'] },
    usedBytes: bytes.length - "NOOP\r\n".length,
  });
  for (let cut = 0; cut < bytes.length - "NOOP\r\n".length; cut++)
    expect(readCommand(bytes.slice(0, cut), bounds), `cut at ${cut}`).toEqual({ kind: "more" });
});

test("RFC 7628: an access token signs in by OAUTHBEARER and XOAUTH2; a refused one is told where one is had", async () => {
  const { connect } = setUp(true, true);
  const welcome = `${told("PLAIN OAUTHBEARER XOAUTH2")}S: OK "Casaforte ready"`;
  await runTranscript(
    [connect(), connect()],
    `${welcome}
    C: AUTHENTICATE "OAUTHBEARER" "${of("n,a=ann,\x01auth=Bearer tok\x01\x01")}"
    S: "${refusal}"
    C: "AQ=="
    S: NO "the token is not valid"
    C: AUTHENTICATE "OAUTHBEARER" "${of("n,a=bob")}"
    S: NO "Malformed SASL response"
    C: AUTHENTICATE "OAUTHBEARER" "${of("n,a=bob,\x01auth=Bearer tok\x01\x01")}"
    S: OK "Welcome"
    ${welcome.replaceAll("S: ", "2S: ")}
    2C: AUTHENTICATE "XOAUTH2"
    2S: ""
    2C: "${of("user=bob\x01auth=Bearer tok\x01\x01")}"
    2S: OK "Welcome"`,
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
      `C: AUTHENTICATE "PLAIN" "${plain}"\nS: NO (TRYLATER) "the database cannot be reached"`,
    );
  backend.isAway = false;
  await runTranscript(connection, `C: AUTHENTICATE "PLAIN" "${plain}"\nS: OK "Welcome"`);
});
