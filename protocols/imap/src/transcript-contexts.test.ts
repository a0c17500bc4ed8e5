import { Failure } from "@casaforte/kernel";
import { runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { FollowBudget } from "./search-context.ts";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

/** A store with some messages, and one session that has selected them. */
async function selected(count: number, options: Parameters<typeof setUp>[0] = {}) {
  const bed = setUp(options);
  for (let at = 0; at < count; at++) bed.mail.deliver("INBOX", plain);
  const connection = bed.connect();
  await runTranscript(connection, `${signIn}${selectInbox}`);
  return { ...bed, connection };
}

test("R13: mail that comes and goes is told although a result that is followed cannot be found out, which is followed no longer", async () => {
  const { mail, connect, connection, logger } = await selected(2);
  const other = connect();
  await runTranscript(
    connection,
    `C: a SEARCH RETURN (UPDATE COUNT) TEXT hello
    S: * ESEARCH (TAG "a") COUNT 2
    S: a OK SEARCH completed
    C: b SEARCH RETURN (UPDATE COUNT) UNSEEN
    S: * ESEARCH (TAG "b") COUNT 2
    S: b OK SEARCH completed`,
  );
  await runTranscript(
    other,
    String.raw`${signIn}${selectInbox}
    C: a STORE 1 +FLAGS.SILENT (\Deleted)
    S: a OK STORE completed
    C: b EXPUNGE
    S: * 1 EXPUNGE
    S: b OK <<.*>>EXPUNGE completed`,
  );
  mail.deliver("INBOX", plain);
  const failing = Promise.reject(new Failure("unavailable", "test.busy", "The store has too much to do"));
  failing.catch(() => {});
  mail.busy = failing;
  await runTranscript(
    connection,
    String.raw`C: c APPEND INBOX {17+}
    C!: Subject: c\r\n\r\nx\r\n\r\n
    S: * NO [NOUPDATE "a"] <<.*>>
    S: * ESEARCH (TAG "b") REMOVEFROM (0 1)
    S: * 1 EXPUNGE
    S: * 3 EXISTS
    S: * <<\d>> RECENT
    S: * ESEARCH (TAG "b") ADDTO (0 2:3)
    S: c OK [APPENDUID <<\d+>> 4] APPEND completed`,
  );
  mail.busy = Promise.resolve();
  await runTranscript(
    connection,
    String.raw`C: d STORE 1 +FLAGS.SILENT (\Seen)
    S: * ESEARCH (TAG "b") REMOVEFROM (0 1)
    S: d OK STORE completed`,
  );
  expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
});

test("R13: results that are followed hold no more messages than a session may, and give back what they held", async () => {
  const { connection, mail } = await selected(3, { limits: { searchContextMessages: 4 } });
  await runTranscript(
    connection,
    String.raw`C: a SEARCH RETURN (UPDATE COUNT) ALL
    S: * ESEARCH (TAG "a") COUNT 3
    S: a OK SEARCH completed
    C: b SEARCH RETURN (UPDATE COUNT) UNSEEN
    S: * ESEARCH (TAG "b") COUNT 3
    S: * NO [NOUPDATE "b"] <<.*>>
    S: b OK SEARCH completed
    C: c SEARCH RETURN (UPDATE COUNT) FLAGGED
    S: * ESEARCH (TAG "c") COUNT 0
    S: c OK SEARCH completed
    C: d STORE 1:2 +FLAGS.SILENT (\Flagged)
    S: * NO [NOUPDATE "c"] <<.*>>
    S: d OK STORE completed`,
  );
  mail.deliver("INBOX", plain);
  await runTranscript(
    connection,
    String.raw`C: e NOOP
    S: * 4 EXISTS
    S: * <<\d>> RECENT
    S: * ESEARCH (TAG "a") ADDTO (0 4)
    S: e OK NOOP completed
    C: f CANCELUPDATE "a"
    S: f OK CANCELUPDATE completed
    C: g SEARCH RETURN (UPDATE COUNT) ALL
    S: * ESEARCH (TAG "g") COUNT 4
    S: g OK SEARCH completed
    C: h STORE 1 +FLAGS.SILENT (\Deleted)
    S: h OK STORE completed
    C: i EXPUNGE
    S: * ESEARCH (TAG "g") REMOVEFROM (0 1)
    S: * 1 EXPUNGE
    S: i OK <<.*>>EXPUNGE completed
    C: j SEARCH RETURN (UPDATE COUNT) FLAGGED
    S: * ESEARCH (TAG "j") COUNT 1
    S: j OK SEARCH completed`,
  );
});

test("R13: sessions of one process share what results that are followed may hold; one that ends gives back its part", async () => {
  const { connection, connect, shutdown, over } = await selected(3, { followed: new FollowBudget(5) });
  const follow = (tag: string, told: string) => `C: ${tag} SEARCH RETURN (UPDATE COUNT) ALL
    S: * ESEARCH (TAG "${tag}") COUNT 3
    ${told}S: ${tag} OK SEARCH completed\n`;
  const other = connect();
  await runTranscript(connection, follow("a", ""));
  await runTranscript(other, `${signIn}${selectInbox}${follow("b", 'S: * NO [NOUPDATE "b"] <<.*>>\n')}`);
  await runTranscript(connection, "C: c LOGOUT\nS*: c OK LOGOUT completed");
  await expect(connection.receive()).resolves.toBeNull();
  await runTranscript(other, follow("d", ""));
  shutdown.abort();
  await over();
});

test("more changes at once than a session remembers are told of a followed result as few are", async () => {
  const { connection } = await selected(300);
  await runTranscript(
    connection,
    String.raw`C: a SEARCH RETURN (UPDATE COUNT) FLAGGED
    S: * ESEARCH (TAG "a") COUNT 0
    S: a OK SEARCH completed
    C: b STORE 1:299 +FLAGS.SILENT (\Flagged)
    S: * ESEARCH (TAG "a") ADDTO (0 1:299)
    S: b OK STORE completed
    C: c STORE 7,300 -FLAGS.SILENT (\Flagged)
    S: * ESEARCH (TAG "a") REMOVEFROM (0 7)
    S: c OK STORE completed
    C: d STORE 1:300 FLAGS.SILENT (\Flagged)
    S: * ESEARCH (TAG "a") ADDTO (0 7,300)
    S: d OK STORE completed`,
  );
});

test("a result that the store must find is followed no longer where too much changed at once", async () => {
  const { connection } = await selected(3, { limits: { contextChanges: 2 } });
  await runTranscript(
    connection,
    String.raw`C: a SEARCH RETURN (UPDATE COUNT) TEXT hello UNSEEN
    S: * ESEARCH (TAG "a") COUNT 3
    S: a OK SEARCH completed
    C: b STORE 1:2 +FLAGS.SILENT (\Seen)
    S: * ESEARCH (TAG "a") REMOVEFROM (0 1:2)
    S: b OK STORE completed
    C: c STORE 1:3 FLAGS.SILENT (\Flagged)
    S: * NO [NOUPDATE "a"] <<.*>>
    S: c OK STORE completed`,
  );
});

test("a result that was followed by number is told by UID once UIDONLY is enabled (RFC 9586)", async () => {
  const { connection } = await selected(3);
  await runTranscript(
    connection,
    String.raw`C: a STORE 1 +FLAGS.SILENT (\Deleted)
    S: a OK STORE completed
    C: b EXPUNGE
    S: * 1 EXPUNGE
    S: b OK <<.*>>EXPUNGE completed
    C: c SEARCH RETURN (UPDATE COUNT) FLAGGED
    S: * ESEARCH (TAG "c") COUNT 0
    S: c OK SEARCH completed
    C: d ENABLE UIDONLY
    S: * ENABLED UIDONLY
    S: d OK ENABLE completed
    C: e UID STORE 3 +FLAGS.SILENT (\Flagged)
    S: * ESEARCH (TAG "c") UID ADDTO (0 3)
    S: e OK STORE completed`,
  );
});
