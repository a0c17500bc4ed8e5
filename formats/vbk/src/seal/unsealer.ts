import { assert, equalBytes, Failure, toHex } from "@casaforte/kernel";
import { idBytes } from "../ids.ts";
import { alignUp } from "../layout.ts";
import type { ContainerUnsealer, FileUnsealer, KeySetRecord, ThreadKeys, UnsealInput } from "../types.ts";
import type { SealCrypto } from "./crypto-port.ts";
import { keyBytes, labels, materialBytes } from "./labels.ts";
import { bankMacInput, blockMacInput } from "./mac-inputs.ts";
import type { StorageKey } from "./storage-key.ts";
import { systemCrypto } from "./system-crypto.ts";

interface OpenKeySet {
  readonly material: Uint8Array;
  readonly macKey: Uint8Array;
}

/** Opens files sealed under this storage key. The key stays the caller's, who destroys it. */
export function createUnsealer(storageKey: StorageKey, crypto: SealCrypto = systemCrypto): ContainerUnsealer {
  return {
    async openFile(input: UnsealInput): Promise<FileUnsealer> {
      const own = input.keySets.find((keySet) => keySet.role === "storage");
      if (own === undefined || !equalBytes(own.id, storageKey.id)) {
        throw new Failure("unauthenticated", "seal.wrong_key", "the file belongs to another storage key");
      }
      const fileId = idBytes(input.fileId);
      const rootKey = await crypto.hkdfSha256(storageKey.material, fileId, labels.fileRoot, 32);
      const root = await crypto.hmacSha256(rootKey, input.rootParts);
      rootKey.fill(0);
      if (!equalBytes(root, input.expectedRoot)) {
        throw new Failure("corrupt", "vbk.file_root", "the file is not what was sealed");
      }
      const keySets = new Map<string, OpenKeySet>();
      for (const record of input.keySets) {
        if (record.role !== "storage") keySets.set(toHex(record.id), await unwrap(crypto, storageKey, record));
      }
      return new OpenFile(crypto, fileId, keySets);
    },
  };
}

/** The record is covered by the file root, which was checked before. */
async function unwrap(crypto: SealCrypto, storageKey: StorageKey, record: KeySetRecord): Promise<OpenKeySet> {
  const { wrap } = record;
  if (wrap === null || !equalBytes(wrap.wrappedBy, storageKey.id)) throw badRecord();
  const plain = await crypto.decryptCbc(storageKey.key, storageKey.iv, wrap.wrappedKey).catch(() => {
    throw badRecord();
  });
  if (plain.length < materialBytes) throw badRecord();
  const material = plain.slice(plain.length - materialBytes);
  plain.fill(0);
  const label = record.role === "meta" ? labels.bankMac : labels.blockMac;
  return { material, macKey: await crypto.hkdfSha256(material, record.id, label, 32) };
}

const badRecord = (): Failure => new Failure("corrupt", "seal.key_record", "a key set record does not open");

class OpenFile implements FileUnsealer {
  readonly #crypto: SealCrypto;
  readonly #fileId: Uint8Array;
  readonly #keySets: ReadonlyMap<string, OpenKeySet>;
  #destroyed = false;

  constructor(crypto: SealCrypto, fileId: Uint8Array, keySets: ReadonlyMap<string, OpenKeySet>) {
    this.#crypto = crypto;
    this.#fileId = fileId;
    this.#keySets = keySets;
  }

  async openBank(input: Parameters<FileUnsealer["openBank"]>[0]): Promise<Uint8Array> {
    const { keySetId, bank, stored, ciphertext, tag } = input;
    const keys = this.#keys(keySetId, "vbk.bank_authentication");
    const expected = await this.#crypto.hmacSha256(keys.macKey, bankMacInput(this.#fileId, bank, stored));
    if (!equalBytes(expected, tag)) throw forged("vbk.bank_authentication", `bank ${bank}`);
    // A large file's banks are not in memory twice.
    return this.#decrypt(keys, ciphertext, { code: "vbk.bank_authentication", isInPlace: true });
  }

  async openBlock(keySetId: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array): Promise<Uint8Array> {
    const keys = this.#keys(keySetId, "vbk.block_authentication");
    const padding = new Uint8Array(alignUp(ciphertext.length) - ciphertext.length);
    const sha256 = await this.#crypto.sha256([ciphertext, padding]);
    const expected = await this.#crypto.hmacSha256(keys.macKey, blockMacInput(keySetId, ciphertext.length, sha256));
    if (!equalBytes(expected, tag)) throw forged("vbk.block_authentication", "a block");
    return this.#decrypt(keys, ciphertext, { code: "vbk.block_authentication", isInPlace: false });
  }

  threadKeys(keySetId: Uint8Array): ThreadKeys {
    const { material, macKey } = this.#keys(keySetId, "vbk.block_authentication");
    return {
      keySetId: keySetId.slice(),
      key: material.slice(0, keyBytes),
      iv: material.slice(keyBytes),
      macKey: macKey.slice(),
    };
  }

  destroy(): void {
    this.#destroyed = true;
    for (const keys of this.#keySets.values()) {
      keys.material.fill(0);
      keys.macKey.fill(0);
    }
  }

  #keys(keySetId: Uint8Array, code: string): OpenKeySet {
    assert(!this.#destroyed, "the container is still open");
    const keys = this.#keySets.get(toHex(keySetId));
    if (keys === undefined) throw forged(code, "a key set");
    return keys;
  }

  async #decrypt(
    { material }: OpenKeySet,
    ciphertext: Uint8Array,
    { code, isInPlace }: { readonly code: string; readonly isInPlace: boolean },
  ): Promise<Uint8Array> {
    const way = isInPlace ? "decryptCbcInPlace" : "decryptCbc";
    try {
      return await this.#crypto[way](material.subarray(0, keyBytes), material.subarray(keyBytes), ciphertext);
    } catch (cause) {
      throw new Failure("corrupt", code, "authentic bytes that do not decrypt", { cause });
    }
  }
}

const forged = (code: string, what: string): Failure => new Failure("corrupt", code, `${what} is not what was sealed`);
