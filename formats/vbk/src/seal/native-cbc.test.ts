import { createCipheriv, createHash } from "node:crypto";
import { concatBytes } from "@casaforte/kernel";
import { expect, test } from "vitest";
import { storedBytesMax } from "../layout.ts";
import { cbcBytes } from "./cbc.ts";
import { nativeCbc } from "./native-cbc.ts";

const sum = (text: string): Uint8Array => new Uint8Array(createHash("sha256").update(text).digest());
const keys = { key: sum("key"), iv: sum("iv").slice(0, 16) };
const plainOf = (length: number): Uint8Array =>
  concatBytes(Array.from({ length: Math.ceil(length / 32) }, (_, index) => sum(`plain ${index}`))).subarray(0, length);

test("OpenSSL called directly makes what Node's cipher makes, and reads it back, in plain and in shared memory", () => {
  const cbc = nativeCbc();
  expect(cbc, "the OpenSSL in this Node can be called").not.toBeNull();
  for (const length of [1, 15, 16, 17, 4096, 65_537, 1_048_576 + 12]) {
    const plain = plainOf(length);
    const cipher = createCipheriv("aes-256-cbc", keys.key, keys.iv);
    const expected = Buffer.concat([cipher.update(plain), cipher.final()]);
    const into = new Uint8Array(new SharedArrayBuffer(storedBytesMax + 4096));
    const parts = [plain.subarray(0, 12), plain.subarray(12)];
    const written = cbc?.run("encrypt", keys, parts, into) ?? 0;
    expect(written).toBe(cbcBytes(length));
    expect(expected.equals(into.subarray(0, written)), `${length} bytes`).toBe(true);
    expect(
      into.subarray(written).every((byte) => byte === 0),
      "nothing is written behind",
    ).toBe(true);
    const back = new Uint8Array(storedBytesMax + 4096);
    const read = cbc?.run("decrypt", keys, [into.subarray(0, written)], back) ?? 0;
    expect(Buffer.from(back.subarray(0, read)).equals(plain)).toBe(true);
  }
});

test("OpenSSL called directly refuses bad padding, keys of another length and too little room", () => {
  const cbc = nativeCbc();
  const into = new Uint8Array(storedBytesMax + 4096);
  const run = (...args: Parameters<NonNullable<typeof cbc>["run"]>) => cbc?.run(...args);
  expect(() => run("decrypt", keys, [plainOf(64)], into)).toThrow("cannot decrypt");
  expect(() => run("decrypt", keys, [plainOf(63)], into)).toThrow("cannot decrypt");
  expect(() => run("encrypt", { ...keys, key: keys.key.slice(1) }, [plainOf(64)], into)).toThrow("not the key");
  expect(() => run("encrypt", keys, [plainOf(64)], new Uint8Array(80))).toThrow("no room");
  expect(() => run("encrypt", keys, [plainOf(storedBytesMax), plainOf(1)], into)).toThrow("length of a block");
});
