import { concatBytes } from "@casaforte/kernel";
import type { SealCrypto } from "./crypto-port.ts";

type Source = Uint8Array<ArrayBuffer>;

/** WebCrypto refuses views of shared memory; ours never are, and the compiler cannot know. */
const own = (bytes: Uint8Array): Source => bytes as Source;

/** Every key is imported as one that cannot be exported again and serves one purpose. */
const importKey = (key: Uint8Array, algorithm: AlgorithmIdentifier | HmacImportParams, usage: KeyUsage) =>
  crypto.subtle.importKey("raw", own(key), algorithm, false, [usage]);

const hmac = { name: "HMAC", hash: "SHA-256" } as const;
const cbc = "AES-CBC";

/** Bits that a key derives. */
async function derive(parameters: HkdfParams | Pbkdf2Params, key: Uint8Array, length: number): Promise<Source> {
  const base = await importKey(key, parameters.name, "deriveBits");
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, base, length * 8));
}

/** The port on WebCrypto, for browsers and workers; Node has it as well, so both ports pass the same tests. */
export const webCrypto: SealCrypto = {
  pbkdf2Sha256: (password, salt, rounds, length) =>
    derive({ name: "PBKDF2", hash: "SHA-256", salt: own(salt), iterations: rounds }, password, length),
  hkdfSha256: (key, salt, info, length) =>
    derive({ name: "HKDF", hash: "SHA-256", salt: own(salt), info: own(info) }, key, length),
  async hmacSha256(key, parts) {
    return new Uint8Array(await crypto.subtle.sign(hmac, await importKey(key, hmac, "sign"), joined(parts)));
  },
  async sha256(parts) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
  },
  // WebCrypto's AES-CBC always pads by PKCS#7, which is what the format has everywhere.
  async encryptCbc(key, iv, plain) {
    const imported = await importKey(key, cbc, "encrypt");
    return new Uint8Array(await crypto.subtle.encrypt({ name: cbc, iv: own(iv) }, imported, own(plain)));
  },
  decryptCbc,
  // WebCrypto gives memory of its own.
  decryptCbcInPlace: decryptCbc,
};

async function decryptCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Promise<Source> {
  const imported = await importKey(key, cbc, "decrypt");
  return new Uint8Array(await crypto.subtle.decrypt({ name: cbc, iv: own(iv) }, imported, own(ciphertext)));
}

/** One view where there is one part: nothing is copied that need not be. */
function joined(parts: readonly Uint8Array[]): Source {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? own(only) : concatBytes(parts);
}

export { webCrypto as systemCrypto };
