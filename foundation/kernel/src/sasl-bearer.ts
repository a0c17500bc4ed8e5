/** SASL mechanisms that show an access token instead of a password: RFC 7628, and what came before it. */
export const bearerMechanisms = ["OAUTHBEARER", "XOAUTH2"] as const;
export type BearerMechanism = (typeof bearerMechanisms)[number];

export const isBearerMechanism = (name: string): name is BearerMechanism =>
  bearerMechanisms.some((mechanism) => mechanism === name);

/** What a server says of whoever gives out its access tokens. */
export interface BearerOffer {
  /** Of RFC 8414; https. */
  readonly metadataUrl: string;
  /** What a token for this server must be good for. */
  readonly scope: string;
}

export interface BearerLogin {
  /** The account that the client named; empty: it named none, and the token says whose it is. */
  readonly user: string;
  /** Empty: a client that wants to be told where tokens are had (RFC 7628 §4.3). */
  readonly token: string;
}

/** GS2 header, then fields of which one is the token (RFC 7628 §3.1): `n,a=ada@example.org,^Aauth=Bearer t^A^A`. */
const oauthbearer = /^[ny],(?:a=([^,\x01]*))?,\x01((?:[A-Za-z]+=[^\x01]*\x01)*)\x01$/;
/** `user=ada@example.org^Aauth=Bearer t^A^A`. */
const xoauth2 = /^user=([^\x01]*)\x01((?:[A-Za-z]+=[^\x01]*\x01)*)\x01$/;
/** RFC 6750 §2.1. */
const bearer = /(?:^|\x01)auth=(?:bearer +([A-Za-z0-9._~+/-]+=*))?\x01/i;

/** A client's response in base64; null when it is malformed. */
export function parseBearerResponse(mechanism: BearerMechanism, base64: string): BearerLogin | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const text = new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  const parts = (mechanism === "OAUTHBEARER" ? oauthbearer : xoauth2).exec(text);
  if (parts === null) return null;
  const [, name = "", fields = ""] = parts;
  // RFC 5801 §4: the two characters that an authorization identity of a GS2 header cannot hold as they are.
  const user = mechanism === "OAUTHBEARER" ? name.replace(/=2c/gi, ",").replace(/=3d/gi, "=") : name;
  if (/\p{Cc}/u.test(user)) return null;
  if (fields === "") return { user, token: "" };
  const shown = bearer.exec(fields);
  return shown === null ? null : { user, token: shown[1] ?? "" };
}

/** What a refused client is told before the refusal itself (RFC 7628 §3.2.2), as JSON. */
export function bearerRefusal(offer: BearerOffer, status: "invalid_token" | "insufficient_scope") {
  return { status, scope: offer.scope, "openid-configuration": offer.metadataUrl } as const;
}
