import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatString } from "../format/quote.ts";
import { Cursor } from "./cursor.ts";
import { formatDateTime, parseDateTime, parseDay } from "./date.ts";
import { decodeMailboxName, encodeMailboxName } from "./mailbox-name.ts";
import { matchesPattern } from "./match-pattern.ts";
import { formatSet, normalizeRanges, parseSequenceSet } from "./sequence-set.ts";

describe("mailbox names", () => {
  test("any name comes back through modified UTF-7 and UTF-8", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => text.isWellFormed() && !/[\x00-\x1f\x7f\u2028\u2029]/.test(text) && !/^inbox/i.test(text));
    fc.assert(
      fc.property(name, fc.boolean(), (text, utf8) => {
        expect(decodeMailboxName(encodeMailboxName(text.normalize("NFC"), utf8), utf8)).toBe(text.normalize("NFC"));
      }),
    );
  });

  test("the RFC's example and INBOX in any case", () => {
    expect(encodeMailboxName("~peter/mail/台北/日本語", false)).toBe("~peter/mail/&U,BTFw-/&ZeVnLIqe-");
    expect(decodeMailboxName("~peter/mail/&U,BTFw-/&ZeVnLIqe-", false)).toBe("~peter/mail/台北/日本語");
    expect(decodeMailboxName("inBox/Sub", false)).toBe("INBOX/Sub");
    expect(() => decodeMailboxName("a&b", false)).toThrow("modified UTF-7");
  });
});

test("LIST patterns match as their regular expressions do, however they are built", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "%"), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (pattern, raw) => {
      const name = raw.replace(/[*%]/g, "a");
      const expression = pattern.replace(/[*%]/g, (wild) => (wild === "*" ? ".*" : "[^/]*"));
      expect(matchesPattern(pattern, name)).toBe(new RegExp(`^${expression}$`).test(name));
    }),
  );
});

test("sequence sets normalise to the numbers they name and print as short as can be", () => {
  const number = fc.integer({ min: 1, max: 30 });
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 8 }), (pairs) => {
      const set = parseSequenceSet(pairs.map(([a, b]) => `${a}:${b}`).join(","));
      const wanted = new Set(
        pairs.flatMap(([a, b]) => Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => Math.min(a, b) + i)),
      );
      const ranges = set.kind === "ranges" ? normalizeRanges(set.pairs, 30) : new Uint32Array();
      const numbers: number[] = [];
      for (let at = 0; at < ranges.length; at += 2)
        for (let n = ranges[at] ?? 0; n <= (ranges[at + 1] ?? 0); n++) numbers.push(n);
      expect(numbers).toEqual([...wanted].sort((a, b) => a - b));
      expect(formatSet(numbers).split(",")).toHaveLength(ranges.length / 2);
    }),
  );
  expect([...normalizeRanges([9, 0], 3)]).toEqual([3, 9]);
  expect(() => parseSequenceSet("0")).toThrow();
  expect(() => parseSequenceSet("1,,2")).toThrow();
  expect(() => parseSequenceSet("4294967296")).toThrow();
});

test("a printed string reads back", () => {
  const text = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) });
  fc.assert(
    fc.property(text, (value) => {
      const printed = formatString(value);
      const literal = /^\{(\d+)\}\r\n/.exec(printed);
      const cursor = literal ? new Cursor(["", printed.slice(literal[0].length), ""]) : new Cursor([printed]);
      expect(cursor.string()).toBe(value);
      expect(cursor.atEnd).toBe(true);
    }),
  );
});

test("dates: instants come back, nonsense is refused", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
      expect(parseDateTime(new Cursor([`"${formatDateTime(seconds * 1000)}"`]))).toBe(seconds * 1000);
    }),
  );
  expect(parseDay("1-Feb-1970")).toBe(31);
  expect(() => parseDay("30-Feb-2026")).toThrow("No such day");
  expect(() => parseDay("1-Foo-2026")).toThrow();
});
