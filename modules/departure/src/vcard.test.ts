import fc from "fast-check";
import { expect, test } from "vitest";
import { type Card, vcardOf } from "./vcard.ts";

const id = "0198c0de-0000-7000-8000-000000000001";

/** What another program makes of it (RFC 6350 §3.2–§3.4), as pairs in their order. */
function parse(bytes: Uint8Array): (readonly [string, string])[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  expect(text.endsWith("\r\n")).toBe(true);
  return text
    .slice(0, -2)
    .replace(/\r\n[ \t]/g, "")
    .split("\r\n")
    .map((line) => {
      const colon = line.indexOf(":");
      const value = line
        .slice(colon + 1)
        .replace(/\\([\\,;nN])/g, (_whole, sign: string) => (/n/i.test(sign) ? "\n" : sign));
      return [line.slice(0, colon), value];
    });
}

/** Control characters become blanks, every end of a line the same one, and none stays at the edges. */
const asKept = (text: string) =>
  text
    .trim()
    .replace(/\r\n|\r/g, "\n")
    .replace(/[^\P{Cc}\n]/gu, " ");

test("R63: whatever a name holds, an entry is read back as it was written, in lines of 75 octets that cut no character", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200, size: "max" }),
    fc.string({
      unit: fc.constantFrom("\\", "n", ",", ";", ":", "\r", "\n", " ", "é", "🏠", "a"),
      maxLength: 200,
      size: "max",
    }),
  );
  fc.assert(
    fc.property(texts, fc.array(fc.emailAddress({ size: "medium" }), { maxLength: 5 }), (name, addresses) => {
      const bytes = vcardOf({ kind: "individual", id, name, addresses });
      const lines: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; ) {
        const end = Buffer.from(bytes).indexOf("\r\n", at);
        lines.push(bytes.subarray(at, end));
        at = end + 2;
      }
      for (const line of lines) {
        expect(line.length).toBeLessThanOrEqual(75);
        expect(() => new TextDecoder("utf-8", { fatal: true }).decode(line)).not.toThrow();
      }
      expect(parse(bytes)).toEqual([
        ["BEGIN", "VCARD"],
        ["VERSION", "4.0"],
        ["KIND", "individual"],
        ["UID", `urn:uuid:${id}`],
        ["FN", asKept(name) || (addresses[0] ?? "")],
        ...addresses.map((address) => ["EMAIL", address]),
        ["END", "VCARD"],
      ]);
    }),
  );
});

test("R63: a group names its members by their entries, and those without one by their address", () => {
  const card: Card = {
    ...{ kind: "group", id, name: "", addresses: ["tutti@casa.test"] },
    members: ["0198c0de-0000-7000-8000-000000000002"],
    memberAddresses: ["chi?e%#@altrove.test"],
  };
  expect(parse(vcardOf(card)).slice(2, -1)).toEqual([
    ["KIND", "group"],
    ["UID", `urn:uuid:${id}`],
    ["FN", "tutti@casa.test"],
    ["EMAIL", "tutti@casa.test"],
    ["MEMBER", "urn:uuid:0198c0de-0000-7000-8000-000000000002"],
    ["MEMBER", "mailto:chi%3Fe%25%23@altrove.test"],
  ]);
});
