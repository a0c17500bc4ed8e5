import { append, select, type TranscriptText } from "./conformance-words.test-support.ts";

const two = `${append("INBOX", "Subject: b\n\nx\n")}${append("INBOX", "Subject: d\n\nx\n")}${select("INBOX")}`;

/** A message that comes while INBOX is selected, and what is told of it beside EXISTS. */
const arrives = (number: number, message: string, told: string): string => {
  const literal = message.replaceAll("\n", "\\r\\n");
  return `C: y APPEND INBOX {${message.length + message.split("\n").length - 1}+}
    C!: ${literal}\\r\\n
    S: * ${number} EXISTS
    S: * <<\\d>> RECENT
    S: * ${told}
    S: y OK [APPENDUID <<\\d+>> ${number}] APPEND completed\n`;
};

/** Results that a client follows (RFC 5267). */
export const contextTexts: readonly TranscriptText[] = [
  {
    claim:
      "a followed SEARCH tells what flags and expunges do to it, the latter before they are told, until it is cancelled (RFC 5267)",
    text: `${two}C: a UID SEARCH RETURN (UPDATE COUNT) FLAGGED
    S: * ESEARCH (TAG "a") UID COUNT 0
    S: a OK SEARCH completed
    C: b STORE 1:2 +FLAGS.SILENT (\\Flagged)
    S: * ESEARCH (TAG "a") UID ADDTO (0 1:2)
    S: b OK STORE completed
    C: c SEARCH RETURN (UPDATE CONTEXT PARTIAL 1:1) FLAGGED
    S: * ESEARCH (TAG "c") PARTIAL (1:1 1)
    S: c OK SEARCH completed
    C: d STORE 1 -FLAGS.SILENT (\\Flagged)
    S: * ESEARCH (TAG "a") UID REMOVEFROM (0 1)
    S: * ESEARCH (TAG "c") REMOVEFROM (0 1)
    S: d OK STORE completed
    C: e STORE 2 +FLAGS.SILENT (\\Deleted)
    S: e OK STORE completed
    C: f EXPUNGE
    S: * ESEARCH (TAG "a") UID REMOVEFROM (0 2)
    S: * ESEARCH (TAG "c") REMOVEFROM (0 2)
    S: * 2 EXPUNGE
    S: f OK EXPUNGE completed
    C: c SEARCH RETURN (UPDATE) ALL
    S: c BAD <<.*>>
    C: g CANCELUPDATE "a" "b"
    S: g NO <<.*>>
    C: h CANCELUPDATE "a"
    S: h OK CANCELUPDATE completed
    C: i STORE 1 +FLAGS.SILENT (\\Flagged)
    S: * ESEARCH (TAG "c") ADDTO (0 1)
    S: i OK STORE completed
    C: j CANCELUPDATE
    S: j BAD <<.*>>
    ${select("INBOX")}
    C: k STORE 1 -FLAGS.SILENT (\\Flagged)
    S: k OK STORE completed\n`,
  },
  {
    claim: "a message that came is told of in a followed SEARCH after EXISTS, whatever it is found by (RFC 5267)",
    text: `${two}C: a SEARCH RETURN (UPDATE COUNT) TEXT green
    S: * ESEARCH (TAG "a") COUNT 0
    S: a OK SEARCH completed
    ${arrives(3, "Subject: e\n\nGreen\n", 'ESEARCH (TAG "a") ADDTO (0 3)')}`,
  },
  {
    claim:
      "what is not followed is refused by NOUPDATE and found all the same: numbers, what moves by itself, one too many (RFC 5267)",
    limits: { searchContexts: 1 },
    text: `${two}C: a SEARCH RETURN (UPDATE COUNT) 1
    S: * ESEARCH (TAG "a") COUNT 1
    S: * NO [NOUPDATE "a"] <<.*>>
    S: a OK SEARCH completed
    C: b UID SEARCH RETURN (UPDATE COUNT) UID 1:*
    S: * ESEARCH (TAG "b") UID COUNT 2
    S: * NO [NOUPDATE "b"] <<.*>>
    S: b OK SEARCH completed
    C: c SEARCH RETURN (UPDATE COUNT) UID 2:7
    S: * ESEARCH (TAG "c") COUNT 1
    S: c OK SEARCH completed
    C: d SEARCH RETURN (UPDATE COUNT) ALL
    S: * ESEARCH (TAG "d") COUNT 2
    S: * NO [NOUPDATE "d"] <<.*>>
    S: d OK SEARCH completed
    C: e ESEARCH IN (selected) RETURN (UPDATE) ALL
    S: e BAD <<.*>>\n`,
  },
];

/** For a store that sorts. */
export const sortedContextTexts: readonly TranscriptText[] = [
  {
    claim: "a followed SORT tells at which places of its order messages come and go (RFC 5267)",
    text: `${two}C: a UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 NOT FLAGGED
    S: * ESEARCH (TAG "a") UID ALL 1:2
    S: a OK SORT completed
    ${arrives(3, "Subject: c\n\nx\n", 'ESEARCH (TAG "a") UID ADDTO (2 3)')}
    ${arrives(4, "Subject: a\n\nx\n", 'ESEARCH (TAG "a") UID ADDTO (1 4)')}
    C: d UID STORE 1,2 +FLAGS.SILENT (\\Flagged)
    S: * ESEARCH (TAG "a") UID REMOVEFROM (4 2 2 1)
    S: d OK STORE completed
    C: e UID STORE 1,2 -FLAGS.SILENT (\\Flagged)
    S: * ESEARCH (TAG "a") UID ADDTO (2 1 4 2)
    S: e OK STORE completed
    C: f UID STORE 1,3 +FLAGS.SILENT (\\Deleted)
    S: f OK STORE completed
    C: g EXPUNGE
    S: * ESEARCH (TAG "a") UID REMOVEFROM (2 1,3)
    S: * 3 EXPUNGE
    S: * 1 EXPUNGE
    S: g OK EXPUNGE completed\n`,
  },
  {
    claim: "a followed SORT that grows beyond what is sorted anew for a client is followed no longer (RFC 5267)",
    limits: { sortContextMessages: 2 },
    text: `${two}C: a UID SORT RETURN (UPDATE ALL) (REVERSE SUBJECT) UTF-8 NOT FLAGGED
    S: * ESEARCH (TAG "a") UID ALL 2,1
    S: a OK SORT completed
    C: b UID STORE 2 +FLAGS.SILENT (\\Flagged)
    S: * ESEARCH (TAG "a") UID REMOVEFROM (1 2)
    S: b OK STORE completed
    ${arrives(3, "Subject: c\n\nx\n", 'ESEARCH (TAG "a") UID ADDTO (1 3)')}
    C: d UID STORE 2 -FLAGS.SILENT (\\Flagged)
    S: * NO [NOUPDATE "a"] <<.*>>
    S: d OK STORE completed\n`,
  },
];
