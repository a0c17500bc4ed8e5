import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

const encoded = `Subject: Parts
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Caff=C3=A8 and a long line =
goes on
--x
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

QUIAQ0Q=
--x
Content-Type: application/octet-stream
Content-Transfer-Encoding: x-uuencode

begin
--x--
`;

describe("BINARY (RFC 3516)", () => {
  test("parts come decoded, with their size, as literal8 where they hold a NUL, and in part", async () => {
    const { connect, mail } = setUp();
    mail.deliver("INBOX", encoded);
    await runTranscript(
      connect(),
      String.raw`${signIn}${selectInbox}
      C: a FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.SIZE[9])
      S: * 1 FETCH (BINARY.SIZE[1] 30 BINARY.SIZE[2] 5 BINARY.SIZE[9] 0)
      S: a OK FETCH completed
      C: b FETCH 1 BINARY.PEEK[1]<6.7>
      S: * 1 FETCH (BINARY[1]<6> {7}
      S:  and a )
      S: b OK FETCH completed
      C: c FETCH 1 BINARY.PEEK[2]
      S: * 1 FETCH (BINARY[2] ~{5}
      S: AB${"\0"}CD)
      S: c OK FETCH completed
      C: d FETCH 1 BINARY.PEEK[3]
      S: d NO [UNKNOWN-CTE] The part has a transfer encoding nobody knows
      C: e FETCH 1 BINARY[2]<0.2>
      S: * 1 FETCH (BINARY[2]<0> {2}
      S: AB FLAGS (\Seen \Recent))
      S: e OK FETCH completed
      C: f FETCH 1 BINARY[HEADER]
      S: f BAD <<.*>>`,
    );
  });
});
