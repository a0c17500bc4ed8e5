import { runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

test("a search that takes long says every quarter of a minute that it goes on, and then answers (RFC 9585)", async () => {
  const { connect, mail, clock } = setUp();
  mail.deliver("INBOX", plain);
  const connection = connect();
  await runTranscript(connection, `${signIn}${selectInbox}`);
  const { promise, resolve } = Promise.withResolvers<void>();
  mail.busy = promise;
  await runTranscript(connection, "C: a1 SEARCH TEXT hello");
  await clock.advance(14_999);
  await clock.advance(1);
  await runTranscript(connection, 'S: * OK [INPROGRESS ("a1" NIL NIL)] Still working');
  await clock.advance(15_000);
  await runTranscript(connection, 'S: * OK [INPROGRESS ("a1" NIL NIL)] Still working');
  resolve();
  await runTranscript(connection, "S: * SEARCH 1\nS: a1 OK SEARCH completed");
  await clock.advance(60_000);
  await runTranscript(connection, "C: b NOOP\nS: b OK NOOP completed");
});

test("a search in many mailboxes says how many of them are done", async () => {
  const { connect, mail, clock } = setUp();
  for (const name of ["Work", "Zoo"]) mail.addMailbox(name, null);
  for (const name of ["INBOX", "Work", "Zoo"]) mail.deliver(name, plain);
  const connection = connect();
  await runTranscript(connection, signIn);
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  // The third mailbox is the slow one.
  Object.defineProperty(mail, "busy", { get: () => (++asked < 3 ? Promise.resolve() : gate.promise) });
  await runTranscript(connection, "C: a ESEARCH IN (personal) RETURN (COUNT) TEXT hello");
  await clock.advance(15_000);
  await runTranscript(
    connection,
    `S: * ESEARCH (TAG "a" MAILBOX INBOX UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: * ESEARCH (TAG "a" MAILBOX "Work" UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: * OK [INPROGRESS ("a" 2 3)] Still working`,
  );
  gate.resolve();
  await runTranscript(
    connection,
    `S: * ESEARCH (TAG "a" MAILBOX "Zoo" UIDVALIDITY <<\\d+>>) UID COUNT 1
    S: a OK ESEARCH completed`,
  );
  expect(asked).toBe(3);
});

test("a command that is done at once says nothing of its progress, and leaves no clock running", async () => {
  const { connect, mail, clock } = setUp();
  mail.deliver("INBOX", plain);
  const connection = connect();
  await runTranscript(
    connection,
    `${signIn}${selectInbox}C: a SEARCH TEXT hello
    S: * SEARCH 1
    S: a OK SEARCH completed
    C: b UID STORE 1 +FLAGS.SILENT (\\Seen)
    S: b OK STORE completed`,
  );
  await clock.advance(30_000);
  await runTranscript(connection, "C: c NOOP\nS: c OK NOOP completed");
});

test("a command that comes after a short one has its own quarter of a minute, under the same clock", async () => {
  const { connect, mail, clock } = setUp();
  mail.deliver("INBOX", plain);
  const connection = connect();
  await runTranscript(
    connection,
    `${signIn}${selectInbox}C: a SEARCH TEXT hello
    S: * SEARCH 1
    S: a OK SEARCH completed`,
  );
  await clock.advance(10_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  mail.busy = promise;
  await runTranscript(connection, "C: b SEARCH TEXT hello");
  // Were it told of now, the answer would not be the next line.
  await clock.advance(14_999);
  mail.busy = Promise.resolve();
  resolve();
  await runTranscript(connection, "S: * SEARCH 1\nS: b OK SEARCH completed");
  mail.busy = new Promise(() => {});
  await runTranscript(connection, "C: c SEARCH TEXT hello");
  await clock.advance(15_000);
  await runTranscript(connection, 'S: * OK [INPROGRESS ("c" NIL NIL)] Still working');
});
