import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { greeting, setUp } from "./transcript-session.test-support.ts";

describe("before login", () => {
  test("CAPABILITY, NOOP, ID and LOGOUT answer", async () => {
    const { connect, over } = setUp();
    await runTranscript(
      connect(),
      `${greeting}
      C: a CAPABILITY
      S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- ID ENABLE SASL-IR AUTH=PLAIN
      S: a OK CAPABILITY completed
      C: b NOOP
      S: b OK NOOP completed
      C: c ID ("name" "test" "version" NIL)
      S: * ID ("name" "Casaforte")
      S: c OK ID completed
      C: d LOGOUT
      S: * BYE Logging out
      S: d OK LOGOUT completed
      S# end`,
    );
    await over();
  });

  test("LOGIN is refused without TLS, and STARTTLS throws away what was sent before the handshake", async () => {
    const { connect } = setUp({ secure: false });
    await runTranscript(
      connect(),
      String.raw`S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- ID ENABLE SASL-IR STARTTLS LOGINDISABLED] Casaforte ready
      C: a LOGIN bob secret
      S: a NO [PRIVACYREQUIRED] Use TLS before you sign in
      C!: b STARTTLS\r\nx LOGIN bob secret\r\n
      S: b OK Begin TLS now
      C: c CAPABILITY
      S: * CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- ID ENABLE SASL-IR AUTH=PLAIN
      S: c OK CAPABILITY completed
      C: d SELECT INBOX
      S: d BAD SELECT is not allowed now`,
    );
  });

  test("LOGIN takes literals of both kinds and AUTHENTICATE takes an initial response or a continuation", async () => {
    const { connect } = setUp();
    await runTranscript(
      [connect(), connect(), connect(), connect()],
      String.raw`${greeting}
      C: a LOGIN {3}
      S: + OK
      C!: bob {6+}\r\nsecret\r\n
      S: a OK [CAPABILITY <<.*>>] Signed in
      2${greeting}
      2C: a AUTHENTICATE PLAIN AGJvYgBzZWNyZXQ=
      2S: a OK [CAPABILITY <<.*>>] Signed in
      3${greeting}
      3C: a AUTHENTICATE PLAIN
      3S: + 
      3C: AGJvYgBzZWNyZXQ=
      3S: a OK [CAPABILITY <<.*>>] Signed in
      4${greeting}
      4C: a AUTHENTICATE PLAIN
      4S: + 
      4C: *
      4S: a BAD AUTHENTICATE cancelled
      4C: b AUTHENTICATE PLAIN AGJvYgB3cm9uZw==
      4S: b NO [AUTHENTICATIONFAILED] Wrong user name or password`,
    );
  });

  test("a refusal that needs an app password reaches the person as an alert", async () => {
    const { connect } = setUp({ needsAppPassword: true });
    await runTranscript(connect(), `${greeting}C: a LOGIN bob secret\nS: a NO [ALERT] Use an app password`);
  });

  test("a sign-in that nobody could judge is no failed one", async () => {
    const { connect, backend } = setUp({ limits: { failedLogins: 2 } });
    const connection = connect();
    backend.isAway = true;
    const away = "S: <<.>> NO [UNAVAILABLE] the database cannot be reached\n";
    await runTranscript(connection, `${greeting}C: a LOGIN bob secret\n${away}C: b LOGIN bob secret\n${away}`);
    await runTranscript(connection, `C: c AUTHENTICATE PLAIN AGJvYgBzZWNyZXQ=\n${away}`);
    backend.isAway = false;
    await runTranscript(
      connection,
      `C: d LOGIN bob guess
      S: d NO [AUTHENTICATIONFAILED] <<.*>>
      C: e LOGIN bob secret
      S: e OK [CAPABILITY <<.*>>] Signed in`,
    );
  });

  test("too many failed logins and too many bad commands end the connection", async () => {
    const { connect, over } = setUp({ limits: { failedLogins: 2, badCommandsBeforeLogin: 3 } });
    await runTranscript(
      [connect(), connect()],
      `${greeting}
      C: a LOGIN bob x
      S: a NO [AUTHENTICATIONFAILED] Wrong user name or password
      C: b LOGIN bob x
      S: * BYE Too many failed logins
      S# end
      2${greeting}
      2C: a WHAT
      2S: a BAD Unknown command
      2C: 
      2C: (
      2S: * BAD A command begins with a tag
      2C: c LOGIN bob
      2S: c BAD Expected a space
      2S: * BYE Too many bad commands
      2S# end`,
    );
    await over();
  });

  test("lines and literals beyond the limits are refused", async () => {
    const { connect } = setUp({ limits: { lineBytesBeforeLogin: 100 } });
    await runTranscript(
      [connect(), connect()],
      `${greeting}
      C: a LOGIN ${"x".repeat(200)} y
      S: * BAD The line is too long
      C: b NOOP
      S: b OK NOOP completed
      C: c LOGIN {5000}
      S: c BAD The literal is too large
      2${greeting}
      2C: c LOGIN {5000+}
      2S: c BAD The literal is too large
      2S# end`,
    );
  });
});
