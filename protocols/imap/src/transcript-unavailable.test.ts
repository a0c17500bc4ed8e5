import { runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

test("R13: what was done is answered as done though the store cannot say what else changed, which is told later", async () => {
  const { mail, connect, logger } = setUp();
  for (let at = 0; at < 2; at++) mail.deliver("INBOX", plain);
  const connection = connect();
  const says = (transcript: string) => runTranscript(connection, transcript);
  await says(`${signIn}${selectInbox}`);
  mail.deliver("INBOX", plain);
  mail.unavailable.add("changes");
  await says(
    String.raw`C: a APPEND INBOX {17+}
    C!: Subject: c\r\n\r\nx\r\n\r\n
    S: a OK [APPENDUID <<\d+>> 4] APPEND completed
    C: b COPY 1 INBOX
    S: b OK [COPYUID <<\d+>> 1 5] COPY completed
    C: c STORE 1 +FLAGS.SILENT (\Deleted)
    S: c OK STORE completed
    C: d EXPUNGE
    S: * 1 EXPUNGE
    S: d OK <<.*>>EXPUNGE completed
    C: e NOOP
    S: e NO [UNAVAILABLE] <<.*>>`,
  );
  mail.unavailable.clear();
  mail.unavailable.add("recent");
  await says(
    String.raw`C: f CHECK
    S: * 4 EXISTS
    S: * <<\d>> RECENT
    S: f OK CHECK completed`,
  );
  mail.deliver("INBOX", plain);
  await says(
    String.raw`C: g NOOP
    S: * 5 EXISTS
    S: * <<\d>> RECENT
    S: g OK NOOP completed`,
  );
  expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
});

test("R13: IDLE goes on though the store cannot say what changed, and tells it at the next change", async () => {
  const { mail, connect } = setUp();
  const connection = connect();
  const says = (transcript: string) => runTranscript(connection, transcript);
  await says(`${signIn}${selectInbox}`);
  mail.unavailable.add("changes");
  await says("C: i IDLE\nS: + idling");
  mail.deliver("INBOX", plain);
  mail.unavailable.clear();
  mail.deliver("INBOX", plain);
  await says(String.raw`S: * 2 EXISTS
    S: * <<\d>> RECENT
    C!: DONE\r\n
    S: i OK IDLE completed`);
});

test("R13: a SELECT that cannot say what vanished since is refused, and leaves nothing selected", async () => {
  const { mail, connect } = setUp();
  mail.deliver("INBOX", plain);
  const connection = connect();
  const known = await runTranscript(
    connection,
    String.raw`${signIn}
    C: e ENABLE QRESYNC
    S: * ENABLED QRESYNC
    S: e OK ENABLE completed
    C: f SELECT INBOX
    S*: * OK [UIDVALIDITY <<v=\d+>>] UIDs valid
    S*: f OK [READ-WRITE] SELECT completed`,
  );
  mail.unavailable.add("changes");
  await runTranscript(
    connection,
    `C: s SELECT INBOX (QRESYNC (<<v>> 1))
    S*: s NO [UNAVAILABLE] <<.*>>
    C: c CHECK
    S: c BAD CHECK is not allowed now`,
    known,
  );
});
