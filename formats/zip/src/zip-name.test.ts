import { fromUtf8, toHex, utf8 } from "@casaforte/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isUtf8, zipName } from "./zip-name.ts";

/** Bytes of which many meet: what escapes look like, and what is escaped. */
const path = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .array(fc.constantFrom(0x25, 0x32, 0x35, 0x46, 0x66, 0x43, 0x3a, 0x33, 0x41, 0x5c, 0xff, 0x0a, 0x2f), {
      maxLength: 12,
    })
    .map((bytes) => Uint8Array.from(bytes)),
);

test("no unpacker finds a way between folders, a drive or a control character in a name, and all of it is UTF-8", () => {
  expect(fromUtf8(zipName(utf8("a/..\\..\\evil.bat")))).toBe("a/..%5C..%5Cevil.bat");
  expect(fromUtf8(zipName(utf8("C:x/C:y")))).toBe("C%3Ax/C:y");
  fc.assert(
    fc.property(path, (bytes) => {
      const named = zipName(bytes);
      expect(isUtf8(named)).toBe(true);
      expect(/[\\\x00-\x1f\x7f]|^[a-z]:/i.test(fromUtf8(named))).toBe(false);
      expect([...named].filter((byte) => byte === 0x2f)).toEqual([...bytes].filter((byte) => byte === 0x2f));
    }),
  );
});

test("each name is of one path alone: read back, it is that path", () => {
  const readBack = (named: Uint8Array) =>
    Buffer.from(named)
      .toString("latin1")
      .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  fc.assert(
    fc.property(path, (bytes) => {
      expect(readBack(zipName(bytes))).toBe(Buffer.from(bytes).toString("latin1"));
    }),
    { numRuns: 2_000 },
  );
  const [raw, literal] = [zipName(Uint8Array.of(0xff)), zipName(utf8("%FF"))];
  expect([toHex(raw), toHex(literal)]).toEqual([toHex(utf8("%FF")), toHex(utf8("%25FF"))]);
});

test("every other name stays as it is", () => {
  for (const name of ["è/Perché no.txt", "100%", "50% off", "%zz", "ab:c", "sea/C:x"])
    expect(zipName(utf8(name))).toEqual(utf8(name));
});
