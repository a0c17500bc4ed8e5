import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { plain, setUp, signIn } from "./transcript-session.test-support.ts";

describe("IMAP4rev2 (RFC 9051)", () => {
  test("once enabled: LIST in SELECT, no \\Recent, ESEARCH for SEARCH, names in UTF-8, CLOSED; other sessions keep rev1", async () => {
    const { connect, mail } = setUp();
    mail.deliver("INBOX", plain);
    const [two, one] = [connect(), connect()];
    await runTranscript(
      [two, one],
      String.raw`${signIn}
      C: a ENABLE IMAP4rev2 NOTHING
      S: * ENABLED IMAP4rev2
      S: a OK ENABLE completed
      C: b SELECT INBOX
      S: * 1 EXISTS
      S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
      S: * OK [PERMANENTFLAGS (<<.*>>)] Flags kept
      S: * OK [UNSEEN 1] First unseen message
      S: * OK [UIDVALIDITY <<\d+>>] UIDs valid
      S: * OK [UIDNEXT 2] Next UID
      S: * OK [HIGHESTMODSEQ <<\d+>>] Highest modseq
      S: * OK [MAILBOXID (<<.*>>)] Mailbox id
      S: * LIST () "/" INBOX
      S: b OK [READ-WRITE] SELECT completed
      C: c FETCH 1 FLAGS
      S: * 1 FETCH (FLAGS ())
      S: c OK FETCH completed
      C: d SEARCH UNSEEN
      S: * ESEARCH (TAG "d") ALL 1
      S: d OK SEARCH completed
      C: e UID SEARCH SEEN
      S: * ESEARCH (TAG "e") UID
      S: e OK SEARCH completed
      C: f CREATE "Caffè"
      S: f OK <<.*>>
      C: g LIST "" Ca*
      S: * LIST (\HasNoChildren) "/" "Caffè"
      S: g OK LIST completed
      C: h SELECT "Caffè"
      S: * OK [CLOSED] The earlier mailbox is closed
      S*: h OK [READ-WRITE] SELECT completed
      2S: * OK [CAPABILITY <<.*>>] Casaforte ready
      2C: l LOGIN bob secret
      2S: l OK [CAPABILITY <<.*>>] Signed in
      2C: b SELECT INBOX
      2S: * 1 EXISTS
      2S: * 1 RECENT
      2S*: b OK [READ-WRITE] SELECT completed
      2C: c SEARCH ALL
      2S: * SEARCH 1
      2S: c OK SEARCH completed`,
    );
  });
});
