import { append, select, type TranscriptText } from "./conformance-words.test-support.ts";

/** What NOTIFY tells between commands (RFC 5465). */
export const notifyTexts: readonly TranscriptText[] = [
  {
    claim:
      "NOTIFY tells of other mailboxes' messages, names and subscriptions after the command in which they change (RFC 5465)",
    text: `C: a CREATE Work
    S*: a OK <<.*>>
    C: b CREATE Work/Sub
    S*: b OK <<.*>>
    C: c NOTIFY SET STATUS (mailboxes Work (MessageNew MessageExpunge FlagChange)) (subtree (Work) (SubscriptionChange)) (personal (MailboxName))
    S: * STATUS "Work" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <<\\d+>> HIGHESTMODSEQ <<\\d+>>)
    S: c OK NOTIFY completed
    ${append("Work", "Subject: a\n\nx\n")}
    S: * STATUS "Work" (MESSAGES 1 UIDNEXT 2 UNSEEN 1)
    C: d UNSUBSCRIBE Work/Sub
    S: d OK UNSUBSCRIBE completed
    S: * LIST (\\HasNoChildren) "/" "Work/Sub"
    C: e SUBSCRIBE Work/Sub
    S: e OK SUBSCRIBE completed
    S: * LIST (\\HasNoChildren \\Subscribed) "/" "Work/Sub"
    C: f CREATE New
    S: f OK [MAILBOXID (<<.*>>)] CREATE completed
    S: * LIST (\\HasNoChildren \\Subscribed) "/" "New"
    C: g RENAME New Newer
    S: g OK RENAME completed
    S: * LIST (\\HasNoChildren \\Subscribed) "/" "Newer" ("OLDNAME" ("New"))
    C: h DELETE Newer
    S: h OK DELETE completed
    S: * LIST (\\NonExistent) "/" "Newer"
    C: i RENAME Work/Sub Work/Other
    S: i OK RENAME completed
    ${select("Work")}
    C: j STORE 1 +FLAGS.SILENT (\\Seen)
    S: j OK STORE completed
    C: k UNSELECT
    S: k OK UNSELECT completed
    ${append("Work", "Subject: b\n\nx\n")}
    S: * STATUS "Work" (MESSAGES 2 UIDNEXT 3 UNSEEN 1)
    C: l NOTIFY NONE
    S: l OK NOTIFY completed
    ${append("Work", "Subject: c\n\nx\n")}
    C: m CREATE Silent
    S: m OK [MAILBOXID (<<.*>>)] CREATE completed
    C: n NOOP
    S: n OK NOOP completed\n`,
  },
  {
    claim:
      "NOTIFY of the selected mailbox: what was not asked for is not told, nor what a session put there itself fetched for it (RFC 5465)",
    text: `${append("INBOX", "Subject: a\n\nx\n")}${select("INBOX")}
    C: a NOTIFY SET (selected-delayed (MessageNew (UID FLAGS) MessageExpunge FlagChange))
    S: a OK NOTIFY completed
    C: b COPY 1 INBOX
    S: * 2 EXISTS
    S: * <<\\d>> RECENT
    S: b OK [COPYUID <<\\d+>> 1 2] COPY completed
    C: c NOTIFY SET (inboxes (MailboxName))
    S: c OK NOTIFY completed
    C: d COPY 1 INBOX
    S: d OK [COPYUID <<\\d+>> 1 3] COPY completed
    C: e NOOP
    S: e OK NOOP completed
    C: f STORE 1 +FLAGS.SILENT (\\Deleted)
    S: f OK STORE completed
    C: g EXPUNGE
    S: * 1 EXPUNGE
    S: g OK EXPUNGE completed
    C: h NOTIFY SET (selected (MessageNew MessageExpunge))
    S: * 2 EXISTS
    S: * <<\\d>> RECENT
    S: h OK NOTIFY completed\n`,
  },
  {
    claim:
      "NOTIFY tells what came into the selected mailbox when it is left, unless it was told there already (RFC 5465)",
    text: `C: a CREATE Work
    S*: a OK <<.*>>
    C: b ENABLE CONDSTORE
    S*: b OK <<.*>>
    C: c NOTIFY SET (personal (MessageNew MessageExpunge FlagChange))
    S: c OK NOTIFY completed
    ${select("Work")}${append("Work", "Subject: a\n\nx\n")}
    C: d UNSELECT
    S: d OK UNSELECT completed
    S: * STATUS "Work" (MESSAGES 1 UIDNEXT 2 UNSEEN 1 HIGHESTMODSEQ <<\\d+>>)
    ${select("Work")}C: e STORE 1 +FLAGS.SILENT (\\Seen)
    S: * 1 FETCH (UID 1 MODSEQ (<<\\d+>>))
    S: e OK STORE completed
    C: f UNSELECT
    S: f OK UNSELECT completed
    C: g NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange))
    S: g OK NOTIFY completed
    ${select("Work")}C: h COPY 1 Work
    S: * 2 EXISTS
    S: * <<\\d>> RECENT
    S: h OK [COPYUID <<\\d+>> 1 2] COPY completed
    C: i UNSELECT
    S: i OK UNSELECT completed
    C: j NOOP
    S: j OK NOOP completed\n`,
  },
  {
    claim: "NOTIFY tells the names of annotations that changed, on mailboxes and on the account (RFC 5465, RFC 5464)",
    text: `C: a NOTIFY SET (personal (MailboxMetadataChange ServerMetadataChange))
    S: a OK NOTIFY completed
    C: b SETMETADATA INBOX (/shared/comment "x" /private/comment "y")
    S: b OK SETMETADATA completed
    S: * METADATA INBOX /private/comment /shared/comment
    C: c SETMETADATA INBOX (/shared/comment "x" /private/comment "z")
    S: c OK SETMETADATA completed
    S: * METADATA INBOX /private/comment
    C: d SETMETADATA INBOX (/shared/comment NIL)
    S: d OK SETMETADATA completed
    S: * METADATA INBOX /shared/comment
    C: e SETMETADATA "" (/private/comment "me")
    S: e OK SETMETADATA completed
    S: * METADATA "" /private/comment
    C: f NOTIFY SET (selected (MessageNew MessageExpunge MailboxMetadataChange))
    S: f BAD Of the selected mailbox messages alone are told\n`,
  },
  {
    claim: "NOTIFY refuses events that come in pairs alone, those it does not tell, and too many mailboxes (RFC 5465)",
    text: `C: y CREATE One
    S*: y OK <<.*>>
    C: z CREATE Two
    S*: z OK <<.*>>
    C: a NOTIFY SET (personal (MessageNew))
    S: a BAD MessageNew and MessageExpunge come together
    C: b NOTIFY SET (personal (FlagChange))
    S: b BAD FlagChange comes with MessageNew and MessageExpunge
    C: c NOTIFY SET (personal (MessageNew MessageExpunge AnnotationChange))
    S: c NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)] Some events are not told
    C: d NOTIFY SET (selected (MailboxName))
    S: d BAD Of the selected mailbox messages alone are told
    C: e NOTIFY SET (selected NONE) (selected-delayed (MessageNew MessageExpunge))
    S: e BAD The selected mailbox comes once
    C: f NOTIFY SET (selected (MessageNew MessageExpunge)) (selected-delayed (MessageNew MessageExpunge))
    S: f BAD The selected mailbox comes once
    C: g NOTIFY SET (personal (MessageNew (UID) MessageExpunge))
    S: g BAD FETCH items are for the selected mailbox alone
    C: h NOTIFY SET (personal (MessageNew MessageExpunge))
    S: h NO [NOTIFICATIONOVERFLOW] At most 2 mailboxes are watched at once
    C: i NOTIFY SET
    S: i BAD <<.*>>
    C: j NOTIFY
    S: j BAD <<.*>>
    C: k NOTIFY SET STATUS
    S: k BAD <<.*>>
    C: l NOTIFY SET (mailboxes INBOX (MessageNew MessageExpunge)) (personal NONE)
    S: l OK NOTIFY completed\n`,
    limits: { notifyMailboxes: 2 },
  },
];
