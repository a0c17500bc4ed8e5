import { runTranscript } from "@casaforte/testkit";
import { test } from "vitest";
import { greeting, setUp } from "./transcript-session.test-support.ts";

const url = "https://jmap.example.net/.well-known/jmap";
const signedInWith = (capabilities: string) =>
  `${greeting}C: l LOGIN bob secret\nS: l OK [CAPABILITY ${capabilities}] Signed in\n`;

test("RFC 9698: who may use JMAP with the same password is told so, and where it is", async () => {
  const { connect, mail } = setUp();
  mail.jmap = { url, isOpenToLogin: true };
  await runTranscript(
    connect(),
    `${signedInWith("<<.* OBJECTID .* JMAPACCESS( .*)?>>")}
    C: a GETJMAPACCESS
    S: * JMAPACCESS "${url}"
    S: a OK GETJMAPACCESS completed
    C: b GETJMAPACCESS now
    S: b BAD <<.*>>
    `,
  );
});

test("RFC 9698: whose password JMAP does not take is told where it is, and nothing is promised", async () => {
  const { connect, mail } = setUp();
  mail.jmap = { url, isOpenToLogin: false };
  await runTranscript(
    connect(),
    `${signedInWith("<<((?!JMAPACCESS).)*>>")}
    C: a GETJMAPACCESS
    S: * JMAPACCESS "${url}"
    S: a OK GETJMAPACCESS completed
    `,
  );
});

test("RFC 9698: without JMAP the command is refused", async () => {
  const { connect } = setUp();
  await runTranscript(
    connect(),
    `${greeting}C: x GETJMAPACCESS
    S: x BAD <<.*>>
    C: l LOGIN bob secret
    S: l OK [CAPABILITY <<((?!JMAPACCESS).)*>>] Signed in
    C: a GETJMAPACCESS
    S: a BAD There is no JMAP here
    `,
  );
});
