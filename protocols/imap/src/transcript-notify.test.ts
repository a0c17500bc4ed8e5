import { runTranscript } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { defaultLimits } from "./limits.ts";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

const wish = "MessageNew (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange";

test("SELECTED: others' messages, flags and expunges are told at once while no command runs, new ones with what was asked", async () => {
  const { connect, mail } = setUp();
  mail.deliver("INBOX", plain);
  const [one, two] = [connect(), connect()];
  await runTranscript(one, `${signIn}${selectInbox}C: a NOTIFY SET (SELECTED (${wish}))\nS: a OK NOTIFY completed`);
  mail.deliver("INBOX", plain);
  await runTranscript(
    one,
    String.raw`S: * 2 EXISTS
    S: * 2 RECENT
    S: * 2 FETCH (UID 2 FLAGS (\Recent) BODY[HEADER.FIELDS (SUBJECT)] {18}
    S: Subject: First
    S*: )`,
  );
  await runTranscript(two, `${signIn}${selectInbox}C: a STORE 1 +FLAGS.SILENT (\\Deleted)\nS: a OK STORE completed`);
  await runTranscript(one, String.raw`S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent))`);
  await runTranscript(two, "C: b EXPUNGE\nS: * 1 EXPUNGE\nS: b OK EXPUNGE completed");
  await runTranscript(one, "S: * 1 EXPUNGE\nC: b NOOP\nS: b OK NOOP completed");
});

test("SELECTED-DELAYED: expunges wait for a command in which numbers may move; IDLE is one", async () => {
  const { connect, mail } = setUp();
  for (let count = 0; count < 3; count++) mail.deliver("INBOX", plain);
  const [one, two] = [connect(), connect()];
  await runTranscript(
    one,
    `${signIn}${selectInbox}C: a NOTIFY SET (selected-delayed (MessageNew MessageExpunge FlagChange))\nS: a OK NOTIFY completed`,
  );
  const gone = (tag: string) =>
    String.raw`C: ${tag} STORE 1 +FLAGS.SILENT (\Deleted)
    S: ${tag} OK STORE completed
    C: ${tag}e EXPUNGE
    S: * 1 EXPUNGE
    S: ${tag}e OK EXPUNGE completed`;
  await runTranscript(two, `${signIn}${selectInbox}${gone("a")}`);
  // A flag that changes afterwards is told in the old numbering.
  await runTranscript(
    two,
    String.raw`C: b STORE 2 +FLAGS.SILENT (\Flagged)
    S: b OK STORE completed`,
  );
  await runTranscript(
    one,
    String.raw`S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent))
    S: * 3 FETCH (UID 3 FLAGS (\Flagged \Recent))
    C: b FETCH 3 UID
    S: * 3 FETCH (UID 3)
    S: b OK FETCH completed
    C: c NOOP
    S: * 1 EXPUNGE
    S: c OK NOOP completed
    C: i IDLE
    S: + idling`,
  );
  await runTranscript(two, gone("c"));
  await runTranscript(one, "S*: * 1 EXPUNGE\nC: DONE\nS: i OK IDLE completed");
});

test("what happens elsewhere is told while the client is silent and in IDLE, and a lost hint delays it until the next look", async () => {
  const { connect, mail, clock } = setUp();
  mail.addMailbox("Work", null);
  const one = connect();
  await runTranscript(
    one,
    `${signIn}C: a NOTIFY SET (mailboxes Work (MessageNew MessageExpunge)) (personal (MailboxName))\nS: a OK NOTIFY completed`,
  );
  mail.deliver("Work", plain);
  await runTranscript(one, 'S: * STATUS "Work" (MESSAGES 1 UIDNEXT 2)\nC: i IDLE\nS: + idling');
  mail.deliver("Work", plain);
  await runTranscript(one, 'S: * STATUS "Work" (MESSAGES 2 UIDNEXT 3)\nC: DONE\nS: i OK IDLE completed');
  mail.losesHints = true;
  mail.deliver("Work", plain);
  mail.addMailbox("Fresh", null);
  await clock.advance(60_000);
  await runTranscript(
    one,
    String.raw`S: * LIST (\HasNoChildren \Subscribed) "/" "Fresh"
    S: * STATUS "Work" (MESSAGES 3 UIDNEXT 4)
    C: b NOOP
    S: b OK NOOP completed`,
  );
});

test("a NOTIFY that is refused leaves the one before in force; one that comes to watch too much ends and says so", async () => {
  const { connect, mail, logger } = setUp({ limits: { notifyMailboxes: 2 } });
  mail.addMailbox("Work", null);
  const one = connect();
  await runTranscript(
    one,
    `${signIn}C: a NOTIFY SET (personal (MessageNew MessageExpunge))
    S: a OK NOTIFY completed
    C: b NOTIFY SET (personal (MessageNew))
    S: b BAD <<.*>>`,
  );
  mail.deliver("Work", plain);
  await runTranscript(one, 'S: * STATUS "Work" (MESSAGES 1 UIDNEXT 2)');
  mail.addMailbox("Third", null);
  mail.hint(null);
  await runTranscript(one, "S: * OK [NOTIFICATIONOVERFLOW] Too much to tell: ask again");
  expect(logger.events.map(({ event }) => event)).toContain("imap.notification_overflow");
  mail.deliver("Work", plain);
  await runTranscript(one, "C: c NOOP\nS: c OK NOOP completed");
});

test("after an overflow NOTIFY says nothing at all until it is asked for again, which tells what came meanwhile", async () => {
  const { connect, mail } = setUp({ limits: { notifyMailboxes: 1 } });
  const one = connect();
  await runTranscript(
    one,
    `${signIn}${selectInbox}C: a NOTIFY SET (selected (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge))\nS: a OK NOTIFY completed`,
  );
  mail.addMailbox("Second", null);
  mail.hint(null);
  await runTranscript(one, "S: * OK [NOTIFICATIONOVERFLOW] Too much to tell: ask again");
  mail.deliver("INBOX", plain);
  await runTranscript(
    one,
    `C: b NOOP
    S: b OK NOOP completed
    C: c NOTIFY SET (selected (MessageNew MessageExpunge))
    S: * 1 EXISTS
    S: * 1 RECENT
    S: c OK NOTIFY completed`,
  );
});

test("under UIDONLY and QRESYNC news come as UIDFETCH and VANISHED, and figures of others with HIGHESTMODSEQ", async () => {
  const { connect, mail } = setUp();
  mail.addMailbox("Work", null);
  mail.deliver("INBOX", plain);
  const [one, two] = [connect(), connect()];
  await runTranscript(
    one,
    `${signIn}C: u ENABLE UIDONLY QRESYNC
    S: * ENABLED UIDONLY QRESYNC
    S: u OK ENABLE completed
    ${selectInbox}C: a NOTIFY SET (selected (${wish})) (mailboxes Work (MessageNew MessageExpunge FlagChange))
    S: a OK NOTIFY completed`,
  );
  mail.deliver("INBOX", plain);
  mail.deliver("Work", plain);
  await runTranscript(
    one,
    String.raw`S: * 2 EXISTS
    S: * 2 RECENT
    S: * 2 UIDFETCH (UID 2 FLAGS (\Recent) BODY[HEADER.FIELDS (SUBJECT)] {18}
    S*: )
    S: * STATUS "Work" (MESSAGES 1 UIDNEXT 2 UNSEEN 1 HIGHESTMODSEQ <<\d+>>)`,
  );
  await runTranscript(two, `${signIn}${selectInbox}C: a STORE 1 +FLAGS.SILENT (\\Deleted)\nS: a OK STORE completed`);
  await runTranscript(one, String.raw`S: * 1 UIDFETCH (FLAGS (\Deleted \Recent) MODSEQ (<<\d+>>))`);
  await runTranscript(two, "C: b EXPUNGE\nS: * 1 EXPUNGE\nS: b OK EXPUNGE completed");
  await runTranscript(one, "S: * VANISHED 1");
  await runTranscript(
    two,
    String.raw`C: c SELECT Work
    S*: c OK [READ-WRITE] SELECT completed
    C: d STORE 1 +FLAGS.SILENT (\Answered)
    S: d OK STORE completed`,
  );
  await runTranscript(one, 'S: * STATUS "Work" (UIDVALIDITY <<\\d+>> HIGHESTMODSEQ <<\\d+>>)');
});

test("a mailbox that goes and comes again under its name has its new UIDVALIDITY told", async () => {
  const { connect, mail } = setUp();
  mail.addMailbox("Work", null);
  const [one, two] = [connect(), connect()];
  await runTranscript(one, `${signIn}C: a NOTIFY SET (personal (MessageNew MessageExpunge))\nS: a OK NOTIFY completed`);
  await runTranscript(one, "C: i IDLE\nS: + idling");
  mail.losesHints = true;
  await runTranscript(two, `${signIn}C: a DELETE Work\nS: a OK DELETE completed\nC: b CREATE Work\nS*: b OK <<.*>>`);
  mail.losesHints = false;
  mail.hint(null);
  await runTranscript(one, 'S: * STATUS "Work" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <<\\d+>>)');
});

test("a client that does not read is told nothing more until it does, and is closed when it stays silent", async () => {
  const { connect, mail, clock, over } = setUp();
  const one = connect({ highWaterBytes: 40 });
  await runTranscript(one, `${signIn}C: a NOTIFY SET (personal (MessageNew MessageExpunge))\nS: a OK NOTIFY completed`);
  const before = one.sentBytes;
  for (let count = 0; count < 20; count++) {
    mail.deliver("INBOX", plain);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  const told = "* STATUS INBOX (MESSAGES 1 UIDNEXT 2)\r\n* STATUS INBOX (MESSAGES 2 UIDNEXT 3)\r\n";
  expect(one.sentBytes - before).toBeLessThanOrEqual(told.length);
  await runTranscript(one, "S*: * STATUS INBOX (MESSAGES 20 UIDNEXT 21)");
  mail.deliver("INBOX", plain);
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  mail.deliver("INBOX", plain);
  for (let check = 0; check < 10; check++) await clock.advance(defaultLimits.idleTimeoutMs / 5);
  await over();
  expect(one.closed).toBe(true);
});

test("a client that stops reading in the midst of a message told by NOTIFY is closed after the idle time", async () => {
  const { connect, mail, clock, over } = setUp();
  const one = connect({ highWaterBytes: 40 });
  await runTranscript(
    one,
    `${signIn}${selectInbox}C: a NOTIFY SET (selected (MessageNew (BODY.PEEK[]) MessageExpunge))\nS: a OK NOTIFY completed`,
  );
  const before = one.sentBytes;
  for (let count = 0; count < 3; count++) mail.deliver("INBOX", "Subject: long\n\n".padEnd(200_000, "x"));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(one.sentBytes - before).toBeGreaterThan(100_000);
  expect(one.sentBytes - before).toBeLessThan(400_000);
  for (let check = 0; check < 10; check++) await clock.advance(defaultLimits.idleTimeoutMs / 5);
  expect(one.closed).toBe(true);
  await over();
});

test("a client that stops reading in IDLE, and says DONE all the same, is closed after the idle time", async () => {
  const { connect, mail, clock, over } = setUp();
  const one = connect({ highWaterBytes: 40 });
  await runTranscript(one, `${signIn}${selectInbox}C: a IDLE\nS: + idling`);
  for (let count = 0; count < 20; count++) {
    mail.deliver("INBOX", plain);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  one.send("DONE\r\n");
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  for (let check = 0; check < 10; check++) await clock.advance(defaultLimits.idleTimeoutMs / 5);
  expect(one.closed).toBe(true);
  await over();
});

test("R13: what came into the selected mailbox and was not told there is told once it is left", async () => {
  const { connect, mail, clock } = setUp();
  const [one, two] = [connect(), connect()];
  await runTranscript(
    one,
    `${signIn}C: a NOTIFY SET (personal (MessageNew MessageExpunge))\nS: a OK NOTIFY completed\n${selectInbox}`,
  );
  mail.deliver("INBOX", plain);
  await runTranscript(
    one,
    `C: b NOOP
    S: b OK NOOP completed
    C: c UNSELECT
    S: c OK UNSELECT completed
    C: d NOOP
    S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2)
    S: d OK NOOP completed
    ${selectInbox}`,
  );
  // The look at everything passes it over as well.
  mail.deliver("INBOX", plain);
  mail.hint(null);
  await clock.advance(defaultLimits.idlePollMs);
  await runTranscript(
    one,
    `C: e NOOP
    S: e OK NOOP completed
    C: f CLOSE
    S: f OK CLOSE completed
    C: g NOOP
    S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3)
    S: g OK NOOP completed
    C: h NOTIFY SET (personal (MessageNew MessageExpunge FlagChange)) (selected (MessageNew MessageExpunge FlagChange))
    S: h OK NOTIFY completed
    ${selectInbox}`,
  );
  mail.losesHints = true;
  mail.deliver("INBOX", plain);
  await runTranscript(two, `${signIn}${selectInbox}C: a STORE 1,2,3 +FLAGS.SILENT (\\Seen)\nS: a OK STORE completed`);
  await runTranscript(
    one,
    `C: i UNSELECT
    S: i OK UNSELECT completed
    C: j NOOP
    S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4 UNSEEN 0)
    S: j OK NOOP completed
    C: k NOTIFY SET (personal (MessageNew MessageExpunge FlagChange)) (selected (MessageNew MessageExpunge))
    S: k OK NOTIFY completed
    ${selectInbox}`,
  );
  mail.losesHints = false;
  await runTranscript(two, "C: b STORE 3 -FLAGS.SILENT (\\Seen)\nS: b OK STORE completed");
  await runTranscript(
    one,
    `C: l NOOP
    S: l OK NOOP completed
    C: m UNSELECT
    S: m OK UNSELECT completed
    C: n NOOP
    S: * STATUS INBOX (UIDVALIDITY <<\\d+>> UNSEEN 1)
    S: n OK NOOP completed`,
  );
});

test("what was told in the selected mailbox is not told again when it is left", async () => {
  const { connect, mail } = setUp();
  const [one, two] = [connect(), connect()];
  mail.deliver("INBOX", plain);
  await runTranscript(
    one,
    `${signIn}C: e ENABLE CONDSTORE
    S: * ENABLED CONDSTORE
    S: e OK ENABLE completed
    C: a NOTIFY SET (personal (MessageNew MessageExpunge FlagChange)) (selected (MessageNew MessageExpunge FlagChange))
    S: a OK NOTIFY completed
    ${selectInbox}`,
  );
  mail.deliver("INBOX", plain);
  await runTranscript(one, "S: * 2 EXISTS\nS: * 2 RECENT");
  await runTranscript(two, `${signIn}${selectInbox}C: a STORE 1 +FLAGS.SILENT (\\Seen)\nS: a OK STORE completed`);
  await runTranscript(
    one,
    String.raw`S: * 1 FETCH (UID 1 FLAGS (\Seen \Recent) MODSEQ (<<\d+>>))
    C: b STORE 2 +FLAGS.SILENT (\Seen)
    S: * 2 FETCH (UID 2 MODSEQ (<<\d+>>))
    S: b OK STORE completed
    C: c UNSELECT
    S: c OK UNSELECT completed
    C: d NOOP
    S: d OK NOOP completed`,
  );
});

test("a hint that comes while the session looks makes it look again, in NOTIFY and in IDLE", async () => {
  const { connect, mail } = setUp();
  mail.addMailbox("Work", null);
  const [one, two] = [connect(), connect()];
  await runTranscript(one, `${signIn}C: a NOTIFY SET (personal (MessageNew MessageExpunge))\nS: a OK NOTIFY completed`);
  await runTranscript(two, `${signIn}C: s SELECT Work\nS*: s OK [READ-WRITE] SELECT completed\nC: i IDLE\nS: + idling`);
  for (let turns = 0; turns < 40; turns++) {
    mail.deliver("Work", plain);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    mail.deliver("Work", plain);
    const count = 2 * (turns + 1);
    await runTranscript(one, `S*: * STATUS "Work" (MESSAGES ${count} UIDNEXT ${count + 1})`);
    await runTranscript(two, `S*: * ${count} EXISTS\nS: * ${count} RECENT`);
  }
});
