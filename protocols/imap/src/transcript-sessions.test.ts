import { runTranscript } from "@casaforte/testkit";
import { describe, test } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

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
