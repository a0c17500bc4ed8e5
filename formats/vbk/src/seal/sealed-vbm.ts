import { assert, concatBytes, equalBytes, Failure, type Random, utf8 } from "@casaforte/kernel";
import { idBytes } from "../ids.ts";
import { keySetIdBytes } from "../layout.ts";
import { getU64, putU64, viewOf } from "../page.ts";
import { cbcBytes } from "./cbc.ts";
import type { SealCrypto } from "./crypto-port.ts";
import { ivBytes, keyBytes, labels } from "./labels.ts";
import type { StorageKey } from "./storage-key.ts";
import { systemCrypto } from "./system-crypto.ts";

const magic = utf8("CASAFORTE-VBM\0\0\0");
const saltBytes = 32;
const tagBytes = 32;
const headBytes = 16 + 8 + 16 + 8 + keySetIdBytes + saltBytes;

/** Which version of which chain's VBM a sealed document is. */
export interface DocumentIdentity {
  /** Lower-case UUID. */
  readonly chainId: string;
  readonly revision: number;
}

/** Seals the VBM of a chain: encrypted and authenticated with its chain and revision. FORMAT.md §11. */
export async function sealVbm(
  xml: Uint8Array,
  identity: DocumentIdentity,
  input: { readonly storageKey: StorageKey; readonly random: Random; readonly crypto?: SealCrypto },
): Promise<Uint8Array> {
  const crypto = input.crypto ?? systemCrypto;
  const salt = input.random.bytes(saltBytes);
  const head = concatBytes([
    magic,
    new Uint8Array(8),
    idBytes(identity.chainId),
    new Uint8Array(8),
    input.storageKey.id,
    salt,
  ]);
  const view = viewOf(head);
  view.setUint32(0x10, 1, true);
  putU64(view, 0x28, identity.revision);
  const keys = await documentKeys(crypto, input.storageKey, salt);
  const ciphertext = await crypto.encryptCbc(keys.key, keys.iv, xml);
  assert(ciphertext.length === cbcBytes(xml.length), "the ciphertext is padded");
  const tag = await crypto.hmacSha256(keys.macKey, [head, ciphertext]);
  keys.all.fill(0);
  return concatBytes([head, ciphertext, tag]);
}

/** Chain, revision and storage key of a sealed VBM, before anything is authenticated. Null when it is not one. */
export function describeSealedVbm(
  bytes: Uint8Array,
): { revision: number; chain: Uint8Array; storageKeyId: Uint8Array } | null {
  if (bytes.length < headBytes + 16 + tagBytes || !equalBytes(bytes.subarray(0, magic.length), magic)) return null;
  return {
    chain: bytes.slice(0x18, 0x28),
    revision: getU64(viewOf(bytes), 0x28),
    storageKeyId: bytes.slice(0x30, 0x40),
  };
}

/**
 * Opens a sealed VBM; `chainId` is the chain the caller means to read.
 * @throws corrupt `seal.vbm`, `seal.vbm_authentication`; unauthenticated `seal.wrong_key`.
 */
export async function openSealedVbm(
  bytes: Uint8Array,
  chainId: string,
  storageKey: StorageKey,
  crypto: SealCrypto = systemCrypto,
): Promise<{ readonly xml: Uint8Array; readonly revision: number }> {
  const described = describeSealedVbm(bytes);
  if (described === null || viewOf(bytes).getUint32(0x10, true) !== 1) {
    throw new Failure("corrupt", "seal.vbm", "not a sealed VBM");
  }
  if (!equalBytes(described.storageKeyId, storageKey.id)) {
    throw new Failure("unauthenticated", "seal.wrong_key", "the VBM belongs to another storage key");
  }
  const keys = await documentKeys(crypto, storageKey, bytes.subarray(headBytes - saltBytes, headBytes));
  try {
    const body = bytes.subarray(0, bytes.length - tagBytes);
    const tag = await crypto.hmacSha256(keys.macKey, [body]);
    if (!equalBytes(tag, bytes.subarray(body.length)) || !equalBytes(described.chain, idBytes(chainId))) {
      throw new Failure("corrupt", "seal.vbm_authentication", "the VBM is not what was sealed for this chain");
    }
    return { xml: await crypto.decryptCbc(keys.key, keys.iv, body.subarray(headBytes)), revision: described.revision };
  } finally {
    keys.all.fill(0);
  }
}

async function documentKeys(crypto: SealCrypto, storageKey: StorageKey, salt: Uint8Array) {
  const all = await crypto.hkdfSha256(storageKey.material, salt, labels.vbm, keyBytes + ivBytes + 32);
  const macAt = keyBytes + ivBytes;
  return { all, key: all.subarray(0, keyBytes), iv: all.subarray(keyBytes, macAt), macKey: all.subarray(macAt) };
}
