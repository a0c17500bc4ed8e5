import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { plain, setUp, signIn } from "./transcript-session.test-support.ts";

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
