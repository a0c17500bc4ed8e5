import { createCipheriv, createDecipheriv } from "node:crypto";
import { Failure, type Random } from "@casaforte/kernel";

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM; bound to the row, so that sealed bytes cannot be moved to another. */
export function sealPassword(secretKey: Uint8Array, random: Random, boundTo: string, password: string): Uint8Array {
  const nonce = random.bytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", secretKey, nonce).setAAD(Buffer.from(boundTo));
  return Buffer.concat([nonce, cipher.update(password, "utf8"), cipher.final(), cipher.getAuthTag()]);
}

/** @throws corrupt `transfers.sealed`. */
export function openPassword(secretKey: Uint8Array, boundTo: string, sealed: Uint8Array): string {
  try {
    const bytes = Buffer.from(sealed);
    const decipher = createDecipheriv("aes-256-gcm", secretKey, bytes.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(boundTo)).setAuthTag(bytes.subarray(bytes.length - tagBytes));
    const plain = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes));
    return Buffer.concat([plain, decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Failure("corrupt", "transfers.sealed", "the password of the other server cannot be opened", { cause });
  }
}
