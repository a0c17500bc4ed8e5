import { hkdfSync, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { sha256 } from "../sha256.ts";
import { decryptCbc, decryptCbcInPlace, encryptCbc, hmacSha256 } from "./cbc.ts";
import type { SealCrypto } from "./crypto-port.ts";

const pbkdf2Async = promisify(pbkdf2);

export const hkdf = (key: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", key, salt, info, length));

/** The port on node:crypto. PBKDF2 runs in the thread pool. */
export const nodeCrypto: SealCrypto = {
  pbkdf2Sha256: async (password, salt, rounds, length) =>
    new Uint8Array(await pbkdf2Async(password, salt, rounds, length, "sha256")),
  hkdfSha256: async (key, salt, info, length) => hkdf(key, salt, info, length),
  hmacSha256: async (key, parts) => hmacSha256(key, parts),
  sha256: async (parts) => sha256(parts),
  encryptCbc: async (key, iv, plain) => encryptCbc(key, iv, plain),
  decryptCbc: async (key, iv, ciphertext) => decryptCbc(key, iv, ciphertext),
  decryptCbcInPlace: async (key, iv, ciphertext) => decryptCbcInPlace(key, iv, ciphertext),
};
