import { createCipheriv, createDecipheriv, generateKeyPair, generateKeyPairSync } from "node:crypto";
import { promisify } from "node:util";
import { assert, type Bytes, concatBytes, type DomainId, Failure, type Random, utf8 } from "@casaforte/kernel";
import { domainLimits } from "./limits.ts";

const generate = promisify(generateKeyPair);

/**
 * A key pair for DKIM: the public half as it goes into DNS (base64: of SPKI for RSA, of the bare 32 bytes for Ed25519,
 * RFC 8463 §4.2), the private half as PKCS#8 PEM.
 */
export interface DkimKeyPair {
  readonly publicKey: string;
  readonly privateKeyPem: string;
}

/** A fresh RSA key. Takes a good part of a second of another thread: call it before opening a transaction. */
export async function generateDkimKey(): Promise<DkimKeyPair> {
  const pair = await generate("rsa", {
    modulusLength: domainLimits.dkimKeyBits,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { publicKey: pair.publicKey.toString("base64"), privateKeyPem: pair.privateKey };
}

/** A fresh Ed25519 key: the work of a moment. */
export function generateEd25519Key(): DkimKeyPair {
  const pair = generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { publicKey: pair.publicKey.subarray(-32).toString("base64"), privateKeyPem: pair.privateKey };
}

const version = 1;

/** AES-256-GCM: version, nonce (12), tag (16), cipher text; bound to the domain it belongs to. */
export function sealPrivateKey(
  secret: Bytes,
  random: Random,
  domainId: DomainId,
  pem: string,
): Uint8Array<ArrayBuffer> {
  assert(secret.length === 32, "the DKIM secret has 32 bytes");
  const nonce = random.bytes(12);
  const cipher = createCipheriv("aes-256-gcm", secret, nonce);
  cipher.setAAD(utf8(`dkim:${domainId}`));
  const body = concatBytes([cipher.update(pem, "utf8"), cipher.final()]);
  return concatBytes([Uint8Array.of(version), nonce, cipher.getAuthTag(), body]);
}

/** The PEM again. @throws corrupt `domains.dkim_key` when it was sealed by another secret or changed. */
export function openPrivateKey(secret: Bytes, domainId: DomainId, sealed: Bytes): string {
  if (sealed.length < 29 || sealed[0] !== version)
    throw new Failure("corrupt", "domains.dkim_key", "the DKIM key is of an unknown form");
  const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(1, 13));
  decipher.setAAD(utf8(`dkim:${domainId}`));
  decipher.setAuthTag(sealed.subarray(13, 29));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Failure("corrupt", "domains.dkim_key", "the DKIM key cannot be opened with this secret", { cause });
  }
}
