import { expect, test } from "vitest";
import { formatMailAddress, parseAnyAddress, parseMailAddress } from "./address.ts";

test("an address elsewhere keeps its local part as it is written, and its domain becomes A-labels", () => {
  const form = (text: string) => formatMailAddress(parseAnyAddress(text));
  expect(form("Reply+AbC@FAR.Test")).toBe("Reply+AbC@far.test");
  expect(form("ta..ro.@docomo.test")).toBe("ta..ro.@docomo.test");
  expect(form('"a b@c"@far.test')).toBe('"a b@c"@far.test');
  expect(form('"needless"@far.test')).toBe("needless@far.test");
  expect(form("x@b\u00fccher.test")).toBe("x@xn--bcher-kva.test");
  expect(form(`verp+${"x".repeat(200)}@news.test`)).toBe(`verp+${"x".repeat(200)}@news.test`);
  expect(() => parseMailAddress("ta..ro@docomo.test")).toThrow();
});

test.each([
  "friend@localhost",
  "friend@[192.0.2.1]",
  "friend",
  "@far.test",
  "a b@far.test",
  "a@b@far.test",
  '"a\r\nb"@far.test',
  '"a>b"@far.test',
  '"a"b"@far.test',
  "a<b@far.test",
  `${"x".repeat(256)}@far.test`,
])("%j is no address", (text) => {
  expect(() => parseAnyAddress(text)).toThrow("not a mail address");
});
