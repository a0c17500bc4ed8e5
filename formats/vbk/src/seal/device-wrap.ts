import { assert, concatBytes, equalBytes, Failure, type Random, utf8 } from "@casaforte/kernel";
import { cbcBytes, decryptCbc, encryptCbc, hmacSha256 } from "./cbc.ts";
import { ivBytes, keyBytes, labels, materialBytes } from "./labels.ts";
import { hkdf } from "./node-crypto.ts";
import { StorageKey } from "./storage-key.ts";

const magic = utf8("CASAFORTE-DEVKEY");
const saltBytes = 32;
const tagBytes = 32;
const headBytes = magic.length + 16 + saltBytes;
const secretBytesMin = 32;

/**
 * The storage key wrapped for unattended runs under a secret of the device: 32 random bytes or more, kept in a file of
 * mode 0600 or in the system's key store. Magic, storage key id, salt, AES-256-CBC, HMAC-SHA-256. FORMAT.md §8.
 */
export function wrapForDevice(storageKey: StorageKey, deviceSecret: Uint8Array, random: Random): Uint8Array {
  const head = concatBytes([magic, storageKey.id, random.bytes(saltBytes)]);
  const keys = deviceKeys(deviceSecret, head.subarray(headBytes - saltBytes));
  const body = concatBytes([head, encryptCbc(keys.key, keys.iv, storageKey.material)]);
  const wrapped = concatBytes([body, hmacSha256(keys.macKey, [body])]);
  keys.all.fill(0);
  return wrapped;
}

/** @throws corrupt `seal.device_record`; unauthenticated `seal.wrong_device` for another secret or a changed wrap. */
export function unwrapForDevice(wrapped: Uint8Array, deviceSecret: Uint8Array): StorageKey {
  const isShapely = wrapped.length === headBytes + cbcBytes(materialBytes) + tagBytes;
  if (!isShapely || !equalBytes(wrapped.subarray(0, magic.length), magic)) {
    throw new Failure("corrupt", "seal.device_record", "not a key wrapped for a device");
  }
  const keys = deviceKeys(deviceSecret, wrapped.subarray(headBytes - saltBytes, headBytes));
  try {
    const body = wrapped.subarray(0, wrapped.length - tagBytes);
    if (!equalBytes(hmacSha256(keys.macKey, [body]), wrapped.subarray(body.length))) {
      throw new Failure("unauthenticated", "seal.wrong_device", "the key was wrapped for another device, or changed");
    }
    const plain = decryptCbc(keys.key, keys.iv, body.subarray(headBytes));
    const material = plain.slice(0, materialBytes);
    plain.fill(0);
    return new StorageKey(wrapped.slice(magic.length, magic.length + 16), material);
  } finally {
    keys.all.fill(0);
  }
}

function deviceKeys(secret: Uint8Array, salt: Uint8Array) {
  assert(secret.length >= secretBytesMin, "a device secret has at least 32 bytes");
  const all = hkdf(secret, salt, labels.deviceWrap, keyBytes + ivBytes + 32);
  const macAt = keyBytes + ivBytes;
  return { all, key: all.subarray(0, keyBytes), iv: all.subarray(keyBytes, macAt), macKey: all.subarray(macAt) };
}
