import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { multipart, plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

describe("messages", () => {
  test("SELECT tells the state, EXAMINE claims nothing, a failed SELECT leaves nothing selected", async () => {
    const { connect, mail } = setUp();
    mail.deliver("INBOX", plain, { bits: 1, keywords: ["$Work"] });
    mail.deliver("INBOX", plain);
    await runTranscript(
      connect(),
      String.raw`${signIn}
      C: a EXAMINE INBOX
      S: * 2 EXISTS
      S: * 2 RECENT
      S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work)
      S: * OK [PERMANENTFLAGS ()] Flags kept
      S: * OK [UNSEEN 2] First unseen message
      S: * OK [UIDVALIDITY <<\d+>>] UIDs valid
      S: * OK [UIDNEXT 3] Next UID
      S: * OK [HIGHESTMODSEQ <<\d+>>] Highest modseq
      S: * OK [MAILBOXID (<<.*>>)] Mailbox id
      S: a OK [READ-ONLY] EXAMINE completed
      C: b STORE 1 +FLAGS (\Deleted)
      S: b NO [CANNOT] The mailbox is open read-only
      C: c SELECT INBOX
      S: * 2 EXISTS
      S: * 2 RECENT
      S*: c OK [READ-WRITE] SELECT completed
      C: d SELECT INBOX
      S: * 2 EXISTS
      S: * 0 RECENT
      S*: d OK [READ-WRITE] SELECT completed
      C: e SELECT Missing
      S: e NO [NONEXISTENT] No such mailbox
      C: f CHECK
      S: f BAD CHECK is not allowed now`,
    );
  });

  test("FETCH gives facts, structures and every kind of section", async () => {
    const { connect, mail } = setUp();
    mail.deliver("INBOX", plain);
    mail.deliver("INBOX", multipart);
    await runTranscript(
      connect(),
      String.raw`${signIn}${selectInbox}
      C: a FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)
      S: * 1 FETCH (UID 1 FLAGS (\Recent) INTERNALDATE "10-Jan-2026 00:00:00 +0000" RFC822.SIZE <<size=\d+>> ENVELOPE ("Mon, 5 Jan 2026 10:00:00 +0100" "First" (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) (("Ann" NIL "ann" "example.org")) ((NIL NIL "bob" "example.org")) NIL NIL NIL "<1@example.org>"))
      S: a OK FETCH completed
      C: b FETCH 1 BODY.PEEK[]
      S: * 1 FETCH (BODY[] {<<size>>}
      S: From: Ann <ann@example.org>
      S*: Hello Bob.
      S: )
      S: b OK FETCH completed
      C: c FETCH 2 BODYSTRUCTURE
      S: * 2 FETCH (BODYSTRUCTURE (("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 8 1 NIL NIL NIL NIL)("message" "rfc822" NIL NIL NIL "7bit" 52 (NIL "Inner" ((NIL NIL "dora" "example.org")) ((NIL NIL "dora" "example.org")) ((NIL NIL "dora" "example.org")) NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 1 NIL NIL NIL NIL) 4 NIL NIL NIL NIL) "mixed" ("boundary" "x") NIL NIL NIL))
      S: c OK FETCH completed
      C: d UID FETCH 2 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2.HEADER] BODY.PEEK[2.TEXT] BODY.PEEK[2.1] BODY.PEEK[7])
      S: * 2 FETCH (UID 2 BODY[1] {8}
      S: Part one BODY[1.MIME] {43}
      S: Content-Type: text/plain; charset=utf-8
      S: 
      S:  BODY[2.HEADER] {42}
      S: Subject: Inner
      S: From: dora@example.org
      S: 
      S:  BODY[2.TEXT] {10}
      S: Inner body BODY[2.1] {10}
      S: Inner body BODY[7] NIL)
      S: d OK FETCH completed
      C: e FETCH 1:2 (BODY.PEEK[HEADER.FIELDS (subject "X-None")]<0.12>)
      S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT X-NONE)]<0> {12}
      S: Subject: Fir)
      S: * 2 FETCH (BODY[HEADER.FIELDS (SUBJECT X-NONE)]<0> {12}
      S: Subject: Sec)
      S: e OK FETCH completed
      C: f FETCH 1 (BODY[TEXT]<6.3> BODY[TEXT]<900.3>)
      S: * 1 FETCH (BODY[TEXT]<6> {3}
      S: Bob BODY[TEXT]<900> "" FLAGS (\Seen \Recent))
      S: f OK FETCH completed
      C: g FETCH 1 RFC822.TEXT
      S: * 1 FETCH (RFC822.TEXT {12}
      S: Hello Bob.
      S: )
      S: g OK FETCH completed
      C: h FETCH 3 FLAGS
      S: h BAD No such message
      C: i UID FETCH 99 FLAGS
      S: i OK FETCH completed
      C: j FETCH 1 (EMAILID THREADID)
      S: * 1 FETCH (EMAILID (<<[-0-9a-f]+>>) THREADID (<<[-0-9a-f]+>>))
      S: j OK FETCH completed
      C: k FETCH 2 BODY
      S: * 2 FETCH (BODY (("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 8 1)("message" "rfc822" <<.*>>) "mixed"))
      S: k OK FETCH completed
      C: l FETCH 1 (FLAGS NONSENSE)
      S: l BAD Unknown FETCH item`,
    );
  });

  test("STORE prints, keeps silent, announces keywords first, and refuses by UNCHANGEDSINCE with OK", async () => {
    const { connect, mail } = setUp();
    for (let count = 0; count < 3; count++) mail.deliver("INBOX", plain);
    await runTranscript(
      connect(),
      String.raw`${signIn}${selectInbox}
      C: a STORE 1:2 +FLAGS (\Seen $Work)
      S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work)
      S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Work \*)] Flags kept
      S: * 1 FETCH (FLAGS (\Seen $Work \Recent))
      S: * 2 FETCH (FLAGS (\Seen $Work \Recent))
      S: a OK STORE completed
      C: b STORE 1 -FLAGS.SILENT \Seen
      S: b OK STORE completed
      C: c UID STORE 1 FLAGS \Draft
      S: * 1 FETCH (UID 1 FLAGS (\Draft \Recent))
      S: c OK STORE completed
      C: d FETCH 1:2 (MODSEQ)
      S: * 1 FETCH (MODSEQ (<<m1=\d+>>))
      S: * 2 FETCH (MODSEQ (<<m2=\d+>>))
      S: d OK FETCH completed
      C: e STORE 1:2 (UNCHANGEDSINCE <<m2>>) +FLAGS.SILENT (\Flagged)
      S: * 2 FETCH (UID 2 MODSEQ (<<m3=\d+>>))
      S: e OK [MODIFIED 1] Conditional STORE refused for some
      C: f STORE 1:2 (UNCHANGEDSINCE <<m3>>) +FLAGS (\Flagged)
      S: * 1 FETCH (UID 1 FLAGS (\Flagged \Draft \Recent) MODSEQ (<<m4=\d+>>))
      S: * 2 FETCH (UID 2 FLAGS (\Seen \Flagged $Work \Recent) MODSEQ (<<m3>>))
      S: f OK STORE completed
      C: g FETCH 1:* (UID) (CHANGEDSINCE <<m3>>)
      S: * 1 FETCH (UID 1 MODSEQ (<<m4>>))
      S: g OK FETCH completed
      C: h STORE 1 +FLAGS (\Bogus)
      S: h NO [CANNOT] Unknown system flag
      C: i NOOP
      S: i OK NOOP completed`,
    );
  });

  test("APPEND streams, reports UIDs, takes several messages and refuses before the bytes come", async () => {
    const { connect } = setUp({ limits: { appendBytes: 1000 } });
    await runTranscript(
      connect(),
      String.raw`${signIn}${selectInbox}
      C: a APPEND INBOX (\Seen) "05-Jan-2026 10:00:00 +0100" {18}
      S: + OK
      C!: Subject: a\r\n\r\nxyz!\r\n
      S: * 1 EXISTS
      S: * 1 RECENT
      S: a OK [APPENDUID <<v=\d+>> 1] APPEND completed
      C: b FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])
      S: * 1 FETCH (FLAGS (\Seen \Recent) INTERNALDATE " 5-Jan-2026 09:00:00 +0000" BODY[] {18}
      S: Subject: a
      S: 
      S: xyz!)
      S: b OK FETCH completed
      C!: c APPEND INBOX {3+}\r\nabc (\Draft) {4+}\r\ndefg\r\n
      S: * 3 EXISTS
      S: * 3 RECENT
      S: c OK [APPENDUID <<v>> 2:3] APPEND completed
      C: d APPEND Missing {10}
      S: d NO [TRYCREATE] No such mailbox
      C!: e APPEND {7+}\r\nMissing {5+}\r\nhello\r\nf NOOP\r\n
      S: e NO [TRYCREATE] No such mailbox
      S: f OK NOOP completed
      C: g APPEND INBOX {1001}
      S: g NO [TOOBIG] A message may have 1000 bytes
      C!: h APPEND INBOX (bad flag {5+}\r\nhello\r\ni NOOP\r\n
      S: h BAD <<.*>>
      S: i OK NOOP completed
      C: j APPEND INBOX
      S: j BAD Expected a space
      C: k SELECT INBOX
      S: * 3 EXISTS
      S*: k OK [READ-WRITE] SELECT completed`,
    );
  });

  test("SEARCH answers old and new style, saves results and decodes text", async () => {
    const { connect, mail } = setUp();
    mail.deliver("INBOX", plain, { bits: 1 });
    mail.deliver("INBOX", multipart, { keywords: ["$Work"] });
    mail.deliver("INBOX", plain.replace("First", "=?utf-8?q?Gr=C3=BC=C3=9Fe?="));
    await runTranscript(
      connect(),
      String.raw`${signIn}${selectInbox}
      C: a SEARCH UNSEEN
      S: * SEARCH 2 3
      S: a OK SEARCH completed
      C: b UID SEARCH RETURN (MIN MAX COUNT) OR SEEN KEYWORD $work
      S: * ESEARCH (TAG "b") UID MIN 1 MAX 2 COUNT 2
      S: b OK SEARCH completed
      C: c SEARCH RETURN () SUBJECT first
      S: * ESEARCH (TAG "c") ALL 1
      S: c OK SEARCH completed
      C: d SEARCH RETURN (SAVE) FROM ann
      S: d OK SEARCH completed
      C: e FETCH $ UID
      S: * 1 FETCH (UID 1)
      S: * 3 FETCH (UID 3)
      S: e OK FETCH completed
      C: f SEARCH CHARSET UTF-8 SUBJECT {6}
      S: + OK
      C: GRÜS
      S*: f <<.*>>
      C!: g SEARCH CHARSET UTF-8 SUBJECT {4+}\r\ngr\xc3\xbc\r\n
      S: * SEARCH 3
      S: g OK SEARCH completed
      C: h SEARCH (BODY "hello bob" NOT 3) SENTBEFORE 6-Jan-2026
      S: * SEARCH 1
      S: h OK SEARCH completed
      C: i SEARCH CHARSET KOI8-R ALL
      S: i NO [BADCHARSET (UTF-8 US-ASCII ISO-8859-1)] Unknown charset
      C: j SEARCH MODSEQ 1
      S: * SEARCH 1 2 3 (MODSEQ <<\d+>>)
      S: j OK SEARCH completed
      C: k SEARCH YOUNGER 60
      S: * SEARCH 1 2 3
      S: k OK SEARCH completed
      C: l SEARCH HEADER message-id 2@example LARGER 10
      S: * SEARCH 2
      S: l OK SEARCH completed
      C: m SEARCH 4
      S: m BAD No such message
      C: n SEARCH ((((((((((((((((((ALL))))))))))))))))))
      S: n BAD SEARCH is nested too deep
      C: o SEARCH SEEN BOGUS x
      S: o BAD Unknown SEARCH key`,
    );
  });

  test("COPY, MOVE, EXPUNGE, UID EXPUNGE and CLOSE", async () => {
    const { connect, mail } = setUp();
    for (let count = 0; count < 5; count++) mail.deliver("INBOX", plain);
    await runTranscript(
      connect(),
      String.raw`${signIn}${selectInbox}
      C: a COPY 1:2 Target
      S: a NO [TRYCREATE] No such mailbox
      C: b CREATE Target
      S: b OK [MAILBOXID (<<.*>>)] CREATE completed
      C: c COPY 1:2 Target
      S: c OK [COPYUID <<v=\d+>> 1:2 1:2] COPY completed
      C: d UID MOVE 2,4 Target
      S: * OK [COPYUID <<v>> 2,4 3:4] Moved
      S: * 4 EXPUNGE
      S: * 2 EXPUNGE
      S: d OK MOVE completed
      C: e STORE 1:3 +FLAGS.SILENT (\Deleted)
      S: e OK STORE completed
      C: f UID EXPUNGE 3:4
      S: * 2 EXPUNGE
      S: f OK EXPUNGE completed
      C: g EXPUNGE
      S: * 2 EXPUNGE
      S: * 1 EXPUNGE
      S: g OK EXPUNGE completed
      C: h SELECT Target
      S: * 4 EXISTS
      S*: h OK [READ-WRITE] SELECT completed
      C: i STORE 1 +FLAGS.SILENT (\Deleted)
      S: i OK STORE completed
      C: j CLOSE
      S: j OK CLOSE completed
      C: k SELECT Target
      S: * 3 EXISTS
      S*: k OK [READ-WRITE] SELECT completed
      C: l STORE 1 +FLAGS.SILENT (\Deleted)
      S: l OK STORE completed
      C: m UNSELECT
      S: m OK UNSELECT completed
      C: n STATUS Target (MESSAGES DELETED)
      S: * STATUS "Target" (MESSAGES 3 DELETED 1)
      S: n OK STATUS completed`,
    );
  });
});
