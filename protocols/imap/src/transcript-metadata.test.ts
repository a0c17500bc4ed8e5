import { runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { setUp, signIn } from "./transcript-session.test-support.ts";

test("SETMETADATA and GETMETADATA of mailboxes and of the account, by depth and size, and their refusals", async () => {
  const { connect, mail } = setUp({ limits: { annotationBytes: 20 } });
  await runTranscript(
    connect(),
    String.raw`${signIn}
    C: b SETMETADATA INBOX (/private/comment "My own" /SHARED/Vendor/X/a "one" /shared/vendor/x/b "two")
    S: b OK SETMETADATA completed
    C: c GETMETADATA INBOX /private/comment
    S: * METADATA INBOX (/private/comment "My own")
    S: c OK GETMETADATA completed
    C: d GETMETADATA INBOX (/Private/Comment /shared/none)
    S: * METADATA INBOX (/private/comment "My own" /shared/none NIL)
    S: d OK GETMETADATA completed
    C: e GETMETADATA (DEPTH 1) INBOX /shared/vendor/x
    S: * METADATA INBOX (/shared/vendor/x/a "one" /shared/vendor/x/b "two")
    S: e OK GETMETADATA completed
    C: f GETMETADATA INBOX (DEPTH infinity MAXSIZE 4) (/shared /private)
    S: * METADATA INBOX (/shared/vendor/x/a "one" /shared/vendor/x/b "two")
    S: f OK [METADATA LONGENTRIES 6] GETMETADATA completed
    C: g GETMETADATA (DEPTH 1) INBOX /shared
    S: g OK GETMETADATA completed
    C: h SETMETADATA INBOX (/shared/vendor/x/a NIL)
    S: h OK SETMETADATA completed
    C: i GETMETADATA INBOX /shared/vendor/x/a
    S: * METADATA INBOX (/shared/vendor/x/a NIL)
    S: i OK GETMETADATA completed
    C: j SETMETADATA "" (/private/comment {6+}
    C: a"b c!)
    S: j OK SETMETADATA completed
    C: k GETMETADATA "" /private/comment
    S: * METADATA "" (/private/comment "a\"b c!")
    S: k OK GETMETADATA completed
    C: l SETMETADATA "" (/shared/comment "for all")
    S: l NO [NOPERM] Nobody sets what a whole server shares
    C: m SETMETADATA INBOX (/private/comment "more than twenty bytes")
    S: m NO [METADATA MAXSIZE 20] The value is too long
    C: n SETMETADATA Nowhere (/private/comment "x")
    S: n NO [NONEXISTENT] No such mailbox
    C: o SETMETADATA INBOX (/other/comment "x")
    S: o BAD Bad entry name
    C: p SETMETADATA INBOX (/private/a//b "x")
    S: p BAD Bad entry name
    C: q SETMETADATA INBOX (/private "x")
    S: q BAD Bad entry name
    C: r GETMETADATA (DEPTH 2) INBOX /private
    S: r BAD DEPTH is 0, 1 or infinity
    C: s CREATE Bozze (USE (\Drafts))
    S*: s OK <<.*>>
    C: t GETMETADATA Bozze /private/specialuse
    S: * METADATA "Bozze" (/private/specialuse "\\Drafts")
    S: t OK GETMETADATA completed
    C: u SETMETADATA Bozze (/private/specialuse "\\Sent")
    S: u NO [CANNOT] The special use of a mailbox is set when it is created
    C: v SETMETADATA Bozze ("/shared/comment) (x" "y" "/shared/a \"b" "z")
    S: v OK SETMETADATA completed
    C: w GETMETADATA (DEPTH 1) Bozze /shared
    S: * METADATA "Bozze" ("/shared/a \"b" "z" "/shared/comment) (x" "y")
    S: w OK GETMETADATA completed
    `,
  );
  for (let number = 0; number < 99; number++) mail.annotations.set(`/private/${number}`, "x");
  expect(mail.annotations.size).toBe(100);
  await runTranscript(
    connect(),
    `${signIn}
    C: a SETMETADATA "" (/private/one-more "x")
    S: a NO [METADATA TOOMANY] There is no room for more annotations
    C: b SETMETADATA "" (/private/comment "x")
    S: b OK SETMETADATA completed
    `,
  );
});
