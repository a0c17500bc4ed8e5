import { createHash, timingSafeEqual } from "node:crypto";
import { type Random, toBase64Url } from "@casaforte/kernel";

/** A secret to hand out once, and the only form of it that is stored. */
export interface FreshSecret {
  readonly text: string;
  readonly hash: Buffer;
}

/** 256 random bits in base64url, with the SHA-256 that is stored (security.md, checks 18 and 19). */
export function freshSecret(random: Random): FreshSecret {
  const text = toBase64Url(random.bytes(32));
  return { text, hash: hashSecret(text) };
}

/** SHA-256 of a presented secret. Fit only for secrets of 128 random bits or more. */
export function hashSecret(text: string): Buffer {
  return createHash("sha256").update(text, "utf8").digest();
}

/** Equality in time that tells nothing but the length. */
export function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
