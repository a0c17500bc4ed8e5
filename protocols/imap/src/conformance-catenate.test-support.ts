import { append, select, type TranscriptText } from "./conformance-words.test-support.ts";

const multipart =
  "From: a@example.test\nSubject: two parts\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n--b\nContent-Type: text/html\n\n<p>second\n--b--\n";

/** Transcript of URLs that name nothing here, each a tag and what is asked. */
const badUrls = [
  "/INBOX;UIDVALIDITY=4000000000/;UID=1",
  "/INBOX/;UID=99",
  "/INBOX/;UID=1/;SECTION=7",
  "/INBOX/;UID=1/;SECTION=7X",
  "/Nowhere/;UID=1",
  "/%ff/;UID=1",
  "imap://elsewhere.example/INBOX/;UID=1",
  "/INBOX/;UID=1;URLAUTH=anonymous",
].map((url, n) => `C: u${n} APPEND INBOX CATENATE (URL "${url}")\n S: u${n} NO [BADURL "${url}"] <<.*>>\n`);

/** One letter of a header of 87 bytes. */
const letter = 'URL "/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(Subject)/;PARTIAL=0.1"';
/** 151 bytes. */
const whole = 'URL "/INBOX/;UID=1"';

/** Messages that are put together from what the server has and what the client says (RFC 4469). */
export const catenateTexts: readonly TranscriptText[] = [
  {
    claim: "CATENATE puts texts and parts of messages together, of the selected mailbox and of others (RFC 4469)",
    text: `C: c CAPABILITY
    S: * CAPABILITY <<.*>> CATENATE <<.*>>
    S: c OK CAPABILITY completed
    C: d CREATE "a box"
    S*: d OK <<.*>>
    ${append("INBOX", multipart)}${append('"a box"', "Subject: other\n\nbody\n")}${select("INBOX")}
    C!: a APPEND INBOX (\\\\Draft) "05-Jan-2026 10:00:00 +0000" CATENATE (URL "/INBOX/;UID=1/;SECTION=HEADER" TEXT {7+}\\r\\n--b\\r\\n\\r\\n URL ";UID=1/;SECTION=1" TEXT {9}\\r\\n
    S: + OK
    C!: \\r\\n--b\\r\\n\\r\\n URL "/a%20box/;uid=1/;section=TEXT" TEXT {7+}\\r\\n--b--\\r\\n)\\r\\n
    S*: a OK [APPENDUID <<\\d+>> 2] APPEND completed
    C: f UID FETCH 2 BODY.PEEK[]
    S: * 2 FETCH (UID 2 BODY[] {<<\\d+>>}
    S: From: a@example.test
    S: Subject: two parts
    S: Content-Type: multipart/mixed; boundary=b
    S:
    S: --b
    S:
    S: first
    S: --b
    S:
    S: body
    S: --b--
    S: )
    S: f OK FETCH completed
    C: g UID FETCH 2 (INTERNALDATE FLAGS)
    S: * 2 FETCH (UID 2 INTERNALDATE " 5-Jan-2026 10:00:00 +0000" FLAGS (<<.*>>\\Draft<<.*>>))
    S: g OK FETCH completed\n`,
  },
  {
    claim: "CATENATE stands beside whole messages in one APPEND, takes parts of parts, and replaces a message",
    text: `${append("INBOX", multipart)}${select("INBOX")}
    C!: a APPEND INBOX CATENATE (URL {45+}\\r\\n/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(Date) TEXT {3+}\\r\\nx\\r\\n) {14+}\\r\\nSubject: D\\r\\n\\r\\n CATENATE (URL "/INBOX/;UID=1/;PARTIAL=0.22" TEXT {2+}\\r\\n\\r\\n)\\r\\n
    S*: a OK [APPENDUID <<\\d+>> 2:4] APPEND completed
    C: b UID FETCH 2,4 BODY.PEEK[]
    S: * 2 FETCH (UID 2 BODY[] {5}
    S:
    S: x
    S: )
    S: * 4 FETCH (UID 4 BODY[] {24}
    S: From: a@example.test
    S:
    S: )
    S: b OK FETCH completed
    C: d UID REPLACE 2 INBOX CATENATE (URL "/INBOX/;UID=3")
    S: * OK [APPENDUID <<\\d+>> 5] Replacement message ready
    S*: d OK REPLACE completed\n`,
  },
  {
    claim: "CATENATE of a URL that names nothing here says which, keeps nothing, and reads past what is sent",
    text: `${append("INBOX", multipart)}${badUrls.join("")}
    C: v APPEND INBOX CATENATE (URL ";UID=1")
    S: v NO [BADURL ";UID=1"] <<.*>>
    C!: w APPEND INBOX CATENATE (URL {3+}\\r\\na]b TEXT {2+}\\r\\nxx)\\r\\n
    S: w NO [BADURL ""] <<.*>>
    C: x APPEND INBOX CATENATE ()
    S: x BAD Expected TEXT or URL
    C: y APPEND INBOX CATENATE (URL "/INBOX/;UID=1"
    S: y BAD <<.*>>
    C: s STATUS INBOX (MESSAGES UIDNEXT)
    S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2)
    S: s OK STATUS completed\n`,
  },
  {
    claim: "CATENATE bounds the headers it reads, all together, and URLs of one command bring one message's bytes",
    limits: { catenateTextBytes: 180, appendBytes: 300 },
    text: `${append("INBOX", multipart)}${select("INBOX")}
    C: a APPEND INBOX CATENATE (${letter} ${letter} ${letter})
    S: a NO [TOOBIG] The headers are too long
    C: b APPEND INBOX CATENATE (${letter} ${letter} TEXT {7}
    S: b NO [TOOBIG] The text is too long
    C!: c APPEND INBOX CATENATE (TEXT {94+}\\r\\n${"x".repeat(94)} ${letter})\\r\\n
    S: c NO [TOOBIG] The headers are too long
    C!: d APPEND INBOX CATENATE (${letter} ${letter} TEXT {6+}\\r\\n: ok\\r\\n)\\r\\n
    S*: d OK [APPENDUID <<\\d+>> 2] APPEND completed
    C: e UID FETCH 2 BODY.PEEK[]
    S: * 2 FETCH (UID 2 BODY[] {8}
    S: SS: ok
    S: )
    S: e OK FETCH completed
    C: f APPEND INBOX CATENATE (${whole} ${whole} URL "/Nowhere/;UID=1")
    S: f NO [TOOBIG] A message may have 300 bytes
    C: g APPEND INBOX CATENATE (${whole}) CATENATE (${whole})
    S: g NO [TOOBIG] The URLs of one command bring too much
    C: h APPEND INBOX CATENATE (${whole}) CATENATE (${letter} ${letter})
    S: h NO [TOOBIG] The headers are too long
    C: s STATUS INBOX (MESSAGES UIDNEXT)
    S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3)
    S: s OK STATUS completed\n`,
  },
  {
    claim: "the room that one APPEND needs is counted over its messages before each is asked for",
    limitBytes: 300_000,
    text: `C!: a APPEND INBOX {200000+}\\r\\n${"x".repeat(200_000)} {200000}\\r\\n
    S: a NO [OVERQUOTA] <<.*>>
    C: s STATUS INBOX (MESSAGES UIDNEXT)
    S: * STATUS INBOX (MESSAGES 0 UIDNEXT 1)
    S: s OK STATUS completed\n`,
  },
];
