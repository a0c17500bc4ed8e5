import fc from "fast-check";
import { expect, test } from "vitest";
import { joinMessage, messageIdOf, parseHeaderFields, splitMessage } from "./header-section.ts";

async function* pieces(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text, "latin1");
  const sorted = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of sorted) {
    if (to > from) yield bytes.subarray(from, to);
    from = to;
  }
}
async function gather(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts).toString("latin1");
}

test("splitting and joining gives the same bytes, whatever they are and however they come", async () => {
  const text = fc
    .array(fc.constantFrom("A: b\r\n", " folded\r\n", "\r\n", "x", ":", "\t", "é", "\r", "\n"), { maxLength: 30 })
    .map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(100), { maxLength: 5 }), async (message, cuts) => {
      const { fields, body } = await splitMessage(pieces(message, cuts));
      expect(await gather(joinMessage(fields, body))).toBe(message);
    }),
  );
});

test("folded fields are one field; a field's name ignores case and blanks before the colon", () => {
  const fields = parseHeaderFields(Buffer.from("SUBJECT : one\r\n two\r\nBcc: x\r\nnonsense\r\n"));
  expect(fields.map(({ name, value }) => [name, value])).toEqual([
    ["subject", "one two"],
    ["bcc", "x"],
    ["", "nonsense"],
  ]);
});

test("a Message-ID is taken as written, or not at all", () => {
  expect(messageIdOf(parseHeaderFields(Buffer.from("Message-ID:\r\n <a@b> \r\n")))).toBe("<a@b>");
  expect(messageIdOf(parseHeaderFields(Buffer.from("Message-ID: broken\r\n")))).toBe("");
});

test("a header section without end is refused instead of gathered", async () => {
  async function* endless() {
    for (;;) yield Buffer.from(`X: ${"y".repeat(10_000)}\r\n`);
  }
  await expect(splitMessage(endless())).rejects.toMatchObject({ code: "mailflow.header_too_large" });
});
