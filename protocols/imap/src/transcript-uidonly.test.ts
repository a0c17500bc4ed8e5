import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

const uidOnly = String.raw`${signIn}
  C: u ENABLE UIDONLY
  S: * ENABLED UIDONLY
  S: u OK ENABLE completed
  `;

/** Three messages, with UIDs 2, 4 and 5. */
async function threeMessages() {
  const bed = setUp();
  for (let count = 0; count < 5; count++) bed.mail.deliver("INBOX", plain);
  await runTranscript(
    bed.connect(),
    String.raw`${signIn}${selectInbox}
      C: a STORE 1,3 +FLAGS.SILENT (\Deleted)
      S: a OK STORE completed
      C: b EXPUNGE
      S: * 3 EXPUNGE
      S: * 1 EXPUNGE
      S: b OK <<.*>>EXPUNGE completed
      C: c LOGOUT
      S*: c OK LOGOUT completed`,
  );
  return bed;
}

describe("UIDONLY (RFC 9586)", () => {
  test("messages are told by UID alone: in FETCH, STORE, SEARCH, EXPUNGE and MOVE", async () => {
    const { connect } = await threeMessages();
    await runTranscript(
      connect(),
      String.raw`${uidOnly}
      C: s SELECT INBOX
      S: * 3 EXISTS
      S: * 0 RECENT
      S: * FLAGS (<<.*>>)
      S: * OK [PERMANENTFLAGS (<<.*>>)] Flags kept
      S: * OK [UIDVALIDITY <<\d+>>] UIDs valid
      S: * OK [UIDNEXT 6] Next UID
      S: * OK [HIGHESTMODSEQ <<\d+>>] Highest modseq
      S: * OK [MAILBOXID (<<.*>>)] Mailbox id
      S: s OK [READ-WRITE] SELECT completed
      C: a UID FETCH 1:* (FLAGS)
      S: * 2 UIDFETCH (FLAGS ())
      S: * 4 UIDFETCH (FLAGS ())
      S: * 5 UIDFETCH (FLAGS ())
      S: a OK FETCH completed
      C: b UID FETCH 4 (UID RFC822.SIZE)
      S: * 4 UIDFETCH (UID 4 RFC822.SIZE 147)
      S: b OK FETCH completed
      C: c UID FETCH 4 (BODY[HEADER.FIELDS (Subject)])
      S: * 4 UIDFETCH (BODY[HEADER.FIELDS (SUBJECT)] {18}
      S: Subject: First
      S:
      S:  FLAGS (\Seen))
      S: c OK FETCH completed
      C: d UID STORE 5 +FLAGS (\Deleted)
      S: * 5 UIDFETCH (FLAGS (\Deleted))
      S: d OK STORE completed
      C: e UID SEARCH RETURN (ALL) UNSEEN
      S: * ESEARCH (TAG "e") UID ALL 2,5
      S: e OK SEARCH completed
      C: f UID SEARCH NOT DELETED
      S: * SEARCH 2 4
      S: f OK SEARCH completed
      C: g EXPUNGE
      S: * VANISHED 5
      S: g OK <<.*>>EXPUNGE completed
      C: h CREATE Old
      S: h OK <<.*>>CREATE completed
      C: i UID MOVE 2 Old
      S: * OK [COPYUID <<\d+>> 2 1] <<.*>>
      S: * VANISHED 2
      S: i OK <<.*>>MOVE completed`,
    );
  });

  test("commands, search keys and match data with message numbers are refused, and nothing is done", async () => {
    const { connect } = await threeMessages();
    await runTranscript(
      connect(),
      String.raw`${uidOnly}
      C: k CAPABILITY
      S: * CAPABILITY <<.*>> UIDONLY <<.*>>
      S: k OK CAPABILITY completed
      ${selectInbox}
      C: a FETCH 1 FLAGS
      S: a BAD [UIDREQUIRED] Use UID FETCH
      C: b STORE 1 +FLAGS (\Deleted)
      S: b BAD [UIDREQUIRED] Use UID STORE
      C: c SEARCH ALL
      S: c BAD [UIDREQUIRED] Use UID SEARCH
      C: d COPY 1 INBOX
      S: d BAD [UIDREQUIRED] Use UID COPY
      C: e MOVE 1 INBOX
      S: e BAD [UIDREQUIRED] Use UID MOVE
      C: f SORT (DATE) UTF-8 ALL
      S: f BAD [UIDREQUIRED] Use UID SORT
      C: g THREAD REFERENCES UTF-8 ALL
      S: g BAD [UIDREQUIRED] Use UID THREAD
      C: h REPLACE 1 INBOX {14}
      S: h BAD [UIDREQUIRED] Use UID REPLACE
      C: i UID SEARCH OR SEEN NOT 1:2
      S: i BAD [UIDREQUIRED] Name messages by UID
      C: j UID SEARCH RETURN (SAVE) UID 4
      S: j OK SEARCH completed
      C: l UID SEARCH $
      S: * SEARCH 4
      S: l OK SEARCH completed
      C: m UID FETCH $ (FLAGS)
      S: * 4 UIDFETCH (FLAGS ())
      S: m OK FETCH completed
      C: n ENABLE QRESYNC
      S: * ENABLED QRESYNC
      S: n OK ENABLE completed
      C: o SELECT INBOX (QRESYNC (1 1 1:4 (1,2 1,2)))
      S: o BAD [UIDREQUIRED] Message numbers are not used
      C: p SELECT INBOX (QRESYNC (1 1 1:4))
      S*: p OK [READ-WRITE] SELECT completed`,
    );
  });

  test("what other sessions do is told by UID too, with the new messages' number", async () => {
    const { connect, mail } = await threeMessages();
    const watching = connect();
    const doing = connect();
    await runTranscript(watching, `${uidOnly}${selectInbox}`);
    await runTranscript(
      doing,
      String.raw`${signIn}${selectInbox}
      C: a STORE 1 +FLAGS (\Flagged)
      S: * 1 FETCH (FLAGS (\Flagged))
      S: a OK STORE completed
      C: b STORE 2 +FLAGS.SILENT (\Deleted)
      S: b OK STORE completed
      C: c EXPUNGE
      S: * 2 EXPUNGE
      S: c OK <<.*>>EXPUNGE completed`,
    );
    mail.deliver("INBOX", plain);
    await runTranscript(
      watching,
      String.raw`
      C: d NOOP
      S: * 2 UIDFETCH (FLAGS (\Flagged))
      S: * VANISHED 4
      S: * 3 EXISTS
      S: * 1 RECENT
      S: d OK NOOP completed`,
    );
  });
});
