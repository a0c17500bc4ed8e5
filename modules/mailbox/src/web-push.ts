import { createCipheriv, createECDH, createPrivateKey, ECDH, hkdfSync, type KeyObject, sign } from "node:crypto";
import { type Bytes, concatBytes, type Random, toBase64Url, utf8 } from "@casaforte/kernel";

/** The keys of the client that a push is for (RFC 8291 §2.1): an uncompressed P-256 point and 16 octets. */
export interface PushKeys {
  readonly p256dh: Bytes;
  readonly auth: Bytes;
}

/** By what a push service knows this server (RFC 8292). */
export interface VapidKey {
  /** Uncompressed P-256 point in base64url: `applicationServerKey` of RFC 9749. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
  /** Whom the push service writes to about us: a `mailto:` address. */
  readonly subject: string;
}

/** A push message is one record of at most 4096 octets (RFC 8030 §7.2); this is what fits in it. */
export const pushBytesMax = 3_900;

const recordBytes = 4_096;
const tokenSeconds = 12 * 3600;
const curve = "prime256v1";
const derive = (secret: Bytes, salt: Bytes, info: Bytes, length: number): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, salt, info, length));

/** Whether an uncompressed point is on P-256: with any other a shared secret would give ours away. */
export function isOnCurve(point: Bytes): boolean {
  try {
    return ECDH.convertKey(point, curve).length > 0;
  } catch {
    return false;
  }
}

/** The key pair of a secret of 32 octets: the same secret gives the same pair. */
export function vapidKey(secret: Bytes, subject: string): VapidKey {
  const pair = createECDH(curve);
  pair.setPrivateKey(secret);
  const point = pair.getPublicKey();
  const jwk = {
    kty: "EC",
    crv: "P-256",
    d: toBase64Url(secret),
    x: toBase64Url(point.subarray(1, 33)),
    y: toBase64Url(point.subarray(33)),
  };
  return {
    publicKey: toBase64Url(point),
    privateKey: createPrivateKey({ key: jwk, format: "jwk" }),
    subject,
  };
}

/** `Authorization` for a push to this address (RFC 8292 §3): a token for its origin alone, good for twelve hours. */
export function vapidAuthorization(key: VapidKey, url: string, nowMs: number): string {
  const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
  const exp = Math.floor(nowMs / 1000) + tokenSeconds;
  const claims = `${part({ typ: "JWT", alg: "ES256" })}.${part({ aud: new URL(url).origin, exp, sub: key.subject })}`;
  const signature = sign("sha256", utf8(claims), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `vapid t=${claims}.${toBase64Url(signature)}, k=${key.publicKey}`;
}

/**
 * A push message for one client alone (RFC 8291 with the one-record form of RFC 8188): a key pair and a salt of its own.
 * `isOnCurve` comes first: `node:crypto` throws at any other point.
 */
export function encryptPush(plain: Bytes, { p256dh, auth }: PushKeys, random: Random): Uint8Array {
  return sealPush(plain, { p256dh, auth }, { secret: random.bytes(32), salt: random.bytes(16) });
}

/** As `encryptPush`, with what is random given: for the vectors of RFC 8291 §5. */
export function sealPush(
  plain: Bytes,
  { p256dh, auth }: PushKeys,
  { secret, salt }: { readonly secret: Bytes; readonly salt: Bytes },
): Uint8Array {
  const pair = createECDH(curve);
  pair.setPrivateKey(secret);
  const ours = pair.getPublicKey();
  const shared = pair.computeSecret(p256dh);
  const input = derive(shared, auth, concatBytes([utf8("WebPush: info\0"), p256dh, ours]), 32);
  const key = derive(input, salt, utf8("Content-Encoding: aes128gcm\0"), 16);
  const nonce = derive(input, salt, utf8("Content-Encoding: nonce\0"), 12);
  const head = Buffer.alloc(21);
  head.set(salt, 0);
  head.writeUInt32BE(recordBytes, 16);
  head.writeUInt8(ours.length, 20);
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  // The octet 2 ends the last record.
  const sealed = Buffer.concat([cipher.update(plain), cipher.update(Uint8Array.of(2)), cipher.final()]);
  return concatBytes([head, ours, sealed, cipher.getAuthTag()]);
}
