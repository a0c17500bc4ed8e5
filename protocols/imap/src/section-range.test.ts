import { expect, test } from "vitest";
import { selectFields } from "./section-range.ts";

test("fields are picked by name, or all others, with the lines that go on; a line without a colon is none", () => {
  const header = "none\r\nSubject: a\r\n  b\r\nTo: c\r\n: d\r\nX: e\r\n\r\n";
  expect(selectFields(header, ["subject", "x"], false)).toBe("Subject: a\r\n  b\r\nX: e\r\n\r\n");
  expect(selectFields(header, ["subject", "x"], true)).toBe("To: c\r\n\r\n");
});

test("however many lines have no colon, each is read once: 16 MiB of them end before the test's limit", () => {
  expect(selectFields(`${"a\n".repeat(8 * 1024 * 1024)}b: c\n`, ["b"], false)).toBe("b: c\n\r\n");
});
