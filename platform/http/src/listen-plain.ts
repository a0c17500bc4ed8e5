import { createServer } from "node:http";
import type { Logger } from "@casaforte/kernel";

export interface PlainOptions {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  /** What a certificate authority is to read at that host name; null: nothing. */
  readonly answer: (name: string, token: string) => Promise<string | null>;
}

export interface PlainListener {
  readonly port: number;
  close(): Promise<void>;
}

const connectionsMax = 1_000;
const headerBytesMax = 8_192;
const requestMs = 10_000;

/**
 * The door without TLS: answers challenges of certificate authorities (RFC 8555 §8.3) and sends everything else to the same
 * place over https. It reads no body. Rejects as the socket does when the port is taken.
 */
export async function listenPlain({ host, port, logger, answer }: PlainOptions): Promise<PlainListener> {
  const settings = { maxHeaderSize: headerBytesMax, requestTimeout: requestMs, headersTimeout: requestMs };
  const server = createServer(settings, (request, response) => {
    const { method, url = "/" } = request;
    const name = /^([a-z0-9.-]{1,253})(?::\d{1,5})?$/i.exec(request.headers.host ?? "")?.[1]?.toLowerCase();
    const end = (status: number, headers: Record<string, string> = {}, body = "") =>
      response.writeHead(status, { "cache-control": "no-store", connection: "close", ...headers }).end(body);
    if (method !== "GET" && method !== "HEAD") return void end(405, { allow: "GET, HEAD" });
    if (name === undefined || !url.startsWith("/")) return void end(400);
    if (!url.startsWith("/.well-known/acme-challenge/")) return void end(301, { location: `https://${name}${url}` });
    const token = /^\/\.well-known\/acme-challenge\/([\w-]{16,200})$/.exec(url)?.[1];
    if (token === undefined) return void end(404);
    answer(name, token).then(
      (text) => (text === null ? end(404) : end(200, { "content-type": "application/octet-stream" }, text)),
      (error) => {
        logger.error("plain.unanswered", error);
        end(503);
      },
    );
  });
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  server.on("error", (error) => logger.error("plain.listener", error));
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
