import { FakeClock, MemoryConnection, MemoryLogger, runTranscript, SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { MemoryImapBackend } from "./memory/index.ts";
import { serveImap } from "./serve-imap.ts";

// The step of a MOVE within one mailbox holds the copy too; counting it as known lost the copy until the next SELECT.
test("MOVE into the selected mailbox itself shows the copy", async () => {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const backend = new MemoryImapBackend({ clock, random: new SeededRandom(2) });
  backend.addAccount("bob", "secret").deliver("INBOX", "Subject: a\n\nb\n");
  const connection = new MemoryConnection();
  void serveImap(connection.server, { backend, clock, logger, signal: new AbortController().signal });
  await runTranscript(
    connection,
    String.raw`S*: * OK <<.*>>
    C: a LOGIN bob secret
    S*: a OK <<.*>>
    C: b SELECT INBOX
    S*: b OK <<.*>>
    C: c MOVE 1 INBOX
    S: * OK [COPYUID <<\d+>> 1 2] Moved
    S: * 1 EXPUNGE
    S: * 1 EXISTS
    S: * 1 RECENT
    S: c OK MOVE completed
    C: d FETCH 1 UID
    S: * 1 FETCH (UID 2)
    S: d OK FETCH completed`,
  );
  expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
});
