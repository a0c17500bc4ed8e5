import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Face } from "./face.ts";

/**
 * Serves a built web app: hashed files for a year, `index.html` never cached and with this answer's style nonce in
 * place of `__CSP_NONCE__`; any other path that a browser navigates to gets `index.html` (client-side routes).
 */
export async function serveWebApp(app: Face, distDirectory: string): Promise<void> {
  const index = await readFile(join(distDirectory, "index.html"), "utf8");
  await app.register(fastifyStatic, {
    root: distDirectory,
    index: false,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header("cache-control", path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  const page = (request: FastifyRequest, reply: FastifyReply) => {
    const navigates =
      request.method === "GET" &&
      !request.url.startsWith("/api/") &&
      (request.headers.accept ?? "").includes("text/html");
    if (navigates)
      return reply
        .header("cache-control", "no-store")
        .type("text/html; charset=utf-8")
        .send(index.replaceAll("__CSP_NONCE__", reply.cspNonce));
    return reply
      .status(404)
      .type("application/problem+json")
      .send(
        JSON.stringify({
          type: "about:blank",
          title: "there is nothing here",
          status: 404,
          code: "http.route",
          requestId: request.id,
        }),
      );
  };
  app.get("/", (request, reply) => page(request, reply));
  // A route and not a handler for what is not found: the face has one of its own already.
  app.get("/*", (request, reply) => page(request, reply));
}
