import type { FastifyInstance, FastifyRequest } from "fastify";
import { assertSameOrigin } from "./same-origin.ts";

/** What a browser sends from any page without asking first (Fetch, "CORS-safelisted request-header"), or no type at all. */
const unasked = /^\s*($|text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)/i;

/** How long a browser may remember that it may ask. */
const askedSeconds = "7200";

/**
 * For a face that no cookie opens: pages of other sites may use it and read what it answers (Fetch, "CORS protocol"), but for
 * what a browser would send by itself. Whom to let in is never told apart by the site, and a browser may send along nothing
 * that it keeps: of a face that answers `*` and does not allow credentials it shows no page the answer to a request with any,
 * and where it must ask first it does not send one. What a page adds by hand, an Authorization header, the page knew already.
 */
export function openToOtherSites(app: Pick<FastifyInstance, "addHook">): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header("access-control-allow-origin", "*");
    reply.header("access-control-expose-headers", "retry-after, x-request-id");
    if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined)
      return undefined;
    reply.header("access-control-allow-methods", "GET, POST");
    reply.header("access-control-allow-headers", "authorization, content-type, last-event-id");
    reply.header("access-control-max-age", askedSeconds);
    return reply.status(204).send();
  });
}

/**
 * Of another site's requests to such a face only those go on that a browser has asked for first: one that it sends unasked
 * could bear a password that it keeps. @throws forbidden `http.cross_site`.
 */
export function assertAskedFirst(request: FastifyRequest): void {
  if (unasked.test(request.headers["content-type"] ?? "")) assertSameOrigin(request);
}
