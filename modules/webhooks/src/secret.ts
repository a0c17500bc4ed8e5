import { createCipheriv, createDecipheriv } from "node:crypto";
import { Failure, type Random } from "@casaforte/kernel";
import { webhooksLimits } from "./limits.ts";

const prefix = "whsec_";
const nonceBytes = 12;
const tagBytes = 16;

/** A secret as a receiver keeps it: `whsec_` and 32 bytes in base64 (Standard Webhooks). */
export const freshSecret = (random: Random): string =>
  prefix + Buffer.from(random.bytes(webhooksLimits.secretBytes)).toString("base64");

/** The bytes that sign. */
export const secretBytes = (secret: string): Buffer => Buffer.from(secret.slice(prefix.length), "base64");

/** AES-256-GCM; bound to the row, so that sealed bytes cannot be moved to another. */
export function sealSecret(key: Uint8Array, random: Random, boundTo: string, secret: string): Uint8Array {
  const nonce = random.bytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(boundTo));
  return Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** @throws corrupt `webhooks.sealed`. */
export function openSecret(key: Uint8Array, boundTo: string, sealed: Uint8Array): string {
  try {
    const bytes = Buffer.from(sealed);
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(boundTo)).setAuthTag(bytes.subarray(bytes.length - tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Failure("corrupt", "webhooks.sealed", "a webhook's secret cannot be opened", { cause });
  }
}
