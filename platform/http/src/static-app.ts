import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Face } from "./face.ts";

interface WebFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** What Vite writes; anything else is bytes to a browser. */
const typeOf: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/**
 * Serves a built web app: hashed files for a year, `index.html` never cached and with this answer's style nonce in
 * place of `__CSP_NONCE__`; any other path that a browser navigates to gets `index.html` (client-side routes). Everything
 * is read here, once, about two megabytes: a package that is replaced under a program that serves on takes no file away
 * from the pages that this program hands out (R101).
 */
export async function serveWebApp(app: Face, distDirectory: string): Promise<void> {
  const files = await readFiles(distDirectory);
  const index = await readFile(join(distDirectory, "index.html"), "utf8");
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
  app.get("/*", (request, reply) => {
    const path = (request.params as { readonly "*": string })["*"];
    const file = files.get(path);
    if (file === undefined) return page(request, reply);
    reply
      .header("cache-control", path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache")
      .header("etag", file.etag)
      .type(file.type);
    return request.headers["if-none-match"] === file.etag ? reply.status(304).send() : reply.send(file.bytes);
  });
}

/** By path below the folder, with slashes; without the page itself and without what the build notes for itself. */
async function readFiles(directory: string): Promise<ReadonlyMap<string, WebFile>> {
  const files = new Map<string, WebFile>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(directory, file).replaceAll(sep, "/");
    if (!entry.isFile() || /(^|\/)\./.test(path) || path === "index.html") continue;
    const bytes = await readFile(file);
    const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
    files.set(path, { bytes, etag, type: typeOf[extname(path)] ?? "application/octet-stream" });
  }
  return files;
}
