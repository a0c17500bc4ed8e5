import { createHash } from "node:crypto";
import type { ReferenceKey } from "./store-append.ts";

/** First 8 bytes of SHA-256 as a signed number: a collision inside one account is not to be expected. */
export function hashKey(text: string): bigint {
  return createHash("sha256").update(text, "utf8").digest().readBigInt64BE(0);
}

/**
 * Keys under which a message finds its thread (RFC 8621 §3): the ids of Message-ID, References and In-Reply-To, each
 * together with the base subject, so that a new subject in an old reply begins a thread.
 */
export function threadKeys(links: readonly string[], baseSubject: string): readonly ReferenceKey[] {
  const subject = hashKey(baseSubject);
  const keys = new Map<bigint, ReferenceKey>();
  for (const link of links) {
    if (link === "") continue;
    const reference = hashKey(link);
    keys.set(reference, { reference, subject });
  }
  return [...keys.values()];
}
