import { assert, concatBytes, equalBytes, Failure, type Random, toHex } from "@casaforte/kernel";
import { idBytes } from "../ids.ts";
import { keySetIdBytes } from "../layout.ts";
import { limits } from "../limits.ts";
import type { KeySetRecord, MetadataSealer } from "../types.ts";
import { decryptCbc, encryptCbc, encryptCbcInPlace, hmacSha256 } from "./cbc.ts";
import { keyBytes, labels, materialBytes } from "./labels.ts";
import { bankMacInput } from "./mac-inputs.ts";
import { hkdf } from "./node-crypto.ts";
import type { BlockKeys } from "./seal-block.ts";
import type { StorageKey } from "./storage-key.ts";

/** Bytes before the key in a wrapped key: random here, so that equal IVs never show. */
const wrapHeadBytes = 36;

export interface FileKeysInput {
  readonly storageKey: StorageKey;
  /** Lower-case UUID of the file to be written. */
  readonly fileId: string;
  readonly random: Random;
  /** Milliseconds since 1970, for the key set records. */
  readonly nowMs: number;
  /** Key sets of older files of the same chain whose ciphertext a composed file takes over. */
  readonly olderKeySets?: readonly KeySetRecord[];
  /** The storage key's own record with its wrap under the password, so that the file opens without a keyring (exports). */
  readonly passwordRecord?: KeySetRecord;
  /** `keySets` of the keys that an interrupted upload of this file began with: it goes on under the same ones. */
  readonly resume?: readonly KeySetRecord[];
}

/** The session and meta key of one new file, wrapped under the chain's storage key. @throws corrupt `seal.key_record`. */
export class FileKeys implements MetadataSealer {
  readonly metaKeySetId: Uint8Array;
  readonly keySets: readonly KeySetRecord[];
  /** For `sealBlock`, here or in worker threads. */
  readonly blockKeys: BlockKeys;
  readonly #meta: Uint8Array;
  readonly #bankMacKey: Uint8Array;
  readonly #rootKey: Uint8Array;
  readonly #fileId: Uint8Array;

  constructor(input: FileKeysInput) {
    const { storageKey } = input;
    const session = keySetOf(input, "session");
    const meta = keySetOf(input, "meta");
    this.#fileId = idBytes(input.fileId);
    this.#meta = meta.material;
    this.metaKeySetId = meta.id;
    this.#bankMacKey = hkdf(meta.material, meta.id, labels.bankMac, 32);
    this.#rootKey = hkdf(storageKey.material, this.#fileId, labels.fileRoot, 32);
    this.blockKeys = {
      keySetId: session.id,
      key: session.material.subarray(0, keyBytes),
      iv: session.material.subarray(keyBytes),
      macKey: hkdf(session.material, session.id, labels.blockMac, 32),
    };
    this.keySets = input.resume ?? [
      input.passwordRecord ?? { id: storageKey.id, role: "storage", createdMs: input.nowMs, wrap: null },
      meta.record,
      session.record,
      ...sessionsOf(input.olderKeySets ?? []),
    ];
    assert(this.keySets.length <= limits.keySetsMax, "the crypto store has room for the key sets");
  }

  encryptPages(room: Uint8Array, pagesBytes: number): number {
    return encryptCbcInPlace(this.#meta.subarray(0, keyBytes), this.#meta.subarray(keyBytes), room, pagesBytes);
  }

  bankTag(bank: number, stored: Uint8Array): Uint8Array {
    return hmacSha256(this.#bankMacKey, bankMacInput(this.#fileId, bank, stored));
  }

  root(parts: readonly Uint8Array[]): Uint8Array {
    return hmacSha256(this.#rootKey, parts);
  }

  /** Zeroes the keys of this file; copies posted to workers are theirs to zero. */
  destroy(): void {
    const { key, iv, macKey } = this.blockKeys;
    for (const secret of [key, iv, macKey, this.#meta, this.#bankMacKey, this.#rootKey]) secret.fill(0);
  }
}

/** The block keys among the records, each once; bank keys and storage keys of older files open nothing here. */
function sessionsOf(keySets: readonly KeySetRecord[]): readonly KeySetRecord[] {
  const sessions = keySets.filter((keySet) => keySet.role === "session");
  return [...new Map(sessions.map((keySet) => [toHex(keySet.id), keySet])).values()];
}

interface OwnKeySet {
  readonly id: Uint8Array;
  readonly material: Uint8Array;
  readonly record: KeySetRecord;
}

function keySetOf(input: FileKeysInput, role: "session" | "meta"): OwnKeySet {
  // Own records stand before those of older files.
  const known = input.resume?.find((record) => record.role === role);
  if (input.resume === undefined) return freshKeySet(input, role);
  const wrap = known?.wrap;
  const { storageKey } = input;
  if (known === undefined || !wrap || !equalBytes(wrap.wrappedBy, storageKey.id)) {
    throw new Failure("corrupt", "seal.key_record", "the keys of the interrupted file do not open");
  }
  const plain = decryptCbc(storageKey.key, storageKey.iv, wrap.wrappedKey);
  const material = plain.slice(plain.length - materialBytes);
  plain.fill(0);
  return { id: known.id, material, record: known };
}

function freshKeySet({ storageKey, random, nowMs }: FileKeysInput, role: "session" | "meta"): OwnKeySet {
  const id = random.bytes(keySetIdBytes);
  const material = random.bytes(materialBytes);
  const plain = concatBytes([random.bytes(wrapHeadBytes), material]);
  const wrappedKey = encryptCbc(storageKey.key, storageKey.iv, plain);
  plain.fill(0);
  const wrap = { wrappedBy: storageKey.id, wrappedKey, check: new Uint8Array(0), salt: new Uint8Array(0) };
  return { id, material, record: { id, role, createdMs: nowMs, wrap } };
}
