import { createHmac } from "node:crypto";
import type { Random } from "@casaforte/kernel";
import { FileKeys, type StorageKey } from "@casaforte/vbk/seal";
import type { JournalHead } from "./journal.ts";

/**
 * The keys of one file, the same each time they are derived: an upload that goes on after a crash seals under the keys
 * it began with, and nothing but a public seed lies in the journal. HMAC-SHA-256 in counter mode under the storage key.
 */
export function fileKeysOf(head: Pick<JournalHead, "seed" | "fileId" | "startedMs">, storageKey: StorageKey): FileKeys {
  const random = derivedRandom(storageKey, `casaforte/agent/v1/file-keys ${head.fileId} ${head.seed}`);
  return new FileKeys({ storageKey, fileId: head.fileId, random, nowMs: head.startedMs });
}

/** The key of a chain's chunk ids: bound to the storage key, so a new storage key never meets old ids. */
export function chunkKeyOf(chainId: string, storageKey: StorageKey): Uint8Array {
  return derivedRandom(storageKey, `casaforte/agent/v1/chunk-key ${chainId}`).bytes(32);
}

function derivedRandom(storageKey: StorageKey, label: string): Random {
  let counter = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 32) {
        const block = createHmac("sha256", storageKey.material).update(`${label} ${counter++}`).digest();
        bytes.set(block.subarray(0, length - at), at);
      }
      return bytes;
    },
  };
}
