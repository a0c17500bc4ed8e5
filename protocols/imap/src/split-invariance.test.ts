import { FakeClock, MemoryConnection, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryImapBackend } from "./memory/index.ts";
import { serveImap } from "./serve-imap.ts";
import { Framer } from "./syntax/frames.ts";

const conversation = Buffer.from(
  [
    "a LOGIN {3+}\r\nbob {6+}\r\nsecret\r\n",
    'b CREATE "Entw&APw-rfe"\r\n',
    "c APPEND INBOX (\\Seen) {24+}\r\nSubject: a\r\n\r\nx NOOP\r\n\r\n\r\n",
    "d SELECT INBOX\r\n",
    "y UID SEARCH RETURN (UPDATE CONTEXT PARTIAL 1:9) SEEN\r\n",
    "e SEARCH CHARSET UTF-8 SUBJECT {2+}\r\n\xc3\xbc OR BODY {4+}\r\nNOOP SEEN\r\n",
    "f FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (Subject)]<0.5> BODY.PEEK[])\r\n",
    "g NOPE {3+}\r\nabc\r\n",
    "h STORE 1 +FLAGS (\\Deleted)\n",
    "i EXPUNGE\r\n\r\n",
    'k CANCELUPDATE "y" {1+}\r\nz\r\n',
    "j LOGOUT\r\n",
  ].join(""),
  "latin1",
);

async function answersTo(pieces: readonly Buffer[]): Promise<string> {
  const clock = new FakeClock();
  const backend = new MemoryImapBackend({ clock, random: new SeededRandom(9) });
  backend.addAccount("bob", "secret");
  const connection = new MemoryConnection();
  const { signal } = new AbortController();
  const session = serveImap(connection.server, { backend, clock, logger: new MemoryLogger(), signal });
  for (const piece of pieces) connection.send(piece);
  await session;
  return connection.receiveAll();
}

function split(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => whole.subarray(at[index], end));
}

test("a session answers the same for any split of the client's bytes", async () => {
  const expected = await answersTo([conversation]);
  expect(expected).toContain("j OK LOGOUT completed");
  expect(expected).not.toContain("x OK NOOP");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(conversation.length), { maxLength: 30 }), async (cuts) => {
      expect(await answersTo(split(conversation, cuts))).toBe(expected);
    }),
    { numRuns: 60 },
  );
  expect(await answersTo([...conversation].map((byte) => Buffer.of(byte)))).toBe(expected);
});

test("hostile bytes never crash a session: it answers or ends", async () => {
  const word = fc.constantFrom(
    "a ",
    "LOGIN ",
    "bob ",
    "secret",
    "SELECT ",
    "SEARCH RETURN (UPDATE) ",
    "CANCELUPDATE ",
    "INBOX",
    "UID ",
    "FETCH ",
    "1:* ",
    "(",
    ")",
    "BODY[",
    "]",
    "<0.1>",
    '"',
    "\\",
    "{3}",
    "{2+}",
    "\r\n",
    "\n",
    "\0",
    "*",
    "\xff",
    "&-",
    "SEARCH ",
    "NOT ",
    "STORE ",
    "+FLAGS ",
    "APPEND ",
    " ",
    "0",
    "4294967296",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 60 }), async (words) => {
      const logger = new MemoryLogger();
      const clock = new FakeClock();
      const backend = new MemoryImapBackend({ clock, random: new SeededRandom(9) });
      backend.addAccount("bob", "secret").deliver("INBOX", "Subject: a\n\nb\n");
      const connection = new MemoryConnection();
      const session = serveImap(connection.server, { backend, clock, logger, signal: new AbortController().signal });
      connection.send(Buffer.from(`l LOGIN bob secret\r\ns SELECT INBOX\r\n${words.join("")}`, "latin1"));
      connection.end();
      await session;
      expect(logger.events.filter(({ level }) => level === "error")).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test("the framer's lines and literals do not depend on the split, nor does its limit", () => {
  const token = fc.constantFrom("a", "{2}", "{1+}", "~{3}", "\r\n", "\n", "\r", "}", "xxxxxxxxxxxx");
  const read = (pieces: readonly Buffer[]): string[] => {
    const framer = new Framer();
    const seen: string[] = [];
    let left = 0;
    for (const piece of pieces) {
      framer.push(piece);
      for (;;) {
        if (left > 0) {
          const bytes = framer.takeLiteral(left);
          if (!bytes) break;
          left -= bytes.length;
          seen.push(...Array.from(bytes, (byte) => `byte ${byte}`));
          continue;
        }
        const frame = framer.takeLine(10);
        if (!frame) break;
        seen.push(JSON.stringify(frame));
        left = frame.kind === "line" ? (frame.literal?.sizeBytes ?? 0) : 0;
      }
    }
    return seen;
  };
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.array(fc.nat(300), { maxLength: 12 }), (tokens, cuts) => {
      const whole = Buffer.from(tokens.join(""), "latin1");
      expect(read(split(whole, cuts))).toEqual(read([whole]));
    }),
    { numRuns: 500 },
  );
});
