import type { IncomingHttpHeaders } from "node:http";
import { type Clock, Failure, type Logger } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import {
  type PartFrame,
  partRoute,
  upgradeRequired,
  type VaultBackend,
  type VaultHttpReply,
  vaultLimits,
  vaultRoutes,
} from "@casaforte/vault";
import { gathered } from "./gathered-body.ts";
import { PartStreams } from "./part-stream.ts";
import { PassingBody } from "./passing-body.ts";

export interface VaultRouteTerms {
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * The vault protocol on a face of its own. Bodies stay streams: nothing is buffered beyond what the store asks for, and
 * what a client announces is bounded before the first byte is read. Errors are the face's, in the same shape.
 */
export function registerVaultRoutes(app: Face, backend: VaultBackend, terms: VaultRouteTerms): void {
  const streams = new PartStreams(app, terms.clock);
  app.register(async (vault) => {
    vault.removeAllContentTypeParsers();
    vault.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    // What a refusal leaves unread of a body would stand before the connection's next request, which then never arrives.
    vault.addHook("onSend", async (request, reply) => {
      const { headers, readableEnded } = request.raw;
      const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
      if (hasBody && !readableEnded) reply.header("connection", "close");
    });
    for (const route of vaultRoutes) {
      vault.route({
        method: route.method,
        url: route.path,
        // The protocol has no HEAD: one made of a GET would open what it does not send.
        exposeHeadRoute: false,
        bodyLimit: vaultLimits.blockMapBytesMax,
        handler: async (request, reply) => {
          const gone = new AbortController();
          reply.raw.once("close", () => {
            if (!reply.raw.writableFinished)
              gone.abort(new Failure("cancelled", "vault.cancelled", "the client is gone"));
          });
          const answer: VaultHttpReply = await route.handle(backend, {
            params: request.params as Record<string, string>,
            request: {
              query: request.query as Record<string, unknown>,
              header: (name) => request.headers[name]?.toString(),
              body: gathered(request.raw, Number(request.headers["content-length"] ?? 0)),
              ip: request.ip,
              signal: gone.signal,
            },
          });
          if (answer.status === upgradeRequired && streams.isAsking(request.raw)) {
            reply.hijack();
            streams.begin(request.raw, reply.raw, {
              ...terms,
              requestId: request.id,
              put: (frame, body, signal) =>
                partRoute.handle(backend, {
                  params: { ...(request.params as Record<string, string>), n: String(frame.n) },
                  request: { query: {}, header: headerOf(request.headers, frame), body, ip: request.ip, signal },
                }),
            });
            return;
          }
          reply.status(answer.status).headers({ ...answer.headers });
          if (answer.body === null) return reply.send();
          if (typeof answer.body === "string") return reply.serializer((text: string) => text).send(answer.body);
          if (answer.body instanceof Uint8Array) return reply.send(Buffer.from(answer.body));
          return reply.send(new PassingBody(answer.body));
        },
      });
    }
  });
}

/** What a frame says stands where the headers of a request with this part would be. */
function headerOf(headers: IncomingHttpHeaders, { length, n: _, ...frame }: PartFrame) {
  const said: Readonly<Record<string, string | undefined>> = { ...frame, "content-length": String(length) };
  return (name: string): string | undefined => (name === "authorization" ? headers.authorization : said[name]);
}
