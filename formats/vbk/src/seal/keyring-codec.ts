import { equalBytes, Failure, utf8 } from "@casaforte/kernel";
import { idBytes, idText } from "../ids.ts";
import { keySetIdBytes } from "../layout.ts";
import { getU64, putU64, viewOf } from "../page.ts";
import { checkBytes, kdf, type PasswordWrap, wrappedBytes } from "./password-wrap.ts";

const magic = utf8("CASAFORTE-KEYS\0\0");
const headBytes = 0x50;
const recordBytes = 240;
const tagBytes = 32;
const recordsMax = 4;
const kinds = ["password", "recovery"] as const;

export type KeyringRecordKind = (typeof kinds)[number];

/** One way to open the chain. */
export interface KeyringRecord {
  readonly kind: KeyringRecordKind;
  readonly wrap: PasswordWrap;
  /** HMAC over chain, storage key and record, under a key that only this record's password gives. */
  readonly tag: Uint8Array;
}

/** The keyring object of a chain. It lies in the vault beside the files and holds nothing that opens them by itself. */
export interface Keyring {
  /** Lower-case UUID. */
  readonly chainId: string;
  readonly storageKeyId: Uint8Array;
  /** Grows by one with each change. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly changedMs: number;
  readonly records: readonly KeyringRecord[];
}

/** Everything before the keyring's own authenticator. FORMAT.md §8. */
export function keyringBody(keyring: Keyring): Uint8Array {
  const body = new Uint8Array(headBytes + keyring.records.length * recordBytes);
  const view = viewOf(body);
  body.set(magic);
  view.setUint32(0x10, 1, true);
  view.setUint32(0x14, keyring.records.length, true);
  putU64(view, 0x18, keyring.revision);
  body.set(idBytes(keyring.chainId), 0x20);
  body.set(keyring.storageKeyId, 0x30);
  putU64(view, 0x40, keyring.changedMs);
  keyring.records.forEach((record, index) => {
    const at = headBytes + index * recordBytes;
    body.set(recordBody(record.kind, record.wrap), at);
    body.set(record.tag, at + recordBytes - tagBytes);
  });
  return body;
}

/** What a record's tag covers, after chain id and storage key id. */
export function recordBody(kind: KeyringRecordKind, wrap: PasswordWrap): Uint8Array {
  const body = new Uint8Array(recordBytes - tagBytes);
  const view = viewOf(body);
  view.setUint32(0x00, kinds.indexOf(kind) + 1, true);
  view.setUint32(0x04, kdf.pbkdf2Sha256, true);
  view.setUint32(0x08, kdf.rounds, true);
  body.set(wrap.salt, 0x20);
  body.set(wrap.check, 0x60);
  body.set(wrap.wrapped, 0x70);
  return body;
}

/** A keyring as read: its authenticator can only be checked once a record has given the storage key. */
export interface ReadKeyring extends Keyring {
  readonly body: Uint8Array;
  readonly mac: Uint8Array;
}

export const encodeKeyring = (body: Uint8Array, mac: Uint8Array, sum: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(body.length + mac.length + sum.length);
  whole.set(body);
  whole.set(mac, body.length);
  whole.set(sum, body.length + mac.length);
  return whole;
};

/**
 * Reads a keyring whose accident sum (SHA-256 of all before it) the caller gives.
 * @throws corrupt `seal.keyring_damaged`; unsupported `seal.keyring_version`; invalid `seal.weak_record`.
 */
export function decodeKeyring(bytes: Uint8Array, sumOf: (bytes: Uint8Array) => Uint8Array): ReadKeyring {
  const bodyBytes = bytes.length - 2 * tagBytes;
  const count = (bodyBytes - headBytes) / recordBytes;
  if (!Number.isInteger(count) || count < 1 || count > recordsMax) throw damaged();
  const view = viewOf(bytes);
  if (!equalBytes(bytes.subarray(0, magic.length), magic)) throw damaged();
  if (!equalBytes(sumOf(bytes.subarray(0, bodyBytes + tagBytes)), bytes.subarray(bodyBytes + tagBytes)))
    throw damaged();
  if (view.getUint32(0x10, true) !== 1) {
    throw new Failure("unsupported", "seal.keyring_version", "the keyring is of another version");
  }
  if (view.getUint32(0x14, true) !== count) throw damaged();
  const records: KeyringRecord[] = [];
  for (let index = 0; index < count; index++) {
    const at = headBytes + index * recordBytes;
    records.push(decodeRecord(bytes.slice(at, at + recordBytes)));
  }
  return {
    chainId: idText(bytes.subarray(0x20)),
    storageKeyId: bytes.slice(0x30, 0x30 + keySetIdBytes),
    revision: getU64(view, 0x18),
    changedMs: getU64(view, 0x40),
    records,
    body: bytes.slice(0, bodyBytes),
    mac: bytes.slice(bodyBytes, bodyBytes + tagBytes),
  };
}

function decodeRecord(bytes: Uint8Array): KeyringRecord {
  const view = viewOf(bytes);
  const kind = kinds[view.getUint32(0x00, true) - 1];
  if (kind === undefined) throw damaged();
  if (view.getUint32(0x04, true) !== kdf.pbkdf2Sha256 || view.getUint32(0x08, true) !== kdf.rounds) {
    throw new Failure("invalid", "seal.weak_record", "the key record is not of the strength that is written");
  }
  return {
    kind,
    wrap: {
      salt: bytes.slice(0x20, 0x20 + kdf.saltBytes),
      check: bytes.slice(0x60, 0x60 + checkBytes),
      wrapped: bytes.slice(0x70, 0x70 + wrappedBytes),
    },
    tag: bytes.slice(recordBytes - tagBytes),
  };
}

const damaged = (): Failure => new Failure("corrupt", "seal.keyring_damaged", "not a keyring, or a damaged one");
