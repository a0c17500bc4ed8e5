import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

describe("REPLACE (RFC 8508)", () => {
  const open = async () => {
    const { connect, mail } = setUp();
    for (let count = 0; count < 3; count++) mail.deliver("INBOX", plain);
    const [one, two] = [connect(), connect()];
    await runTranscript(one, `${signIn}${selectInbox}`);
    await runTranscript(two, `${signIn}${selectInbox}`);
    return { one, two };
  };

  test("is offered, puts the new message in the old one's place and tells every session", async () => {
    const { one, two } = await open();
    await runTranscript(
      one,
      String.raw`C: c CAPABILITY
      S: * CAPABILITY <<.*>> REPLACE <<.*>>
      S: c OK CAPABILITY completed
      C!: a REPLACE 2 INBOX (\Draft) {14+}\r\nSubject: D\r\n\r\n\r\n
      S: * OK [APPENDUID <<v=\d+>> 4] Replacement message ready
      S: * 2 EXPUNGE
      S: * 3 EXISTS
      S*: a OK REPLACE completed
      C: f UID FETCH 4 (FLAGS)
      S: * 3 FETCH (UID 4 FLAGS (<<.*>>))
      S: f OK FETCH completed
      C!: b UID REPLACE 1 INBOX {14}\r\n
      S: + OK
      C!: Subject: E\r\n\r\n\r\n
      S: * OK [APPENDUID <<v>> 5] Replacement message ready
      S: * 1 EXPUNGE
      S: * 3 EXISTS
      S*: b OK REPLACE completed`,
    );
    await runTranscript(
      two,
      String.raw`C: n NOOP
      S*: n OK NOOP completed
      C: f UID FETCH 1:* (UID)
      S: * 1 FETCH (UID 3)
      S: * 2 FETCH (UID 4)
      S: * 3 FETCH (UID 5)
      S: f OK FETCH completed`,
    );
  });

  test("keeps the old message when the new one is refused, and reads past what is sent", async () => {
    const { one } = await open();
    await runTranscript(
      one,
      String.raw`C!: a UID REPLACE 9 INBOX {14+}\r\nSubject: D\r\n\r\n\r\n
      S: a NO [CANNOT] There is no such message
      C!: b REPLACE 9 INBOX {14+}\r\nSubject: D\r\n\r\n\r\n
      S: b BAD No such message
      C!: c REPLACE 1 Nowhere {14+}\r\nSubject: D\r\n\r\n\r\n
      S: c NO [TRYCREATE] No such mailbox
      C!: d REPLACE 1 INBOX {14+}\r\nSubject: D\r\n\r\n {14+}\r\nSubject: E\r\n\r\n\r\n
      S: d BAD One message replaces another
      C: e REPLACE 1 INBOX
      S: e BAD <<.*>>
      C: s STATUS INBOX (MESSAGES UIDNEXT)
      S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4)
      S: s OK STATUS completed
      C: x EXAMINE INBOX
      S*: x OK [READ-ONLY] EXAMINE completed
      C!: y REPLACE 1 INBOX {14+}\r\nSubject: D\r\n\r\n\r\n
      S: y NO [CANNOT] The mailbox is open read-only`,
    );
  });
});
