import { toHex } from "@casaforte/kernel";
import { SeededRandom } from "@casaforte/testkit";
import { expect, test } from "vitest";
import { sha256 } from "../sha256.ts";
import { hmacSha256 } from "./cbc.ts";
import { unwrapForDevice, wrapForDevice } from "./device-wrap.ts";
import { addRecovery, changePassword, createKeyring, describeKeyring, unlockKeyring } from "./keyring.ts";
import { labels } from "./labels.ts";
import { blockMacInput } from "./mac-inputs.ts";
import { hkdf, nodeCrypto } from "./node-crypto.ts";
import { passwordBytes, unwrapWithPassword } from "./password-wrap.ts";
import { StorageKey } from "./storage-key.ts";

const chainId = "00000000-0000-7000-8000-00000000c4a1";
const context = { random: new SeededRandom(1), nowMs: 1_790_000_000_000 };
const password = (text: string) => ({ kind: "password", password: text }) as const;
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** Made with Python's hashlib and the openssl command, not with this code. */
const vector = {
  password: "Pàssword €1",
  salt: Uint8Array.from({ length: 64 }, (_, index) => index),
  derived: "a487a935378d30256c01d30b518b34a82ad52e6363e6b75924a67a09ea7ad07db5a04b3c1f62312f1431b2f5c6e9c870",
  check: "165b853afd22e23e49e62590a5cddd8b",
  wrapped:
    "19159fb9c285724888be918b50d0492a53e8394d56e94343ea7315599c4ae29584b23b334445f24316395c1a9f9dbd06586e535ff8568c8fcd3931e5599ce0423368b50a89b593d0c56ce8b3b3d208e96b79af2ae5ff540c583e5c196fe97cc8",
  macKey: "2c6cdd3b2e68d1062426b2b9f564152c9cf549c62d74b6dce5b3ce6803e422ac",
  material: Uint8Array.from({ length: 48 }, (_, index) => 100 + index),
  blockMacKey: "3dae0cb1745cac17fdf3c950594a04a0247cf32a85565601d856c987c2bc57ce",
  blockTag: "a24a08829b4e0ffdae20e699880b3c1d918afd5e92c8e77c2be02099d25f1d26",
};

/** Puts the accident sum right again, as somebody who tampers would. */
function resum(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(sha256([copy.subarray(0, copy.length - 32)]), copy.length - 32);
  return copy;
}

test("R54, R55: derivation, check value and wrap give the known answers", async () => {
  const derived = await nodeCrypto.pbkdf2Sha256(passwordBytes(vector.password), vector.salt, 600_000, 48);
  expect(toHex(derived)).toBe(vector.derived);
  const wrap = { salt: vector.salt, check: fromHex(vector.check), wrapped: fromHex(vector.wrapped) };
  const opened = await unwrapWithPassword(nodeCrypto, wrap, vector.password);
  expect(opened.material).toEqual(vector.material);
  expect(toHex(opened.macKey)).toBe(vector.macKey);
});

test("R54: the block authenticator gives the known answer", () => {
  const id = new Uint8Array(16).fill(7);
  const macKey = hkdf(vector.material, id, labels.blockMac, 32);
  expect(toHex(macKey)).toBe(vector.blockMacKey);
  const stored = sha256([new Uint8Array(32).fill(9), new Uint8Array(4064)]);
  expect(toHex(hmacSha256(macKey, blockMacInput(id, 32, stored)))).toBe(vector.blockTag);
});

test("a password opens the chain, another one is refused in well under two seconds", async () => {
  const { keyring, storageKey } = await createKeyring({ chainId, password: "one" }, context);
  expect((await unlockKeyring(keyring, password("one"))).material).toEqual(storageKey.material);
  // Processor time: a machine that is busy with other things takes longer.
  const before = process.cpuUsage();
  const refused = expect(unlockKeyring(keyring, password("two"))).rejects;
  await refused.toMatchObject({ kind: "unauthenticated", code: "seal.wrong_password" });
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000, "ms").toBeLessThan(2000);
  await expect(unlockKeyring(keyring, { kind: "recovery", secret: "0" })).rejects.toMatchObject({
    code: "seal.no_record",
  });
});

test("a changed password opens the same key and the old one nothing; recovery stays", async () => {
  const { keyring: first, storageKey } = await createKeyring({ chainId, password: "old" }, context);
  const { keyring: second, recoverySecret } = await addRecovery(first, storageKey, context);
  const third = await changePassword(second, storageKey, "new", context);
  expect(describeKeyring(third)).toMatchObject({ chainId, revision: 3, records: ["recovery", "password"] });
  expect((await unlockKeyring(third, password("new"))).material).toEqual(storageKey.material);
  await expect(unlockKeyring(third, password("old"))).rejects.toMatchObject({ code: "seal.wrong_password" });
  const typed = recoverySecret.toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
  expect((await unlockKeyring(third, { kind: "recovery", secret: typed })).material).toEqual(storageKey.material);
  const slip = recoverySecret.slice(0, -1) + (recoverySecret.endsWith("A") ? "B" : "A");
  const mistyped = unlockKeyring(third, { kind: "recovery", secret: slip });
  await expect(mistyped).rejects.toMatchObject({ kind: "invalid", code: "seal.recovery_secret" });
});

test("R55: a record with fewer rounds is refused before anything is derived", async () => {
  const { keyring } = await createKeyring({ chainId, password: "one" }, context);
  const weak = keyring.slice();
  new DataView(weak.buffer).setUint32(0x50 + 8, 10_000, true);
  await expect(unlockKeyring(weak, password("one"))).rejects.toMatchObject({ code: "seal.keyring_damaged" });
  const sealed = unlockKeyring(resum(weak), password("one"));
  await expect(sealed).rejects.toMatchObject({ kind: "invalid", code: "seal.weak_record" });
});

test("a changed keyring is refused even when its sum was put right", async () => {
  const { keyring } = await createKeyring({ chainId, password: "one" }, context);
  for (const at of [0x18, 0x20, 0x30, 0x40, 0x50 + 0x75, 0x50 + 0xd4, 0x50 + 240 + 3]) {
    const changed = keyring.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(unlockKeyring(changed, password("one"))).rejects.toMatchObject({ code: "seal.keyring_damaged" });
    await expect(unlockKeyring(resum(changed), password("one"))).rejects.toMatchObject({ kind: "corrupt" });
  }
});

test("R56: no keyring and no wrap holds key or password in the clear", async () => {
  const { keyring, storageKey } = await createKeyring({ chainId, password: "correct horse" }, context);
  const texts = [Buffer.from("correct horse"), Buffer.from("correct horse", "utf16le"), Buffer.from(storageKey.key)];
  const wrapped = wrapForDevice(storageKey, new Uint8Array(32).fill(3), context.random);
  for (const text of texts) {
    expect(Buffer.from(keyring).includes(text)).toBe(false);
    expect(Buffer.from(wrapped).includes(text)).toBe(false);
  }
});

test("a key wrapped for a device opens with its secret only, and every changed byte is refused", () => {
  const storageKey = StorageKey.generate(new SeededRandom(5));
  const secret = new SeededRandom(6).bytes(32);
  const wrapped = wrapForDevice(storageKey, secret, context.random);
  const opened = unwrapForDevice(wrapped, secret);
  expect([opened.id, opened.material]).toEqual([storageKey.id, storageKey.material]);
  expect(() => unwrapForDevice(wrapped, new SeededRandom(7).bytes(32))).toThrow("another device");
  for (let at = 0; at < wrapped.length; at++) {
    const changed = wrapped.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    expect(() => unwrapForDevice(changed, secret)).toThrow();
  }
});

test("a destroyed key is zero and no longer usable", () => {
  const material = new SeededRandom(8).bytes(48);
  const storageKey = new StorageKey(new Uint8Array(16), material);
  storageKey.destroy();
  expect(material).toEqual(new Uint8Array(48));
  expect(() => storageKey.key).toThrow("still there");
});
