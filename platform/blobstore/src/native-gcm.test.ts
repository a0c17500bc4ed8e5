import { createCipheriv, createHash } from "node:crypto";
import { expect, test } from "vitest";
import { nativeGcm } from "./native-gcm.ts";

const sum = (text: string) => createHash("sha256").update(text).digest();
const terms = { key: sum("key"), nonce: sum("nonce").subarray(0, 12), additionalData: Buffer.from("tenant/blob") };
const plainOf = (length: number) =>
  Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, (_, index) => sum(`plain ${index}`))).subarray(
    0,
    length,
  );

function sealedByNode(plain: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-gcm", terms.key, terms.nonce);
  cipher.setAAD(terms.additionalData);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

test("OpenSSL called directly seals as Node's cipher does, opens it again, and writes nothing beside it", () => {
  const gcm = nativeGcm();
  expect(gcm, "the OpenSSL in this Node can be called").not.toBeNull();
  for (const length of [0, 1, 16, 100, 65_535, 65_536]) {
    const plain = plainOf(length);
    const room = Buffer.alloc(length + 16 + 64, 7);
    gcm?.seal(terms, plain, room.subarray(32, 32 + length + 16));
    expect(room.subarray(32, 32 + length + 16).equals(sealedByNode(plain)), `${length} bytes`).toBe(true);
    expect([...room.subarray(0, 32), ...room.subarray(32 + length + 16)].every((byte) => byte === 7)).toBe(true);
    const back = Buffer.alloc(length);
    expect(gcm?.open(terms, room.subarray(32, 32 + length + 16), back)).toBe(true);
    expect(back.equals(plain)).toBe(true);
  }
});

test("what was changed, moved or renamed is not opened, and leaves zeros", () => {
  const gcm = nativeGcm();
  const sealed = sealedByNode(plainOf(1000));
  const opened = (change: Partial<typeof terms>, bytes = sealed) => {
    const into = Buffer.alloc(1000, 7);
    return { isOpen: gcm?.open({ ...terms, ...change }, bytes, into), isEmpty: into.every((byte) => byte === 0) };
  };
  const refused = { isOpen: false, isEmpty: true };
  for (const at of [0, 999, 1000, 1015]) {
    const flipped = Buffer.from(sealed);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(opened({}, flipped), `byte ${at}`).toEqual(refused);
  }
  expect(opened({ nonce: sum("other").subarray(0, 12) })).toEqual(refused);
  expect(opened({ additionalData: Buffer.from("tenant/other") })).toEqual(refused);
  expect(opened({ key: sum("another") })).toEqual(refused);
  expect(() => gcm?.open({ ...terms, key: terms.key.subarray(1) }, sealed, Buffer.alloc(1000))).toThrow("not the key");
  expect(() => gcm?.open(terms, sealed, Buffer.alloc(1001))).toThrow("no room");
  expect(() => gcm?.seal(terms, sealed, Buffer.alloc(sealed.length))).toThrow("no room");
});
