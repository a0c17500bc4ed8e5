import { runTranscript } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import { greeting, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

describe("ends", () => {
  test("shutdown says BYE", async () => {
    const { connect, shutdown, over } = setUp();
    const connection = connect();
    await runTranscript(connection, signIn);
    shutdown.abort();
    await runTranscript(connection, "S: * BYE The server is shutting down\nS# end");
    await over();
  });

  test("a mailbox that cannot be followed any longer ends who has it open, in IDLE too, and nobody else", async () => {
    const { connect, mail, over, shutdown } = setUp();
    const [reader, idler, closer] = [connect(), connect(), connect()];
    await runTranscript(reader, `${signIn}${selectInbox}`);
    await runTranscript(idler, `${signIn}${selectInbox}C: i IDLE\nS: + idling\n`);
    await runTranscript(closer, `${signIn}${selectInbox}C: u UNSELECT\nS: u OK UNSELECT completed\n`);
    mail.outgrown.abort();
    const bye = "S: * BYE The selected mailbox has seen too many combinations of keywords: select it again\nS# end";
    await runTranscript(reader, bye);
    await runTranscript(idler, bye);
    await runTranscript(closer, "C: n NOOP\nS: n OK NOOP completed");
    shutdown.abort();
    await over();
  });

  test("silence ends the session: three minutes before login, half an hour after", async () => {
    const { connect, clock, over } = setUp();
    const [one, two] = [connect(), connect()];
    await runTranscript([one, two], `${signIn}2${greeting}`);
    await clock.advance(3 * 60_000);
    await runTranscript(two, "S: * BYE Logged out for inactivity\nS# end");
    await clock.advance(29 * 60_000);
    expect(one.closed).toBe(false);
    await clock.advance(6 * 60_000);
    await runTranscript(one, "S: * BYE Logged out for inactivity\nS# end");
    await over();
  });

  test("a client that goes away leaves nothing behind", async () => {
    const { connect, over, logger } = setUp();
    const connection = connect();
    await runTranscript(connection, `${signIn}${selectInbox}`);
    connection.end();
    await over();
    expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("answers to pipelined commands share one write", async () => {
    const { connect } = setUp();
    const connection = connect();
    await runTranscript(connection, signIn);
    const before = connection.writes;
    await runTranscript(
      connection,
      String.raw`C!: a NOOP\r\nb NOOP\r\nc NOOP\r\n
      S: a OK NOOP completed
      S: b OK NOOP completed
      S: c OK NOOP completed`,
    );
    expect(connection.writes - before).toBe(1);
  });

  test("bodies wait for a client that does not read", async () => {
    const { connect, mail } = setUp();
    const body = `Subject: big\r\n\r\n${"x".repeat(400_000)}`;
    for (let count = 0; count < 20; count++) mail.deliver("INBOX", body);
    const connection = connect();
    await runTranscript(connection, `${signIn}${selectInbox}`);
    connection.send("f FETCH 1:* BODY.PEEK[]\r\n");
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(connection.unreadBytesMax).toBeLessThan(700_000);
    let total = 0;
    while (total < 8_000_000) total += (await connection.receive())?.length ?? 0;
    expect(total).toBeGreaterThan(8_000_000);
  });
});
