import type { MemoryConnection } from "@casaforte/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { normalizeRanges } from "./syntax/sequence-set.ts";
import { setUp } from "./transcript-session.test-support.ts";

/** A client that keeps what it is told of two results, one by UID and one by number, as RFC 5267 has it. */
class Follower {
  readonly #connection: MemoryConnection;
  #left = "";
  #tag = 0;
  readonly lists = new Map<string, number[]>();
  count = 0;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  async #line(): Promise<string> {
    for (;;) {
      const at = this.#left.indexOf("\r\n");
      if (at >= 0) {
        const line = this.#left.slice(0, at);
        this.#left = this.#left.slice(at + 2);
        return line;
      }
      const more = await this.#connection.receive();
      if (more === null) throw new Error("the session ended");
      this.#left += Buffer.from(more).toString("latin1");
    }
  }

  async ask(command: string, tag = `t${++this.#tag}`): Promise<string> {
    this.#connection.send(`${tag} ${command}\r\n`);
    for (;;) {
      const line = await this.#line();
      if (line.startsWith(`${tag} `)) return line.slice(tag.length + 1);
      this.#hear(line);
    }
  }

  #hear(line: string): void {
    const gone = /^\* (\d+) EXPUNGE$/.exec(line);
    if (gone) {
      const number = Number(gone[1]);
      this.count--;
      const byNumber = this.lists.get("number") ?? [];
      // It was told of before, so nothing here is of a message that is gone.
      expect(byNumber).not.toContain(number);
      this.lists.set(
        "number",
        byNumber.map((each) => (each > number ? each - 1 : each)),
      );
    }
    const grown = /^\* (\d+) EXISTS$/.exec(line);
    if (grown) this.count = Number(grown[1]);
    const told = /^\* ESEARCH \(TAG "([^"]+)"\)(?: UID)?(.*)$/.exec(line);
    if (!told) return;
    const [, tag = "", data = ""] = told;
    const all = / ALL (\S+)/.exec(data);
    if (all || data === "") this.lists.set(tag, all ? expand(all[1] ?? "") : []);
    for (const [, word, set = ""] of data.matchAll(/ (ADDTO|REMOVEFROM) \(0 ([^)]+)\)/g)) {
      const list = this.lists.get(tag) ?? [];
      const numbers = expand(set);
      for (const number of numbers) expect(list.includes(number), line).toBe(word === "REMOVEFROM");
      if (tag === "number") for (const number of numbers) expect(number, line).toBeLessThanOrEqual(this.count);
      const left = list.filter((each) => !numbers.includes(each));
      this.lists.set(tag, word === "ADDTO" ? [...list, ...numbers].sort((a, b) => a - b) : left);
    }
  }
}

function expand(set: string): number[] {
  const pairs = set.split(",").flatMap((part) => {
    const [from, to] = part.split(":").map(Number);
    return [from ?? 0, to ?? from ?? 0];
  });
  const ranges = normalizeRanges(pairs, 0);
  const numbers: number[] = [];
  for (let at = 0; at < ranges.length; at += 2)
    for (let number = ranges[at] ?? 0; number <= (ranges[at + 1] ?? 0); number++) numbers.push(number);
  return numbers;
}

const uid = fc.integer({ min: 1, max: 12 });
const act = fc.oneof(
  fc.record({ by: fc.boolean(), say: fc.constant("APPEND INBOX {17+}\r\nSubject: c\r\n\r\nx\r\n") }),
  fc.record({ by: fc.boolean(), say: fc.constant("EXPUNGE") }),
  fc.record({ by: fc.boolean(), say: fc.constantFrom("NOOP", "FETCH 1:* FLAGS", "SEARCH ALL") }),
  fc.record({
    by: fc.boolean(),
    say: fc
      .tuple(uid, fc.constantFrom("+", "-"), fc.constantFrom("", ".SILENT"), fc.constantFrom("\\Flagged", "\\Deleted"))
      .map(([of, sign, silent, flag]) => `UID STORE ${of} ${sign}FLAGS${silent} (${flag})`),
  }),
);

test("R13: a client that applies what it is told of the results it follows has what a new search finds, whatever others do", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40, size: "max" }), async (acts) => {
      const { connect, shutdown, over } = setUp();
      const [own, other] = [new Follower(connect()), new Follower(connect())];
      for (const client of [own, other])
        for (const say of ["LOGIN bob secret", "SELECT INBOX"]) expect(await client.ask(say)).toMatch(/^OK/);
      await own.ask("UID SEARCH RETURN (UPDATE ALL) FLAGGED", "uid");
      await own.ask("SEARCH RETURN (UPDATE ALL) OR UNFLAGGED SUBJECT nothing", "number");
      for (const { by, say } of acts) await (by ? own : other).ask(say);
      await own.ask("NOOP");
      const followed = [own.lists.get("uid"), own.lists.get("number")];
      await own.ask("UID SEARCH RETURN (ALL) FLAGGED", "new-uid");
      await own.ask("SEARCH RETURN (ALL) UNFLAGGED", "new-number");
      expect(followed).toEqual([own.lists.get("new-uid"), own.lists.get("new-number")]);
      shutdown.abort();
      await over();
    }),
    { numRuns: 60 },
  );
}, 60_000);
