import { assert, type Random } from "@casaforte/kernel";
import { keySetIdBytes } from "../layout.ts";
import { keyBytes, materialBytes } from "./labels.ts";

/** The secret of one chain: 32 bytes of key and 16 of IV. It wraps the keys of each file and is itself only stored wrapped. */
export class StorageKey {
  /** Names the key in files and in the keyring; not secret. */
  readonly id: Uint8Array;
  readonly #material: Uint8Array;
  #destroyed = false;

  /** Takes the material over: the caller's array is the key's own from now on. */
  constructor(id: Uint8Array, material: Uint8Array) {
    assert(id.length === keySetIdBytes && material.length === materialBytes, "a storage key is 16 + 48 bytes");
    this.id = id;
    this.#material = material;
  }

  /** A fresh random key. */
  static generate(random: Random): StorageKey {
    return new StorageKey(random.bytes(keySetIdBytes), random.bytes(materialBytes));
  }

  /** Key and IV together: the input of each derivation. */
  get material(): Uint8Array {
    assert(!this.#destroyed, "the storage key is still there");
    return this.#material;
  }

  get key(): Uint8Array {
    return this.material.subarray(0, keyBytes);
  }

  get iv(): Uint8Array {
    return this.material.subarray(keyBytes);
  }

  /** Zeroes the key; using it afterwards is a bug. */
  destroy(): void {
    this.#material.fill(0);
    this.#destroyed = true;
  }
}
