import { Failure } from "@casaforte/kernel";
import { FakeClock, MemoryConnection, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import type { ImapBackend } from "./backend.ts";
import { MemoryImapBackend } from "./memory/index.ts";
import { serveImap } from "./serve-imap.ts";

test("a body that breaks off ends the connection instead of filling the promised length with other bytes", async () => {
  const clock = new FakeClock();
  const logger = new MemoryLogger();
  const memory = new MemoryImapBackend({ clock, random: new SeededRandom(2) });
  memory.addAccount("bob", "secret").deliver("INBOX", `Subject: a\n\n${"x".repeat(50_000)}`);
  const backend: ImapBackend = {
    async authenticate(request) {
      const account = await memory.authenticate(request);
      const open = account.open.bind(account);
      account.open = async (id, options) => {
        const mailbox = await open(id, options);
        mailbox.body = async () =>
          (async function* () {
            yield Buffer.from("Subject: a\r\n");
            throw new Error("the disk is gone");
          })();
        return mailbox;
      };
      return account;
    },
  };
  const connection = new MemoryConnection();
  const session = serveImap(connection.server, { backend, clock, logger, signal: new AbortController().signal });
  connection.send("a LOGIN bob secret\r\nb SELECT INBOX\r\nc FETCH 1 BODY.PEEK[]\r\nd NOOP\r\n");
  await session;
  const said = await connection.receiveAll();
  expect(said.endsWith("Subject: a\r\n")).toBe(true);
  expect(said).not.toContain("\r\nc ");
  expect(logger.events.map(({ event }) => event)).toContain("imap.body_broke");
});

test.each([
  ["unavailable", []],
  ["over_quota", [1]],
] as const)("after an APPEND that ended with %s the bytes given up are %j", async (kind, expected) => {
  const clock = new FakeClock();
  const memory = new MemoryImapBackend({ clock, random: new SeededRandom(2) });
  memory.addAccount("bob", "secret");
  const discarded: number[] = [];
  const backend: ImapBackend = {
    async authenticate(request) {
      const account = await memory.authenticate(request);
      account.append = async () => {
        throw new Failure(kind, "test.append", "not now");
      };
      account.discard = async (messages) => void discarded.push(messages.length);
      return account;
    },
  };
  const connection = new MemoryConnection();
  const logger = new MemoryLogger();
  const session = serveImap(connection.server, { backend, clock, logger, signal: new AbortController().signal });
  connection.send("a LOGIN bob secret\r\nb APPEND INBOX {14+}\r\nSubject: D\r\n\r\n\r\nc LOGOUT\r\n");
  await session;
  expect(await connection.receiveAll()).toContain("b NO ");
  expect(discarded).toEqual(expected);
});
