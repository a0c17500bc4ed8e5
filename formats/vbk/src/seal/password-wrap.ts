import { assert, concatBytes, equalBytes, Failure, type Random } from "@casaforte/kernel";
import type { KeySetRecord } from "../types.ts";
import type { SealCrypto } from "./crypto-port.ts";
import { ivBytes, keyBytes, labels, materialBytes } from "./labels.ts";
import { StorageKey } from "./storage-key.ts";

/** The only derivation that is written or accepted: PBKDF2-HMAC-SHA-256, 600,000 rounds, 64 bytes of salt, 48 out. */
export const kdf = { pbkdf2Sha256: 1, rounds: 600_000, saltBytes: 64 } as const;
export const checkBytes = 16;
export const wrappedBytes = 96;
const wrapHeadBytes = 36;
const checkPlainBytes = 4;
const passwordCharactersMax = 1024;

/** A storage key wrapped under a password or a recovery secret. The layout's restore record, plus a tag. FORMAT.md §8. */
export interface PasswordWrap {
  readonly salt: Uint8Array;
  /** AES-CBC of the salt's first four bytes: tells a wrong password from damage. */
  readonly check: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** A wrap and the key that authenticates the record around it. */
export interface MadeWrap {
  readonly wrap: PasswordWrap;
  readonly macKey: Uint8Array;
}

/** Passwords count by their characters, not by how a keyboard composes them: NFC, then UTF-16LE as the layout wants. */
export function passwordBytes(password: string): Uint8Array {
  const text = password.normalize("NFC");
  if (text.length < 1 || text.length > passwordCharactersMax) {
    throw new Failure("invalid", "seal.password_length", "a password has 1 to 1024 characters");
  }
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index++) view.setUint16(index * 2, text.charCodeAt(index), true);
  return bytes;
}

/** Wraps under fresh salt. About 0.2 s of PBKDF2. @throws invalid `seal.password_length`. */
export async function wrapUnderPassword(
  crypto: SealCrypto,
  storageKey: StorageKey,
  password: string,
  random: Random,
): Promise<MadeWrap> {
  const salt = random.bytes(kdf.saltBytes);
  const derived = await derive(crypto, password, salt);
  const plain = concatBytes([random.bytes(wrapHeadBytes), storageKey.material]);
  const [key, iv] = [derived.subarray(0, keyBytes), derived.subarray(keyBytes)];
  const wrapped = await crypto.encryptCbc(key, iv, plain);
  const check = await crypto.encryptCbc(key, iv, salt.subarray(0, checkPlainBytes));
  const macKey = await crypto.hkdfSha256(derived, salt, labels.passwordWrap, 32);
  plain.fill(0);
  derived.fill(0);
  assert(wrapped.length === wrappedBytes && check.length === checkBytes, "the wrap has its fixed lengths");
  return { wrap: { salt, check, wrapped }, macKey };
}

/** An opened wrap; `macKey` must still confirm the record before the key is used. */
export interface OpenedWrap {
  readonly material: Uint8Array;
  readonly macKey: Uint8Array;
}

/**
 * Derives, compares the check value, unwraps.
 * @throws unauthenticated `seal.wrong_password`; corrupt `seal.key_record`; invalid `seal.weak_record` for other lengths.
 */
export async function unwrapWithPassword(
  crypto: SealCrypto,
  wrap: PasswordWrap,
  password: string,
): Promise<OpenedWrap> {
  if (wrap.salt.length !== kdf.saltBytes || wrap.check.length !== checkBytes || wrap.wrapped.length !== wrappedBytes) {
    throw new Failure("invalid", "seal.weak_record", "the key record is not of the strength that is written");
  }
  const derived = await derive(crypto, password, wrap.salt);
  const [key, iv] = [derived.subarray(0, keyBytes), derived.subarray(keyBytes, keyBytes + ivBytes)];
  try {
    const check = await crypto.encryptCbc(key, iv, wrap.salt.subarray(0, checkPlainBytes));
    if (!equalBytes(check, wrap.check)) {
      throw new Failure("unauthenticated", "seal.wrong_password", "the password does not open this chain");
    }
    const plain = await crypto.decryptCbc(key, iv, wrap.wrapped).catch((cause) => {
      throw new Failure("corrupt", "seal.key_record", "the wrapped key is damaged", { cause });
    });
    const material = plain.slice(plain.length - materialBytes);
    plain.fill(0);
    if (material.length !== materialBytes) throw new Failure("corrupt", "seal.key_record", "the wrapped key is short");
    return { material, macKey: await crypto.hkdfSha256(derived, wrap.salt, labels.passwordWrap, 32) };
  } finally {
    derived.fill(0);
  }
}

/**
 * The storage key of an exported file, from the record embedded in its crypto store (`readKeySetRecords`). The record
 * carries no tag: opening the file with the key then proves both by the file root.
 * @throws as `unwrapWithPassword`; not_found `seal.no_password_record`.
 */
export async function unlockEmbedded(
  crypto: SealCrypto,
  records: readonly KeySetRecord[],
  password: string,
): Promise<StorageKey> {
  const record = records.find((candidate) => candidate.role === "storage" && candidate.wrap !== null);
  if (record === undefined || record.wrap === null) {
    throw new Failure("not_found", "seal.no_password_record", "the file does not carry its password's key record");
  }
  const { salt, check, wrappedKey } = record.wrap;
  const { material, macKey } = await unwrapWithPassword(crypto, { salt, check, wrapped: wrappedKey }, password);
  macKey.fill(0);
  return new StorageKey(record.id, material);
}

async function derive(crypto: SealCrypto, password: string, salt: Uint8Array): Promise<Uint8Array> {
  const bytes = passwordBytes(password);
  const derived = await crypto.pbkdf2Sha256(bytes, salt, kdf.rounds, materialBytes);
  bytes.fill(0);
  return derived;
}
