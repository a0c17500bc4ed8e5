import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { plain, setUp, signIn } from "./transcript-session.test-support.ts";

describe("QRESYNC", () => {
  test("SELECT with the last state tells what changed and vanished; VANISHED replaces EXPUNGE", async () => {
    const { connect, mail } = setUp();
    for (let count = 0; count < 4; count++) mail.deliver("INBOX", plain);
    const known = await runTranscript(
      connect(),
      String.raw`${signIn}
      C: a ENABLE QRESYNC
      S: * ENABLED QRESYNC
      S: a OK ENABLE completed
      C: b SELECT INBOX
      S*: * OK [UIDVALIDITY <<v=\d+>>] UIDs valid
      S*: * OK [HIGHESTMODSEQ <<m=\d+>>] Highest modseq
      S*: b OK [READ-WRITE] SELECT completed
      C: c STORE 1,3 +FLAGS.SILENT (\Deleted)
      S: * 1 FETCH (UID 1 MODSEQ (<<\d+>>))
      S: * 3 FETCH (UID 3 MODSEQ (<<\d+>>))
      S: c OK STORE completed
      C: d EXPUNGE
      S: * VANISHED 1,3
      S: d OK [HIGHESTMODSEQ <<m2=\d+>>] EXPUNGE completed
      C: e STORE 2 +FLAGS.SILENT (\Seen)
      S: * 2 FETCH (UID 4 MODSEQ (<<m3=\d+>>))
      S: e OK STORE completed
      C: f UID FETCH 1:* (FLAGS) (CHANGEDSINCE <<m>> VANISHED)
      S: * VANISHED (EARLIER) 1,3
      S: * 2 FETCH (UID 4 FLAGS (\Seen \Recent) MODSEQ (<<m3>>))
      S: f OK FETCH completed`,
    );
    await runTranscript(
      connect(),
      String.raw`${signIn}
      C: a ENABLE QRESYNC CONDSTORE
      S: * ENABLED QRESYNC CONDSTORE
      S: a OK ENABLE completed
      C: b SELECT INBOX (QRESYNC (<<v>> <<m>> 1:4 (1,2 1,2)))
      S*: * OK [MAILBOXID (<<.*>>)] Mailbox id
      S: * VANISHED (EARLIER) 1,3
      S: * 2 FETCH (UID 4 FLAGS (\Seen) MODSEQ (<<m3>>))
      S: b OK [READ-WRITE] SELECT completed
      C: c SELECT INBOX (QRESYNC (1 <<m>>))
      S: * OK [CLOSED] The earlier mailbox is closed
      S*: * OK [MAILBOXID (<<.*>>)] Mailbox id
      S: c OK [READ-WRITE] SELECT completed`,
      known,
    );
  });
});
