import { runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

test("CATENATE (RFC 4469) bounds texts, parts and the whole, and asks for no text that is too long", async () => {
  const { connect, mail } = setUp({ limits: { catenateTextBytes: 10, catenateParts: 2, appendBytes: 60 } });
  mail.deliver("INBOX", plain);
  const one = connect();
  await runTranscript(one, `${signIn}${selectInbox}`);
  await runTranscript(
    one,
    String.raw`C!: a APPEND INBOX CATENATE (TEXT {6+}\r\nabcdef TEXT {6+}\r\nabcdef)\r\n
    S: a NO [TOOBIG] The text is too long
    C: b APPEND INBOX CATENATE (TEXT {11}
    S: b NO [TOOBIG] The text is too long
    C!: c APPEND INBOX CATENATE (TEXT {1+}\r\na TEXT {1+}\r\nb TEXT {1+}\r\nc)\r\n
    S: c NO [TOOBIG] Too many parts in one message
    C: d APPEND INBOX CATENATE (URL "/INBOX/;UID=1")
    S: d NO [TOOBIG] A message may have 60 bytes
    C: e APPEND INBOX CATENATE (URL "/INBOX/;UID=1/;PARTIAL=9999")
    S: e NO [CANNOT] An empty message is not appended
    C!: f APPEND INBOX CATENATE (TEXT {6+}\r\nX: y\r\n URL "/INBOX/;UID=1/;SECTION=TEXT")\r\n
    S*: f OK [APPENDUID <<\d+>> 2] APPEND completed`,
  );
  expect(plain.length).toBeGreaterThan(60);
});
