import { crcPolynomials, createCrc32, type Random, utf8 } from "@casaforte/kernel";
import { toBase32 } from "./base32.ts";
import { hashSecret } from "./secrets.ts";

const prefix = "cft_";
const secretChars = 52;
/** `cft_`, 256 random bits and their check, in the letters of base32: what secret scanners look for. */
export const apiTokenPattern = /^cft_[a-z2-7]{59}$/;
const crc32 = createCrc32(crcPolynomials.ieee);

function checkOf(secret: string): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, crc32(utf8(secret)));
  return toBase32(bytes);
}

export interface FreshApiToken {
  readonly text: string;
  readonly hash: Buffer;
  /** The prefix and four letters, which identify nothing but the token to its owner. */
  readonly hint: string;
}

/** A token to hand out once (R78). */
export function freshApiToken(random: Random): FreshApiToken {
  const secret = toBase32(random.bytes(32));
  const text = `${prefix}${secret}${checkOf(secret)}`;
  return { text, hash: hashSecret(text), hint: text.slice(0, prefix.length + 4) };
}

/** The stored form of something presented, or null when its own check says that it never was a token. */
export function hashApiToken(text: string): Buffer | null {
  if (!apiTokenPattern.test(text)) return null;
  const secret = text.slice(prefix.length, prefix.length + secretChars);
  return text.slice(prefix.length + secretChars) === checkOf(secret) ? hashSecret(text) : null;
}

/** What a request presents as a token: `Authorization: Bearer cft_…` (RFC 6750 §2.1). Other bearers are somebody else's. */
export function bearerToken(authorization: string | undefined): string | null {
  const text = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  return text?.startsWith(prefix) ? text : null;
}
