import { runTranscript } from "@casaforte/testkit";
import { test } from "vitest";
import { setUp, signIn } from "./transcript-session.test-support.ts";

test("SETACL, GETACL, LISTRIGHTS, MYRIGHTS, DELETEACL and their refusals", async () => {
  const { connect, neighbour } = setUp();
  neighbour("ann");
  await runTranscript(
    connect(),
    `${signIn}
    C: a MYRIGHTS INBOX
    S: * MYRIGHTS INBOX lrswitekxacd
    S: a OK MYRIGHTS completed
    C: b SETACL INBOX Ann lrsd
    S: b OK SETACL completed
    C: c GETACL INBOX
    S: * ACL INBOX "bob" lrswitekxacd "ann" lr
    S: c OK GETACL completed
    C: d SETACL INBOX ann +swite
    S: d OK SETACL completed
    C: e SETACL INBOX ann +c
    S: e OK SETACL completed
    C: f GETACL INBOX
    S: * ACL INBOX "bob" lrswitekxacd "ann" lrswitekxcd
    S: f OK GETACL completed
    C: g LISTRIGHTS INBOX Ann
    S: * LISTRIGHTS INBOX "Ann" "" lr swited kxc
    S: g OK LISTRIGHTS completed
    C: h LISTRIGHTS INBOX bob
    S: * LISTRIGHTS INBOX "bob" lrswitekxacd
    S: h OK LISTRIGHTS completed
    C: i LISTRIGHTS INBOX anyone
    S: * LISTRIGHTS INBOX "anyone" ""
    S: i OK LISTRIGHTS completed
    C: j SETACL INBOX anyone lr
    S: j NO [CANNOT] Rights are given to single accounts, by their address
    C: k SETACL INBOX -ann w
    S: k NO [CANNOT] Rights are given to single accounts, by their address
    C: l SETACL INBOX ann lrQ
    S: l BAD There is no right Q
    C: m SETACL INBOX ann a
    S: m NO [CANNOT] Rights are given as lr, lrswite, lrswitekx
    C: n SETACL INBOX stranger lr
    S: n NO [NONEXISTENT] No such account in your organisation
    C: o CREATE Work
    S*: o OK <<.*>>
    C: p SETACL Work ann lr
    S: p NO [CANNOT] This person may use the whole account: change that at INBOX
    C: q SETACL Nowhere ann lr
    S: q NO [NONEXISTENT] No such mailbox
    C: r DELETEACL INBOX ann
    S: r OK DELETEACL completed
    C: s DELETEACL INBOX stranger
    S: s OK DELETEACL completed
    C: t GETACL Work
    S: * ACL "Work" "bob" lrswitekxacd
    S: t OK GETACL completed
    C: u SETACL INBOX ann
    S: u BAD <<.*>>
    C: v SETACL INBOX "" lr
    S: v BAD The identifier is empty
    `,
  );
});
