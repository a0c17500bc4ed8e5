import { expect, test } from "vitest";
import { depth } from "../../../tests/support/depth.test-support.ts";
import { parseHeaderFields } from "./header.ts";
import { mimeLimits } from "./limits.ts";

test("a line without a colon is left out, and so is one that begins with it", () => {
  const fields = parseHeaderFields(Buffer.from("none\r\n: empty\r\nSubject: a\r\n  b\r\nnone again\r\nTo: c"));
  expect(fields.all.map(({ name, value }) => [name, value])).toEqual([
    ["subject", "a  b"],
    ["to", "c"],
  ]);
});

test("however many lines have no colon, each is read once: hundreds of such headers end before the test's limit", () => {
  const block = Buffer.from(`${"a\n".repeat(mimeLimits.headerBytesMax / 2 - 2)}b:c`);
  for (let count = 0; count < depth(200, 1_000); count++) expect(parseHeaderFields(block).all).toHaveLength(1);
});
