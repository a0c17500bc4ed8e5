import { FakeClock, MemoryConnection, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import type { ImapAccount, ImapBackend } from "./backend.ts";
import { MemoryImapBackend } from "./memory/index.ts";
import { serveImap } from "./serve-imap.ts";

/** A session of bob's, who has one message, with the account as `change` leaves it. */
function serve(change: (account: ImapAccount) => void) {
  const clock = new FakeClock();
  const memory = new MemoryImapBackend({ clock, random: new SeededRandom(2) });
  memory.addAccount("bob", "secret").deliver("INBOX", "Subject: a\n\nb\n");
  const connection = new MemoryConnection();
  const backend: ImapBackend = {
    async authenticate(request) {
      const account = await memory.authenticate(request);
      change(account);
      return account;
    },
  };
  const logger = new MemoryLogger();
  const over = serveImap(connection.server, { backend, clock, logger, signal: new AbortController().signal });
  return { connection, over };
}

const url = 'URL "/INBOX/;UID=1"';

test.each([
  ["between parts", `CATENATE (${url} ${url} ${url})`],
  ["between messages", `CATENATE (${url}) CATENATE (${url}) CATENATE (${url})`],
])("nothing more is read for a client that went away %s of an APPEND, and nothing is kept", async (_, messages) => {
  let reads = 0;
  const kept: string[] = [];
  const { connection, over } = serve((account) => {
    const open = account.open.bind(account);
    account.open = async (id, options) => {
      const mailbox = await open(id, options);
      const body = mailbox.body.bind(mailbox);
      mailbox.body = async (uid, range) => {
        reads++;
        connection.end();
        return body(uid, range);
      };
      return mailbox;
    };
    account.append = async () => {
      kept.push("appended");
      return { uidValidity: 1, uids: new Uint32Array() };
    };
    account.discard = async (staged) => void kept.push(...staged.map(() => "discarded"));
  });
  connection.send(`a LOGIN bob secret\r\nb APPEND INBOX ${messages}\r\n`);
  await over;
  expect(reads).toBe(1);
  expect(kept).not.toContain("appended");
  expect(kept).toEqual(messages.includes(") CATENATE") ? ["discarded"] : []);
});

test("what was staged for a refused APPEND is given up before the rest of it comes", async () => {
  const discarded: number[] = [];
  const { connection, over } = serve((account) => {
    account.discard = async (staged) => void discarded.push(staged.length);
  });
  const first = "{14+}\r\nSubject: D\r\n\r\n";
  connection.send(`a LOGIN bob secret\r\nb APPEND INBOX ${first} CATENATE (TEXT {1+}\r\na URL "/Nowhere/;UID=1"`);
  connection.send(" TEXT {5+}\r\n");
  await expect.poll(() => discarded).toEqual([1]);
  connection.send("hello)\r\nc LOGOUT\r\n");
  await over;
  expect(await connection.receiveAll()).toMatch(/\r\nb NO \[BADURL .*\r\nc OK /s);
  expect(discarded).toEqual([1]);
});
