import { Failure } from "@casaforte/kernel";
import type { FastifyRequest } from "fastify";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses a state change that another site's page could have caused (security.md, check 27). Browsers always send
 * Origin or Sec-Fetch-Site with it; a client that sends neither and no cookie has no ambient authority to abuse.
 * @throws forbidden `http.cross_site`.
 */
export function assertSameOrigin(request: FastifyRequest): void {
  if (safeMethods.has(request.method)) return;
  const site = request.headers["sec-fetch-site"];
  const origin = request.headers.origin;
  if (site !== undefined && site !== "same-origin")
    throw new Failure("forbidden", "http.cross_site", "cross-site request refused");
  if (origin !== undefined) {
    if (origin !== `${request.protocol}://${request.host}`)
      throw new Failure("forbidden", "http.cross_site", "cross-site request refused");
    return;
  }
  if (site === undefined && request.headers.cookie !== undefined)
    throw new Failure("forbidden", "http.cross_site", "a request with cookies must name its origin");
}
