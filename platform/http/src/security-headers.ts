import { type Random, toBase64Url } from "@casaforte/kernel";
import type { FastifyInstance, FastifyReply } from "fastify";

const hstsSeconds = 63_072_000;

declare module "fastify" {
  interface FastifyReply {
    /** This page's nonce for styles; static.ts writes it into index.html. */
    cspNonce: string;
  }
}

function policy(kind: "console" | "webmail" | "api", nonce: string): string {
  const shared = "base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'";
  if (kind === "api") return `default-src 'none'; ${shared}`;
  if (kind === "console") {
    return `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; ${shared}`;
  }
  // srcdoc frames inherit this policy, so the mails' own inline styles need 'unsafe-inline' (ux.md §5).
  return `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self' blob:; worker-src 'self'; manifest-src 'self'; ${shared}`;
}

/** Headers on every answer (security.md, checks 25 and 26). HSTS only where the listener speaks TLS itself. */
export function securityHeaders(
  app: Pick<FastifyInstance, "addHook" | "decorateReply">,
  kind: "console" | "webmail" | "api",
  tls: boolean,
  random: Random,
): void {
  app.decorateReply("cspNonce", "");
  app.addHook("onRequest", async (_request, reply: FastifyReply) => {
    reply.cspNonce = kind === "console" ? toBase64Url(random.bytes(16)) : "";
    reply.header("content-security-policy", policy(kind, reply.cspNonce));
    reply.header("x-content-type-options", "nosniff");
    reply.header("referrer-policy", "no-referrer");
    reply.header("cross-origin-opener-policy", "same-origin");
    reply.header("cross-origin-resource-policy", "same-origin");
    reply.header("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
    if (tls) reply.header("strict-transport-security", `max-age=${hstsSeconds}; includeSubDomains`);
  });
}
