import { FakeClock, MemoryConnection, MemoryLogger, runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { aclTexts } from "./conformance-acl-texts.test-support.ts";
import { catenateTexts } from "./conformance-catenate.test-support.ts";
import { contextTexts, sortedContextTexts } from "./conformance-contexts.test-support.ts";
import { manyMailboxesTexts } from "./conformance-many-mailboxes.test-support.ts";
import { notifyTexts } from "./conformance-notify.test-support.ts";
import type { ConformanceSubject } from "./conformance-session.ts";
import { append, select, type TranscriptText } from "./conformance-words.test-support.ts";
import { serveImap } from "./serve-imap.ts";

/** What the program offers, as far as the store can. */
const options = { sort: true, thread: true, preview: true, savedDate: true };

const signIn = `S: * OK [CAPABILITY <<.*>>] Casaforte ready
  C: l LOGIN <<user>> <<password>>
  S: l OK [CAPABILITY <<.*>>] Signed in\n`;
const signOut = `C: z LOGOUT
  S*: z OK LOGOUT completed
  S# end\n`;

const texts: readonly TranscriptText[] = [
  {
    claim: "save dates: which mailboxes keep them, searching by them, and the date itself (RFC 8514)",
    text: `${append("INBOX", "Subject: a\n\nx\n")}${select("INBOX")}
    C: a SEARCH SAVEDATESUPPORTED
    S: * SEARCH 1
    S: a OK SEARCH completed
    C: b SEARCH NOT SAVEDATESUPPORTED
    S: * SEARCH
    S: b OK SEARCH completed
    C: c SEARCH SAVEDSINCE 1-Jan-1980 SAVEDBEFORE 1-Jan-2999
    S: * SEARCH 1
    S: c OK SEARCH completed
    C: d SEARCH SAVEDBEFORE 1-Jan-1980
    S: * SEARCH
    S: d OK SEARCH completed
    C: e FETCH 1 SAVEDATE
    S: * 1 FETCH (SAVEDATE "<<[ \\d]\\d>>-<<\\w{3}>>-<<\\d{4}>> <<\\d\\d:\\d\\d:\\d\\d>> +0000")
    S: e OK FETCH completed\n`,
  },
  {
    claim: "previews: words of the text, lazily as well, and an empty one where there are none (RFC 8970)",
    text: `${append("INBOX", "Subject: a\n\nHello there,\nBob.\n")}${append("INBOX", "Subject: b\nContent-Type: image/png\n\nAAAA\n")}${select("INBOX")}
    C: a FETCH 1 PREVIEW
    S: * 1 FETCH (PREVIEW "Hello there, Bob.")
    S: a OK FETCH completed
    C: b FETCH 1 (PREVIEW (LAZY))
    S: * 1 FETCH (PREVIEW "Hello there, Bob.")
    S: b OK FETCH completed
    C: c FETCH 2 (PREVIEW (LAZY))
    S: * 2 FETCH (PREVIEW "")
    S: c OK FETCH completed
    C: d FETCH 1 (PREVIEW (EAGER))
    S: d BAD <<.*>>\n`,
  },
  {
    claim: "quotas: figures in units of 1,024 bytes, rounded up, and a refusal beyond (RFC 9208)",
    text: `${append("INBOX", `Subject: a\n\n${"x".repeat(1_500)}\n`)}
    C: a GETQUOTAROOT INBOX
    S: * QUOTAROOT INBOX ""
    S: * QUOTA "" (STORAGE 2 3)
    S: a OK GETQUOTAROOT completed
    C: b GETQUOTA ""
    S: * QUOTA "" (STORAGE 2 3)
    S: b OK GETQUOTA completed
    C: c GETQUOTA other
    S: c NO [NONEXISTENT] No such quota root
    C: d APPEND INBOX {2000+}
    C!: ${"y".repeat(2_000)}\\r\\n
    S: d NO [OVERQUOTA] <<.*>>
    C: e SETQUOTA "" (STORAGE 9)
    S: e BAD <<.*>>\n`,
    limitBytes: 3_072,
  },
  {
    claim: "lists: every return option, alone and together (RFC 5258, RFC 5819, RFC 6154)",
    text: `C: a CREATE Forms (USE (\\Archive))
    S*: a <<OK|NO>> <<.*>>
    C: b CREATE Forms/Sub
    S*: b OK <<.*>>
    C: c SUBSCRIBE Forms/Sub
    S: c OK SUBSCRIBE completed
    C: c2 UNSUBSCRIBE Forms
    S: c2 OK UNSUBSCRIBE completed
    C: d LIST "" Forms/% RETURN (SUBSCRIBED)
    S: * LIST (\\HasNoChildren \\Subscribed) "/" "Forms/Sub"
    S: d OK LIST completed
    C: e LIST "" Forms/% RETURN (CHILDREN)
    S: * LIST (\\HasNoChildren) "/" "Forms/Sub"
    S: e OK LIST completed
    C: f LIST "" Forms/% RETURN (STATUS (MESSAGES UNSEEN UIDNEXT SIZE))
    S: * LIST (\\HasNoChildren) "/" "Forms/Sub"
    S: * STATUS "Forms/Sub" (MESSAGES 0 UNSEEN 0 UIDNEXT 1 SIZE 0)
    S: f OK LIST completed
    C: g LIST "" (Forms/% Nowhere) RETURN (SPECIAL-USE SUBSCRIBED CHILDREN STATUS (MESSAGES))
    S: * LIST (\\HasNoChildren \\Subscribed) "/" "Forms/Sub"
    S: * STATUS "Forms/Sub" (MESSAGES 0)
    S: g OK LIST completed
    C: h LIST (SUBSCRIBED) "" Forms*
    S: * LIST (\\HasNoChildren \\Subscribed) "/" "Forms/Sub"
    S: h OK LIST completed
    C: i LIST "" Forms/% RETURN (NONSENSE)
    S: i BAD <<.*>>\n`,
  },
];

const sorted = [
  append(
    "INBOX",
    "From: zed <b@x.test>\nTo: carl@x.test\nCc: m@x.test\nSubject: Re: banana\nDate: 3 Jan 2026 10:00:00 +0000\n\nx\n",
    7,
  ),
  append(
    "INBOX",
    `From: alice <c@x.test>\nTo: Anna <z@x.test>\nCc: a@x.test\nSubject: Apple\nDate: 1 Jan 2026 10:00:00 +0000\n\n${"x".repeat(100)}\n`,
    6,
  ),
  append(
    "INBOX",
    `From: a@x.test\nTo: bob@x.test\nSubject: cherry\nDate: 2 Jan 2026 10:00:00 +0000\n\n${"x".repeat(200)}\n`,
    5,
  ),
].join("");
const orders: readonly (readonly [program: string, order: string])[] = [
  ["ARRIVAL", "3 2 1"],
  ["CC", "3 2 1"],
  ["DATE", "2 3 1"],
  ["FROM", "3 1 2"],
  ["SIZE", "1 2 3"],
  ["REVERSE SIZE", "3 2 1"],
  ["SUBJECT", "2 1 3"],
  ["TO", "3 1 2"],
  ["DISPLAYFROM", "3 2 1"],
  ["DISPLAYTO", "2 3 1"],
];
/** One a line: Message-ID, References and subject; the day is its place. */
const threaded = [
  ["a", "", "Alpha"],
  ["b", "<a@x>", "Re: Alpha"],
  ["d", "<a@x> <missing@x>", "Re: Alpha"],
  ["e", "<gone@x>", "Beta"],
  ["f", "<gone@x>", "Re: Beta"],
  ["a", "", "Gamma"],
  ["g", "", "Re: Gamma"],
  ["h", "<i@x>", "Loop"],
  ["i", "<h@x>", "Loop"],
  ["j", "", "Delta"],
  ["k", "", "Delta"],
].map(([id, references, subject], index) => {
  const date = `Date: ${index + 1} Jan 2026 10:00:00 +0000\n`;
  return append(
    "INBOX",
    `Message-ID: <${id}@x>\n${references ? `References: ${references}\n` : ""}Subject: ${subject}\n${date}\nx\n`,
  );
});

/** Texts for a store that sorts and threads. */
const orderedTexts: readonly TranscriptText[] = [
  {
    claim: "SORT by each criterion, and what RETURN asks for in that order (RFC 5256, RFC 5957, RFC 5267)",
    text: `${sorted}${select("INBOX")}${orders
      .map(([program, order]) => `C: a SORT (${program}) UTF-8 ALL\n S: * SORT ${order}\n S: a OK SORT completed\n`)
      .join("")}
    C: b UID SORT RETURN (MIN MAX COUNT ALL) (REVERSE SIZE) UTF-8 ALL
    S: * ESEARCH (TAG "b") UID MIN 3 MAX 1 ALL 3,2,1 COUNT 3
    S: b OK SORT completed
    C: c SORT RETURN () (DATE SUBJECT) US-ASCII LARGER 150
    S: * ESEARCH (TAG "c") ALL 2:3
    S: c OK SORT completed
    C: d SORT (SIZE) UTF-8 SUBJECT nothing
    S: * SORT
    S: d OK SORT completed
    C: e SORT (SIZE) KLINGON ALL
    S: e NO [BADCHARSET (UTF-8 US-ASCII ISO-8859-1)] Unknown charset
    C: f SORT (COLOUR) UTF-8 ALL
    S: f BAD <<.*>>\n`,
  },
  {
    claim: "THREAD with missing parents, one id twice, a loop of references and subjects that meet (RFC 5256 §3)",
    text: `${threaded.join("")}${select("INBOX")}
    C: a THREAD REFERENCES UTF-8 ALL
    S: * THREAD (1 (2)(3))((4)(5))(6 7)(9 8)((10)(11))
    S: a OK THREAD completed
    C: b UID THREAD REFERENCES UTF-8 SUBJECT Alpha
    S: * THREAD (1 (2)(3))
    S: b OK THREAD completed
    C: c THREAD ORDEREDSUBJECT UTF-8 ALL
    S: * THREAD (1 (2)(3))(4 5)(6 7)(8 9)(10 11)
    S: c OK THREAD completed
    C: d THREAD REFERENCES UTF-8 2
    S: * THREAD (2)
    S: d OK THREAD completed
    C: e THREAD NONSENSE UTF-8 ALL
    S: e BAD <<.*>>\n`,
  },
];

/**
 * One text for every store: the same conversations, word for word. `isOrdered`: the store sorts and threads, which the port
 * leaves to it. The account that is made may hold `limitBytes`.
 */
export function imapTranscripts(
  name: string,
  isOrdered: boolean,
  makeSubject: (limitBytes: number | null) => Promise<ConformanceSubject>,
): void {
  describe(`${name} speaks IMAP as every store`, () => {
    test.each([
      ...texts,
      ...manyMailboxesTexts,
      ...catenateTexts,
      ...aclTexts,
      ...notifyTexts,
      ...contextTexts,
      ...(isOrdered ? [...orderedTexts, ...sortedContextTexts] : []),
    ])("$claim", async ({ text, limitBytes, limits = {} }) => {
      const subject = await makeSubject(limitBytes ?? null);
      const over = new AbortController();
      const connection = new MemoryConnection({ secure: true, startTls: true });
      const { backend, user, password, colleague } = subject;
      const [clock, logger] = [new FakeClock(), new MemoryLogger()];
      const services = { backend, clock, logger, limits };
      const session = serveImap(connection.server, { ...services, signal: over.signal, options });
      try {
        await runTranscript(connection, `${signIn}${text}${signOut}`, { user, password, colleague });
      } finally {
        over.abort();
        await session;
        await subject.close();
      }
    });
  });
}
