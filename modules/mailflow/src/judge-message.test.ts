import { parseMessage } from "@casaforte/mime";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { spamProbability, wordsOf } from "./bayes.ts";
import { BlockLists, listedName } from "./dnsbl.ts";
import { type Evidence, judgeMessage, spamFields } from "./judge-message.ts";

const clean: Evidence = {
  spf: "pass",
  dkim: "pass",
  dmarc: "pass",
  listings: [],
  bayes: null,
  oddities: [],
  outside: null,
  rule: null,
};

test("one bad sign alone is not spam, two independent ones are, and a list of the owner's overrules all", () => {
  const judge = (over: Partial<Evidence>) => judgeMessage({ ...clean, ...over }).isSpam;
  expect(judge({})).toBe(false);
  expect(judge({ spf: "fail", dkim: "none", dmarc: "none" })).toBe(false);
  expect(judge({ spf: "none", dkim: "none", dmarc: "none", listings: ["one.example"] })).toBe(false);
  expect(judge({ spf: "fail", dkim: "none", dmarc: "fail", listings: ["one.example"] })).toBe(true);
  expect(judge({ outside: { name: "rspamd", part: 1.2 } })).toBe(true);
  expect(judge({ spf: "fail", dmarc: "fail", listings: ["a.example", "b.example"], rule: "allow" })).toBe(false);
  expect(judge({ rule: "deny" })).toBe(true);
});

test("the verdict's fields are whole lines, and the words of a filter cannot add one", () => {
  const fields = spamFields(judgeMessage({ ...clean, spf: "fail", dmarc: "fail", listings: ["a.example"] }));
  expect(fields).toMatch(/^X-Spam-Flag: YES\r\nX-Spam-Score: [\d.]+\r\n/);
  for (const line of fields.split("\r\n").slice(0, -1)) expect(line).toMatch(/^(X-Spam-[A-Z][a-z]+: |\t)\S/);
});

const message = (text: string) => wordsOf(parseMessage(Buffer.from(`Subject: s\r\n\r\n${text}\r\n`)));

test("lessons tell what an account calls spam from what it wants, and say nothing while they are few", () => {
  const counts = new Map<bigint, { spam: number; ham: number }>();
  const lessons = { spam: 0, ham: 0 };
  const learn = (kind: "spam" | "ham", text: string) => {
    lessons[kind]++;
    for (const word of message(text)) {
      const count = counts.get(word) ?? { spam: 0, ham: 0 };
      count[kind]++;
      counts.set(word, count);
    }
  };
  const judge = (text: string) =>
    spamProbability(
      message(text).flatMap((word) => counts.get(word) ?? []),
      lessons,
    );
  learn("spam", "cheap watches casino bonus");
  expect(judge("cheap watches")).toBeNull();
  for (let i = 0; i < 8; i++) {
    learn("spam", `cheap watches casino bonus winner click ${i}`);
    learn("ham", `meeting project invoice schedule regards ${i}`);
  }
  expect(judge("casino bonus: click, winner, cheap watches")).toBeGreaterThan(0.95);
  expect(judge("the invoice of the project and the meeting schedule")).toBeLessThan(0.1);
  expect(judge("entirely unrelated wording elsewhere")).toBe(0.5);
});

test("a block list is asked by the reversed address; trouble with the list is not a listing", async () => {
  expect(listedName("192.0.2.99", "bl.example")).toBe("99.2.0.192.bl.example");
  expect(listedName("2001:db8::1", "bl.example")).toBe(
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example",
  );
  const answers: Record<string, string[]> = {
    "4.4.8.8.yes.example": ["127.0.0.2"],
    "4.4.8.8.refuses.example": ["127.255.255.254"],
    "4.4.8.8.lies.example": ["203.0.113.1"],
  };
  let asked = 0;
  const lists = new BlockLists({
    zones: ["yes.example", "refuses.example", "lies.example", "no.example"],
    clock: new FakeClock(),
    logger: new MemoryLogger(),
    async resolve(name) {
      asked++;
      const found = answers[name];
      if (!found) throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
      return found;
    },
  });
  expect(await lists.listingsOf("8.8.4.4")).toEqual(["yes.example"]);
  expect(await lists.listingsOf("8.8.4.4")).toEqual(["yes.example"]);
  expect(asked).toBe(4);
  expect(await lists.listingsOf("10.0.0.1")).toEqual([]);
});
