import { append, select, type TranscriptText } from "./conformance-words.test-support.ts";

/** Commands about more mailboxes than the selected one. */
export const manyMailboxesTexts: readonly TranscriptText[] = [
  {
    claim:
      "ESEARCH looks into the mailboxes that IN names, each once, and tells UIDs of those that have some (RFC 7377)",
    text: `C: a CREATE Work
    S*: a OK <<.*>>
    C: b CREATE Work/2026
    S*: b OK <<.*>>
    C: c CREATE Work/2026/May
    S*: c OK <<.*>>
    C: d CREATE Empty
    S*: d OK <<.*>>
    C: e UNSUBSCRIBE Work/2026/May
    S*: e OK <<.*>>
    C: e2 SUBSCRIBE Work
    S*: e2 OK <<.*>>
    ${append("INBOX", "Subject: other\n\nx\n")}${append("INBOX", "Subject: offer\n\nx\n")}
    ${append("Work", "Subject: offer\n\nx\n")}${append("Work", "Subject: offer again\n\nx\n")}
    ${append("Work/2026", "Subject: other\n\nx\n")}${append("Work/2026", "Subject: offer\n\nx\n")}
    ${append("Work/2026/May", "Subject: offer\n\nx\n")}
    C: f ESEARCH IN (mailboxes "Work") SUBJECT offer
    S: * ESEARCH (TAG "f" MAILBOX "Work" UIDVALIDITY <<\\d+>>) UID ALL 1:2
    S: f OK ESEARCH completed
    C: g ESEARCH IN (subtree-one Work) RETURN (MIN COUNT) SUBJECT offer
    S: * ESEARCH (TAG "g" MAILBOX "Work" UIDVALIDITY <<\\d+>>) UID MIN 1 COUNT 2
    S: * ESEARCH (TAG "g" MAILBOX "Work/2026" UIDVALIDITY <<\\d+>>) UID MIN 2 COUNT 1
    S: g OK ESEARCH completed
    C: h ESEARCH IN (subtree Work mailboxes (INBOX Work Nowhere)) RETURN () CHARSET UTF-8 SUBJECT offer
    S: * ESEARCH (TAG "h" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID ALL 2
    S: * ESEARCH (TAG "h" MAILBOX "Work" UIDVALIDITY <<\\d+>>) UID ALL 1:2
    S: * ESEARCH (TAG "h" MAILBOX "Work/2026" UIDVALIDITY <<\\d+>>) UID ALL 2
    S: * ESEARCH (TAG "h" MAILBOX "Work/2026/May" UIDVALIDITY <<\\d+>>) UID ALL 1
    S: h OK ESEARCH completed
    C: i ESEARCH IN (personal) RETURN (COUNT) SUBJECT other
    S: * ESEARCH (TAG "i" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: * ESEARCH (TAG "i" MAILBOX "Work/2026" UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: i OK ESEARCH completed
    C: j ESEARCH IN (inboxes) RETURN (PARTIAL 1:1) SUBJECT offer UID 2
    S: * ESEARCH (TAG "j" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID PARTIAL (1:1 2)
    S: * ESEARCH (TAG "j" MAILBOX "Work" UIDVALIDITY <<\\d+>>) UID PARTIAL (1:1 2)
    S: * ESEARCH (TAG "j" MAILBOX "Work/2026" UIDVALIDITY <<\\d+>>) UID PARTIAL (1:1 2)
    S: j OK ESEARCH completed
    C: k ESEARCH IN (mailboxes (Work INBOX)) RETURN (COUNT) 2:9
    S: * ESEARCH (TAG "k" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: * ESEARCH (TAG "k" MAILBOX "Work" UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: k OK ESEARCH completed
    C: m ESEARCH IN (mailboxes Nowhere) ALL
    S: m OK ESEARCH completed
    C: n ESEARCH ALL
    S: n BAD No mailbox is selected
    C: o ESEARCH IN (selected) ALL
    S: o BAD No mailbox is selected
    C: p ESEARCH IN (nowhere) ALL
    S: p BAD <<.*>>
    C: q ESEARCH IN (personal) CHARSET KLINGON ALL
    S: q NO [BADCHARSET (UTF-8 US-ASCII ISO-8859-1)] Unknown charset
    C: r ESEARCH IN () ALL
    S: r BAD <<.*>>\n`,
  },
  {
    claim:
      "ESEARCH in the selected mailbox is as the client sees it: its numbers, what it saved, and modseqs (RFC 7377)",
    text: `C: a CREATE Work
    S*: a OK <<.*>>
    ${append("INBOX", "Subject: one\n\nx\n")}${append("INBOX", "Subject: two\n\nx\n")}${append("Work", "Subject: two\n\nx\n")}${select("INBOX")}
    C: b ESEARCH SUBJECT two
    S: * ESEARCH (TAG "b" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID ALL 2
    S: b OK ESEARCH completed
    C: c ESEARCH IN (selected) RETURN (SAVE COUNT) SUBJECT two
    S: * ESEARCH (TAG "c" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: c OK ESEARCH completed
    C: d ESEARCH IN (selected mailboxes Work) RETURN (ALL) UID $
    S: * ESEARCH (TAG "d" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID ALL 2
    S: d OK ESEARCH completed
    C: e ESEARCH IN (personal) RETURN (SAVE) ALL
    S: e BAD SAVE is for the selected mailbox alone
    C: f ESEARCH IN (selected) 7
    S: f BAD No such message
    C: g ESEARCH IN (subscribed selected) RETURN (COUNT) MODSEQ 1 SUBJECT one
    S: * ESEARCH (TAG "g" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID COUNT 1 MODSEQ <<\\d+>>
    S: g OK ESEARCH completed
    C: h STORE 1 +FLAGS.SILENT (\\Deleted)
    S*: h OK <<.*>>
    C: i ESEARCH IN (personal) DELETED
    S: * ESEARCH (TAG "i" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID ALL 1
    S: i OK ESEARCH completed\n`,
  },
];
