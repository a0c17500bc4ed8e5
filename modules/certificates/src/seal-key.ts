import { createCipheriv, createDecipheriv } from "node:crypto";
import { assert, type Bytes, Failure, type Random } from "@casaforte/kernel";

const version = 1;

/** AES-256-GCM: version, nonce (12), tag (16), cipher text; bound to `owner`, so that it cannot be moved to another row. */
export function sealKey(secret: Bytes, random: Random, owner: string, pem: string): Buffer {
  assert(secret.length === 32, "the secret for certificates has 32 bytes");
  const nonce = random.bytes(12);
  const cipher = createCipheriv("aes-256-gcm", secret, nonce).setAAD(Buffer.from(`certificates:${owner}`));
  const body = Buffer.concat([cipher.update(pem, "utf8"), cipher.final()]);
  return Buffer.concat([Uint8Array.of(version), nonce, cipher.getAuthTag(), body]);
}

/** The PEM again. @throws corrupt `certificates.sealed` when it was sealed by another secret, for another row, or changed. */
export function openKey(secret: Bytes, owner: string, sealed: Uint8Array): string {
  try {
    assert(sealed.length > 29 && sealed[0] === version, "a sealed key is of a known form");
    const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(1, 13));
    decipher.setAAD(Buffer.from(`certificates:${owner}`)).setAuthTag(sealed.subarray(13, 29));
    return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Failure("corrupt", "certificates.sealed", "a certificate's key cannot be opened", { cause });
  }
}

/** Whose key it is. */
export const ownerOf = ({ tenantId, name }: { readonly tenantId: string; readonly name: string }): string =>
  `${tenantId}:${name}`;
