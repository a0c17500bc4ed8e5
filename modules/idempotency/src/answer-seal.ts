import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { assert, Failure, type Random } from "@casaforte/kernel";

/** Seals answers and remembers requests, under keys that are not in the database. */
export interface AnswerSeal {
  /** HMAC-SHA-256 of a request. */
  mac(request: string): Buffer;
  seal(answer: string, bound: string): Buffer;
  /** @throws unavailable `idempotency.sealed` when the key has changed since. */
  unseal(sealed: Uint8Array, bound: string): string;
}

/** `secret`: 32 bytes. AES-256-GCM with a random nonce; `bound` names the row. */
export function createAnswerSeal(secret: Uint8Array, random: Random): AnswerSeal {
  assert(secret.length === 32, "the secret has 32 bytes");
  const derive = (info: string) => Buffer.from(hkdfSync("sha256", secret, "", info, 32));
  const [sealKey, macKey] = [derive("casaforte idempotency seal"), derive("casaforte idempotency mac")];
  return {
    mac: (request) => createHmac("sha256", macKey).update(request).digest(),
    seal(answer, bound) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv("aes-256-gcm", sealKey, nonce).setAAD(Buffer.from(bound));
      return Buffer.concat([nonce, cipher.update(answer, "utf8"), cipher.final(), cipher.getAuthTag()]);
    },
    unseal(sealed, bound) {
      const bytes = Buffer.from(sealed);
      try {
        const opener = createDecipheriv("aes-256-gcm", sealKey, bytes.subarray(0, 12)).setAAD(Buffer.from(bound));
        opener.setAuthTag(bytes.subarray(bytes.length - 16));
        const plain = [opener.update(bytes.subarray(12, bytes.length - 16)), opener.final()];
        return Buffer.concat(plain).toString("utf8");
      } catch (cause) {
        throw new Failure("unavailable", "idempotency.sealed", "the first answer can no longer be opened", { cause });
      }
    },
  };
}
