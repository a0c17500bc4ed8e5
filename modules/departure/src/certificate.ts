import { createHash, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { Failure } from "@casaforte/kernel";

/** What a certificate says: what was deleted, how much of it, and what the law makes us keep (R61). */
export interface DeletionCertificate {
  readonly v: 1;
  readonly kind: "casaforte.deletion-certificate";
  readonly departure: string;
  readonly provider: string;
  readonly customer: { readonly id: string; readonly name: string };
  readonly requestedAt: string;
  readonly retrievalUntil: string;
  readonly erasedAt: string;
  /** Rows erased, by table. */
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  /** Places of stored bytes that were emptied and found empty. */
  readonly stores: readonly { readonly name: string; readonly blobs: number }[];
  /** The customer's key, without which no copy of stored bytes can be read, wherever it may lie. */
  readonly keyDestroyed: true;
  /** What stays, and why: `tax`, `contract`, `audit`, `departure`, `root`. */
  readonly kept: readonly { readonly table: string; readonly rows: number; readonly basis: string }[];
  /** The audit chain's end when its entries were erased. */
  readonly auditHead: { readonly seq: string; readonly hash: string } | null;
  /** Saved copies of the database that may hold rows are gone by then. */
  readonly savedCopiesGoneBy: string;
  /** SHA-256 of the key that signs, to tell keys apart. */
  readonly key: string;
}

/** SHA-256 of a public key in SPKI form, hexadecimal. */
export const keyFingerprint = (key: KeyObject): string =>
  createHash("sha256")
    .update((key.type === "private" ? createPublicKey(key) : key).export({ format: "der", type: "spki" }))
    .digest("hex");

/** The text that is signed, and its detached Ed25519 signature in Base64. */
export function signCertificate(
  certificate: object,
  key: KeyObject,
): { readonly text: string; readonly signature: string } {
  const text = `${JSON.stringify(certificate, null, 2)}\n`;
  return { text, signature: sign(null, Buffer.from(text), key).toString("base64") };
}

/** Checks a document against its detached signature. @throws corrupt `departure.signature`. */
export function verifyCertificate(text: string, signature: string, key: KeyObject): unknown {
  const isSound = verify(
    null,
    Buffer.from(text),
    key.type === "private" ? createPublicKey(key) : key,
    Buffer.from(signature.trim(), "base64"),
  );
  if (!isSound)
    throw new Failure(
      "corrupt",
      "departure.signature",
      "the signature does not fit: the document was changed, or another key signed it",
    );
  return JSON.parse(text);
}
