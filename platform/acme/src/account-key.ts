import { createHash, createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";

/** A fresh P-256 key as PKCS#8 PEM: of an account with an authority, or of a certificate. */
export function generateEcKey(): string {
  return generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey;
}

/** How an account that was made elsewhere is bound to ours (RFC 8555 §7.3.4). */
export interface ExternalAccount {
  readonly keyId: string;
  /** Base64url, as authorities hand it out. */
  readonly hmacKey: string;
}

export interface Jws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString("base64url");

/** Signs requests of one account: ES256 (RFC 7518 §3.4). */
export class AccountKey {
  readonly #key;
  readonly #jwk: { readonly crv: string; readonly kty: "EC"; readonly x: string; readonly y: string };

  constructor(pem: string) {
    this.#key = createPrivateKey(pem);
    const { x = "", y = "" } = createPublicKey(this.#key).export({ format: "jwk" });
    // In the order of the thumbprint (RFC 7638 §3).
    this.#jwk = { crv: "P-256", kty: "EC", x, y };
  }

  /** `accountUrl` null: the request that makes the account. `payload` null: a read (POST-as-GET, RFC 8555 §6.3). */
  sign(request: {
    readonly url: string;
    readonly nonce: string;
    readonly accountUrl: string | null;
    readonly payload: object | null;
  }): Jws {
    const { url, nonce, accountUrl } = request;
    const who = accountUrl === null ? { jwk: this.#jwk } : { kid: accountUrl };
    const head = base64url(JSON.stringify({ alg: "ES256", nonce, url, ...who }));
    const payload = request.payload === null ? "" : base64url(JSON.stringify(request.payload));
    const signature = sign("sha256", Buffer.from(`${head}.${payload}`), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return { protected: head, payload, signature: base64url(signature) };
  }

  /** What proves that both accounts have one owner. */
  bind(external: ExternalAccount, newAccountUrl: string): Jws {
    const head = base64url(JSON.stringify({ alg: "HS256", kid: external.keyId, url: newAccountUrl }));
    const payload = base64url(JSON.stringify(this.#jwk));
    const mac = createHmac("sha256", Buffer.from(external.hmacKey, "base64url")).update(`${head}.${payload}`).digest();
    return { protected: head, payload, signature: base64url(mac) };
  }

  /** What a challenge of that token is answered with (RFC 8555 §8.1). */
  answerTo(token: string): string {
    return `${token}.${createHash("sha256").update(JSON.stringify(this.#jwk)).digest("base64url")}`;
  }
}
