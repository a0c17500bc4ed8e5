import { FakeClock, MemoryConnection, MemoryLogger, runTranscript, SeededRandom } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import type { ImapLimits } from "./limits.ts";
import { MemoryImapBackend } from "./memory/index.ts";
import { serveImap } from "./serve-imap.ts";

const plain = `From: Ann <ann@example.org>
To: bob@example.org
Subject: First
Date: Mon, 5 Jan 2026 10:00:00 +0100
Message-ID: <1@example.org>

Hello Bob.
`;

const multipart = `From: Cora <cora@example.org>
To: bob@example.org
Subject: Second
Date: Tue, 6 Jan 2026 10:00:00 +0000
Message-ID: <2@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Part one
--x
Content-Type: message/rfc822

Subject: Inner
From: dora@example.org

Inner body
--x--
`;

function setUp(options: { secure?: boolean; limits?: Partial<ImapLimits>; needsAppPassword?: boolean } = {}) {
  const clock = new FakeClock(Date.UTC(2026, 0, 10));
  const logger = new MemoryLogger();
  const backend = new MemoryImapBackend({ clock, random: new SeededRandom(7) });
  const { needsAppPassword = false } = options;
  const mail = backend.addAccount("bob", "secret", { needsAppPassword });
  const shutdown = new AbortController();
  const sessions: Promise<void>[] = [];
  const connect = (): MemoryConnection => {
    const connection = new MemoryConnection({ secure: options.secure ?? true, startTls: true });
    sessions.push(
      serveImap(connection.server, {
        backend,
        clock,
        logger,
        signal: shutdown.signal,
        limits: options.limits ?? {},
      }),
    );
    return connection;
  };
  return { clock, logger, mail, shutdown, connect, over: () => Promise.all(sessions) };
}

const greeting = "S: * OK [CAPABILITY <<.*>>] Casaforte ready\n";
const signIn = `${greeting}C: l LOGIN bob secret\nS: l OK [CAPABILITY <<.*>>] Signed in\n`;
const selectInbox = `C: s SELECT INBOX\nS*: s OK [READ-WRITE] SELECT completed\n`;

describe("before login", () => {
  test("CAPABILITY, NOOP, ID and LOGOUT answer", async () => {
    const { connect, over } = setUp();
    await runTranscript(
      connect(),
      `${greeting}
      C: a CAPABILITY
      S: * CAPABILITY IMAP4rev1 LITERAL- ID ENABLE SASL-IR AUTH=PLAIN
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
      String.raw`S: * OK [CAPABILITY IMAP4rev1 LITERAL- ID ENABLE SASL-IR STARTTLS LOGINDISABLED] Casaforte ready
      C: a LOGIN bob secret
      S: a NO [PRIVACYREQUIRED] Use TLS before you sign in
      C!: b STARTTLS\r\nx LOGIN bob secret\r\n
      S: b OK Begin TLS now
      C: c CAPABILITY
      S: * CAPABILITY IMAP4rev1 LITERAL- ID ENABLE SASL-IR AUTH=PLAIN
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

describe("mailboxes", () => {
  test("CREATE, LIST, RENAME, SUBSCRIBE, DELETE and their refusals", async () => {
    const { connect } = setUp();
    await runTranscript(
      connect(),
      String.raw`${signIn}
      C: a CREATE Work/2026/
      S: a OK [MAILBOXID (<<id=.*>>)] CREATE completed
      C: b CREATE Work/2026
      S: b NO [ALREADYEXISTS] The mailbox exists
      C: c CREATE "Entw&APw-rfe" (USE (\Drafts))
      S: c OK [MAILBOXID (<<.*>>)] CREATE completed
      C: d LIST "" *
      S: * LIST (\HasNoChildren) "/" INBOX
      S: * LIST (\HasNoChildren \Drafts) "/" "Entw&APw-rfe"
      S: * LIST (\HasChildren) "/" "Work"
      S: * LIST (\HasNoChildren) "/" "Work/2026"
      S: d OK LIST completed
      C: e LIST "" ""
      S: * LIST (\Noselect) "/" ""
      S: e OK LIST completed
      C: f UNSUBSCRIBE Work
      S: f OK UNSUBSCRIBE completed
      C: g LIST (SUBSCRIBED) "" "%" RETURN (CHILDREN STATUS (MESSAGES UIDNEXT MAILBOXID))
      S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
      S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1 MAILBOXID (<<.*>>))
      S: * LIST (\HasNoChildren \Subscribed \Drafts) "/" "Entw&APw-rfe"
      S: * STATUS "Entw&APw-rfe" (MESSAGES 0 UIDNEXT 1 MAILBOXID (<<.*>>))
      S: g OK LIST completed
      C: h LIST (SUBSCRIBED RECURSIVEMATCH) "" "Work"
      S: * LIST (\HasChildren) "/" "Work" ("CHILDINFO" ("SUBSCRIBED"))
      S: h OK LIST completed
      C: i LSUB "" "%"
      S: * LSUB () "/" INBOX
      S: * LSUB () "/" "Entw&APw-rfe"
      S: * LSUB (\Noselect) "/" "Work"
      S: i OK LSUB completed
      C: j RENAME Work Old
      S: j OK RENAME completed
      C: k LIST (SPECIAL-USE) "" (Old/* Entw*)
      S: * LIST (\HasNoChildren \Drafts) "/" "Entw&APw-rfe"
      S: k OK LIST completed
      C: l DELETE Old
      S: l OK DELETE completed
      C: m LIST "" Old*
      S: * LIST (\Noselect \HasChildren) "/" "Old"
      S: * LIST (\HasNoChildren) "/" "Old/2026"
      S: m OK LIST completed
      C: n DELETE INBOX
      S: n NO [CANNOT] INBOX cannot be deleted
      C: o DELETE Missing
      S: o NO [NONEXISTENT] No such mailbox
      C: p CREATE a//b
      S: p NO [CANNOT] A mailbox name has no empty level
      C: q NAMESPACE
      S: * NAMESPACE (("" "/")) NIL NIL
      S: q OK NAMESPACE completed
      C: r STATUS Old/2026 (MAILBOXID)
      S: * STATUS "Old/2026" (MAILBOXID (<<id>>))
      S: r OK STATUS completed
      C: s GETQUOTAROOT inbox
      S: * QUOTAROOT INBOX ""
      S: * QUOTA "" ()
      S: s OK GETQUOTAROOT completed`,
    );
  });

  test("RENAME of INBOX moves its messages and keeps it", async () => {
    const { connect, mail } = setUp();
    mail.deliver("INBOX", plain);
    await runTranscript(
      connect(),
      `${signIn}
      C: a RENAME inbox Saved
      S: a OK RENAME completed
      C: b STATUS INBOX (MESSAGES UIDNEXT)
      S: * STATUS INBOX (MESSAGES 0 UIDNEXT 2)
      S: b OK STATUS completed
      C: c STATUS Saved (MESSAGES SIZE UNSEEN RECENT)
      S: * STATUS "Saved" (MESSAGES 1 SIZE <<\\d+>> UNSEEN 1 RECENT 1)
      S: c OK STATUS completed`,
    );
  });

  test("UTF8=ACCEPT shows names as UTF-8", async () => {
    const { connect } = setUp();
    await runTranscript(
      connect(),
      String.raw`${signIn}
      C: a ENABLE UTF8=ACCEPT X-UNKNOWN
      S: * ENABLED UTF8=ACCEPT
      S: a OK ENABLE completed
      C: b CREATE "Entwürfe"
      S: b OK [MAILBOXID (<<.*>>)] CREATE completed
      C: c LIST "" E*
      S: * LIST (\HasNoChildren) "/" "Entwürfe"
      S: c OK LIST completed`,
    );
  });
});

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

describe("several sessions", () => {
  const both = `${signIn}${selectInbox}${signIn.replace(/^/gm, "2").replace(/2$/, "")}${selectInbox.replace(/^/gm, "2").replace(/2$/, "")}`;

  test("expunges wait while sequence numbers must stand; flags of others come with UID", async () => {
    const { connect, mail } = setUp();
    for (let count = 0; count < 3; count++) mail.deliver("INBOX", plain);
    await runTranscript(
      [connect(), connect()],
      String.raw`${both}
      C: a STORE 2 +FLAGS.SILENT (\Deleted \Seen)
      S: a OK STORE completed
      C: b EXPUNGE
      S: * 2 EXPUNGE
      S: b OK EXPUNGE completed
      C: c STORE 2 +FLAGS.SILENT (\Flagged)
      S: c OK STORE completed
      2C: a FETCH 1:3 UID
      2S: * 1 FETCH (UID 1)
      2S: * 2 FETCH (UID 2)
      2S: * 3 FETCH (UID 3)
      2S: * 3 FETCH (UID 3 FLAGS (\Flagged))
      2S: a OK FETCH completed
      2C: b FETCH 1:3 RFC822.SIZE
      2S: * 1 FETCH (RFC822.SIZE <<\d+>>)
      2S: * 3 FETCH (RFC822.SIZE <<\d+>>)
      2S: b NO [EXPUNGEISSUED] Some of the messages are gone
      2C: c UID FETCH 3 FLAGS
      2S: * 3 FETCH (UID 3 FLAGS (\Flagged))
      2S: * 2 EXPUNGE
      2S: c OK FETCH completed
      2C: d NOOP
      2S: d OK NOOP completed`,
    );
  });

  test("a lost hint delays news until NOOP but never drops it, and no EXISTS follows a mere expunge", async () => {
    const { connect, mail } = setUp();
    mail.deliver("INBOX", plain);
    mail.losesHints = true;
    const [one, two] = [connect(), connect()];
    await runTranscript([one, two], both);
    mail.deliver("INBOX", plain);
    await runTranscript(
      [one, two],
      String.raw`2C: a FETCH 1 UID
      2S: * 1 FETCH (UID 1)
      2S: a OK FETCH completed
      2C: b NOOP
      2S: * 2 EXISTS
      2S: * 1 RECENT
      2S: b OK NOOP completed
      2C: c STORE 1 +FLAGS.SILENT (\Deleted)
      2S: c OK STORE completed
      2C: d EXPUNGE
      2S: * 1 EXPUNGE
      2S: d OK EXPUNGE completed
      C: b NOOP
      S: * 1 EXPUNGE
      S: * 1 EXISTS
      S: * 0 RECENT
      S: b OK NOOP completed`,
    );
  });

  test("IDLE tells news at once, polls when hints are lost, and says it is still here", async () => {
    const { connect, mail, clock } = setUp();
    const connection = connect();
    await runTranscript(connection, `${signIn}${selectInbox}C: i IDLE\nS: + idling`);
    mail.deliver("INBOX", plain);
    await runTranscript(connection, "S: * 1 EXISTS\nS: * 1 RECENT");
    mail.losesHints = true;
    mail.deliver("INBOX", plain);
    await clock.advance(60_000);
    await runTranscript(connection, "S: * 2 EXISTS\nS: * 2 RECENT");
    await clock.advance(120_000);
    await runTranscript(
      connection,
      "S: * OK Still here\nC: DONE\nS: i OK IDLE completed\nC: j NOOP\nS: j OK NOOP completed",
    );
  });

  test("deleting the selected mailbox from elsewhere ends the session with BYE", async () => {
    const { connect } = setUp();
    await runTranscript(
      [connect(), connect()],
      `${signIn}
      C: a CREATE X
      S: a OK [MAILBOXID (<<.*>>)] CREATE completed
      ${signIn.replace(/^/gm, "2").replace(/2$/, "")}
      2C: a SELECT X
      2S*: a OK [READ-WRITE] SELECT completed
      C: b DELETE X
      S: b OK DELETE completed
      2C: b NOOP
      2S: * BYE The selected mailbox is gone
      2S# end`,
    );
  });
});

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

describe("ends", () => {
  test("shutdown says BYE", async () => {
    const { connect, shutdown, over } = setUp();
    const connection = connect();
    await runTranscript(connection, signIn);
    shutdown.abort();
    await runTranscript(connection, "S: * BYE The server is shutting down\nS# end");
    await over();
  });

  test("silence ends the session: three minutes before login, half an hour after", async () => {
    const { connect, clock, over } = setUp();
    const [one, two] = [connect(), connect()];
    await runTranscript([one, two], `${signIn}2${greeting}`);
    await clock.advance(3 * 60_000);
    await runTranscript(two, "S: * BYE Logged out for inactivity\nS# end");
    await clock.advance(29 * 60_000);
    expect(one.closed).toBe(false);
    await clock.advance(6 * 60_000);
    await runTranscript(one, "S: * BYE Logged out for inactivity\nS# end");
    await over();
  });

  test("a client that goes away leaves nothing behind", async () => {
    const { connect, over, logger } = setUp();
    const connection = connect();
    await runTranscript(connection, `${signIn}${selectInbox}`);
    connection.end();
    await over();
    expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("answers to pipelined commands share one write", async () => {
    const { connect } = setUp();
    const connection = connect();
    await runTranscript(connection, signIn);
    const before = connection.writes;
    await runTranscript(
      connection,
      String.raw`C!: a NOOP\r\nb NOOP\r\nc NOOP\r\n
      S: a OK NOOP completed
      S: b OK NOOP completed
      S: c OK NOOP completed`,
    );
    expect(connection.writes - before).toBe(1);
  });

  test("bodies wait for a client that does not read", async () => {
    const { connect, mail } = setUp();
    const body = `Subject: big\r\n\r\n${"x".repeat(400_000)}`;
    for (let count = 0; count < 20; count++) mail.deliver("INBOX", body);
    const connection = connect();
    await runTranscript(connection, `${signIn}${selectInbox}`);
    connection.send("f FETCH 1:* BODY.PEEK[]\r\n");
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(connection.unreadBytesMax).toBeLessThan(700_000);
    let total = 0;
    while (total < 8_000_000) total += (await connection.receive())?.length ?? 0;
    expect(total).toBeGreaterThan(8_000_000);
  });
});
