import { createKeyring, nodeCrypto, unlockKeyring } from "@casaforte/vbk/seal";
import { expect, test } from "vitest";
import { systemRandom } from "../outside.ts";
import { stretchOnce } from "./stretch-once.ts";

test("a keyring that was just made opens without another stretching, another password still is stretched and refused", async () => {
  let count = 0;
  const counting = {
    ...nodeCrypto,
    // As one-way as it must be here, and quick.
    pbkdf2Sha256: (password: Uint8Array, salt: Uint8Array, _rounds: number, length: number) => {
      count++;
      return nodeCrypto.pbkdf2Sha256(password, salt, 1, length);
    },
  };
  using crypto = stretchOnce(counting);
  const chainId = "0198c0de-0000-7000-8000-000000000001";
  const password = "a password of the test";
  const made = await createKeyring({ chainId, password }, { random: systemRandom, nowMs: 1, crypto });
  const opened = await unlockKeyring(made.keyring, { kind: "password", password }, crypto);
  expect(count).toBe(1);
  expect(Buffer.from(opened.material).equals(Buffer.from(made.storageKey.material))).toBe(true);
  const wrong = unlockKeyring(made.keyring, { kind: "password", password: "another password" }, crypto);
  await expect(wrong).rejects.toMatchObject({ code: "seal.wrong_password" });
  expect(count).toBe(2);
  // A keyring under other salt is nothing that was stretched before.
  const other = await createKeyring({ chainId, password }, { random: systemRandom, nowMs: 1, crypto });
  await unlockKeyring(other.keyring, { kind: "password", password }, crypto);
  expect(count).toBe(3);
});
