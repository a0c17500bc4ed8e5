import type { IncomingHttpHeaders } from "node:http";
import { identityLimits } from "./limits.ts";
import type { Caller, Realm } from "./types.ts";

/** A request as the sign-in needs it; Fastify's own fits. */
export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
  readonly cookies: { readonly [name: string]: string | undefined };
}

interface CookieAttributes {
  path: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite: "strict";
  maxAge?: number;
}

/** A reply that can carry cookies; Fastify's own fits. */
export interface HttpReply {
  setCookie(name: string, value: string, attributes: CookieAttributes): unknown;
  clearCookie(name: string, attributes: CookieAttributes): unknown;
}

/** Cookies ignore ports, so each face has names of its own. */
const faceNames: Readonly<Record<Realm, string>> = { user: "console", operator: "operator", mail: "webmail" };

type Purpose = "session" | "pending" | "ceremony" | "device" | "sign_up";

const lifeSeconds = (realm: Realm): Readonly<Record<Purpose, number | null>> => ({
  // The consoles' sessions end with the browser; webmail stays for its absolute time.
  session: realm === "mail" ? identityLimits.sessionAbsoluteMs.mail / 1000 : null,
  pending: identityLimits.pendingSignInMs / 1000,
  ceremony: identityLimits.challengeMs / 1000,
  device: identityLimits.brakeKnownMs / 1000,
  sign_up: identityLimits.signUpMs / 1000,
});

/** `__Host-cf-console`, `__Host-cf-operator`, `__Host-cf-webmail`, and those of the ceremonies before a session. */
export function cookieName(realm: Realm, purpose: Purpose): string {
  return `__Host-cf-${faceNames[realm]}${purpose === "session" ? "" : `-${purpose}`}`;
}

export function readCookie(request: Pick<HttpRequest, "cookies">, realm: Realm, purpose: Purpose): string | null {
  return request.cookies[cookieName(realm, purpose)] ?? null;
}

const attributes: CookieAttributes = { path: "/", secure: true, httpOnly: true, sameSite: "strict" };

export function writeCookie(reply: HttpReply, realm: Realm, purpose: Purpose, value: string): void {
  const seconds = lifeSeconds(realm)[purpose];
  reply.setCookie(cookieName(realm, purpose), value, {
    ...attributes,
    ...(seconds === null ? {} : { maxAge: Math.floor(seconds) }),
  });
}

export function clearCookie(reply: HttpReply, realm: Realm, purpose: Purpose): void {
  reply.clearCookie(cookieName(realm, purpose), attributes);
}

/** What the request tells of itself. */
export function callerOf(request: HttpRequest, realm: Realm): Caller {
  return {
    ip: request.ip,
    userAgent: (request.headers["user-agent"] ?? "").replace(/\p{Cc}/gu, " "),
    deviceCookie: readCookie(request, realm, "device"),
  };
}
