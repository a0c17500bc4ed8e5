import { createHash } from "node:crypto";
import { type Random, toBase64Url } from "@casaforte/kernel";

/** What a token is for; its prefix lets a person and a secret scanner tell them apart. */
export type TokenPurpose = "enrol" | "device" | "restore";

/** A fresh secret of 256 bits with its hash. Only the hash is kept. */
export function makeToken(purpose: TokenPurpose, random: Random): { readonly token: string; readonly hash: Buffer } {
  const token = `cf_${purpose}_${toBase64Url(random.bytes(32))}`;
  return { token, hash: hashToken(token) };
}

/** SHA-256 is enough for a random secret of 256 bits: there is nothing to guess. */
export const hashToken = (token: string): Buffer => createHash("sha256").update(token).digest();
