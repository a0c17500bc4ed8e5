import { fromUtf8, utf8 } from "@casaforte/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { zipName } from "./zip-name.ts";

test("no unpacker finds a way between folders in a name", () => {
  expect(fromUtf8(zipName(utf8("a/..\\..\\evil.bat")))).toBe("a/..%5C..%5Cevil.bat");
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (path) => {
      const named = zipName(path);
      expect(named.includes(0x5c)).toBe(false);
      expect([...named].filter((byte) => byte === 0x2f)).toEqual([...path].filter((byte) => byte === 0x2f));
    }),
  );
});

test("every other name stays as it is, also one that is no UTF-8", () => {
  for (const path of [utf8("è/Perché no.txt"), new Uint8Array([0x63, 0xe9]), utf8("100%25"), utf8("line\nbreak")])
    expect(zipName(path)).toEqual(path);
});
