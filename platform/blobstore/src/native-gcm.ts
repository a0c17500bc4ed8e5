import { createRequire } from "node:module";
import type Koffi from "koffi";

export interface GcmTerms {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes, never twice under one key. */
  readonly nonce: Uint8Array;
  readonly additionalData: Uint8Array;
}

/** AES-256-GCM from memory into memory; what is sealed is ciphertext and a tag of 16 bytes behind it. */
export interface NativeGcm {
  /** Fills `into`, which is 16 bytes longer than `plain`. @throws Error for terms of another length. */
  seal(terms: GcmTerms, plain: Uint8Array, into: Uint8Array): void;
  /** Fills `into`, which is 16 bytes shorter than `sealed`. False, and zeros, when the tag does not fit. */
  open(terms: GcmTerms, sealed: Uint8Array, into: Uint8Array): boolean;
}

const tagBytes = 16;
/** `EVP_CTRL_AEAD_GET_TAG` and `EVP_CTRL_AEAD_SET_TAG` of OpenSSL's evp.h. */
const getTag = 0x10;
const setTag = 0x11;

let found: NativeGcm | null | undefined;

/**
 * The OpenSSL that Node carries. Node's own ciphers make two new buffers for each piece and copy the one into the other,
 * which costs ten times what AES-GCM does. Null where it cannot be reached: then Node's ciphers serve.
 */
export function nativeGcm(): NativeGcm | null {
  if (found === undefined) found = load();
  return found;
}

function load(): NativeGcm | null {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof Koffi;
    const openssl = koffi.load(null);
    const context = openssl.func("void* EVP_CIPHER_CTX_new()")() as unknown;
    const cipher = openssl.func("void* EVP_aes_256_gcm()")() as unknown;
    const begin = openssl.func(
      "int EVP_CipherInit_ex(void* context, void* type, void* engine, const uint8_t* key, const uint8_t* iv, int encrypts)",
    );
    const add = openssl.func(
      "int EVP_CipherUpdate(void* context, void* out, int* made, const uint8_t* from, int length)",
    );
    const update = openssl.func(
      "int EVP_CipherUpdate(void* context, uint8_t* out, int* made, const uint8_t* from, int length)",
    );
    const control = openssl.func("int EVP_CIPHER_CTX_ctrl(void* context, int type, int length, uint8_t* bytes)");
    const end = openssl.func("int EVP_CipherFinal_ex(void* context, uint8_t* out, int* made)");
    // Wipes the key schedule, too.
    const reset = openssl.func("int EVP_CIPHER_CTX_reset(void* context)");
    const made = new Int32Array(1);
    const nothing = new Uint8Array(tagBytes);
    if (context === null || cipher === null) return null;

    const run = (
      { key, nonce, additionalData }: GcmTerms,
      from: Uint8Array,
      into: Uint8Array,
      encrypts: 0 | 1,
    ): void => {
      if (key.length !== 32 || nonce.length !== 12) throw new Error("not the key or the nonce of AES-256-GCM");
      const isRun =
        begin(context, cipher, null, key, nonce, encrypts) === 1 &&
        add(context, null, made, additionalData, additionalData.length) === 1 &&
        (from.length === 0 || (update(context, into, made, from, from.length) === 1 && made[0] === from.length));
      if (!isRun) throw new Error("AES-256-GCM does not run");
    };
    return {
      seal(terms, plain, into) {
        if (into.length !== plain.length + tagBytes) throw new Error("no room for what is sealed");
        try {
          run(terms, plain, into, 1);
          const isSealed =
            end(context, nothing, made) === 1 && control(context, getTag, tagBytes, into.subarray(plain.length)) === 1;
          if (!isSealed) throw new Error("AES-256-GCM gives no tag");
        } finally {
          reset(context);
        }
      },
      open(terms, sealed, into) {
        if (into.length !== sealed.length - tagBytes) throw new Error("no room for what is opened");
        let isOpen = false;
        try {
          run(terms, sealed.subarray(0, into.length), into, 0);
          isOpen =
            control(context, setTag, tagBytes, sealed.subarray(into.length)) === 1 && end(context, nothing, made) === 1;
        } finally {
          reset(context);
          if (!isOpen) into.fill(0);
        }
        return isOpen;
      },
    };
  } catch {
    return null;
  }
}
