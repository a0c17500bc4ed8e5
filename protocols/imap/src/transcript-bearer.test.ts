import { runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { greeting, setUp } from "./transcript-session.test-support.ts";

const bearer = { metadataUrl: "https://webmail.test/.well-known/oauth-authorization-server", scope: "imap" };
const of = (text: string) => Buffer.from(text).toString("base64");
const shown = (token: string, user = "bob") => of(`n,a=${user},\x01host=mail.test\x01auth=Bearer ${token}\x01\x01`);
const refusal = of(
  `{"status":"invalid_token","scope":"imap","openid-configuration":"https://webmail.test/.well-known/oauth-authorization-server"}`,
);

test("RFC 7628: an access token signs in by OAUTHBEARER and XOAUTH2, at once or after a continuation, with or without a name", async () => {
  const { connect } = setUp({ bearer });
  await runTranscript(
    [connect(), connect(), connect(), connect()],
    `S: * OK [CAPABILITY <<.*>> SASL-IR AUTH=PLAIN AUTH=OAUTHBEARER AUTH=XOAUTH2] Casaforte ready
    C: a AUTHENTICATE OAUTHBEARER ${shown("opensesame")}
    S: a OK [CAPABILITY <<.*>>] Signed in
    2${greeting}
    2C: a AUTHENTICATE OAUTHBEARER
    2S: + 
    2C: ${of("n,,\x01auth=Bearer opensesame\x01\x01")}
    2S: a OK [CAPABILITY <<.*>>] Signed in
    3${greeting}
    3C: a AUTHENTICATE XOAUTH2 ${of("user=bob\x01auth=Bearer opensesame\x01\x01")}
    3S: a OK [CAPABILITY <<.*>>] Signed in
    4${greeting}
    4C: a AUTHENTICATE XOAUTH2
    4S: + 
    4C: *
    4S: a BAD AUTHENTICATE cancelled`,
  );
});

test("RFC 7628 §3.2.2: who shows a token that is not good is told where one is had, answers, and is refused; it counts as a failed login", async () => {
  const { connect, over, logger } = setUp({ bearer, limits: { failedLogins: 3 } });
  await runTranscript(
    connect(),
    `${greeting}
    C: a AUTHENTICATE OAUTHBEARER ${shown("wrong")}
    S: + ${refusal}
    C: AQ==
    S: a NO [AUTHENTICATIONFAILED] The token is not valid
    C: b AUTHENTICATE XOAUTH2 ${of("user=ann\x01auth=Bearer opensesame\x01\x01")}
    S: + ${refusal}
    C: 
    S: b NO [AUTHENTICATIONFAILED] The token is not valid
    C: c AUTHENTICATE OAUTHBEARER ${of("n,a=bob,\x01auth=\x01\x01")}
    S: + ${refusal}
    C: AQ==
    S: * BYE Too many failed logins
    S# end`,
  );
  await over();
  expect(JSON.stringify(logger.events)).toMatch(/imap\.login_refused/);
  expect(JSON.stringify(logger.events)).not.toMatch(/wrong|opensesame|QmVhcmVy/);
});

test("no token is taken where none is given out, in clear, or malformed", async () => {
  const { connect } = setUp();
  const inClear = setUp({ bearer, secure: false });
  const offering = setUp({ bearer });
  await runTranscript(
    [connect(), inClear.connect(), offering.connect()],
    `S: * OK [CAPABILITY <<.*>> AUTH=PLAIN] Casaforte ready
    C: a AUTHENTICATE OAUTHBEARER ${shown("opensesame")}
    S: a NO [CANNOT] Unknown mechanism
    2S: * OK [CAPABILITY <<.*>> STARTTLS LOGINDISABLED] Casaforte ready
    2C: a AUTHENTICATE OAUTHBEARER ${shown("opensesame")}
    2S: a NO [PRIVACYREQUIRED] Use TLS before you sign in
    3${greeting}
    3C: a AUTHENTICATE OAUTHBEARER ${of("bob\0tok")}
    3S: a BAD Malformed SASL response
    3C: b AUTHENTICATE XOAUTH2 ${shown("opensesame")}
    3S: b BAD Malformed SASL response`,
  );
});
