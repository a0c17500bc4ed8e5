import { type Bytes, discardBytes, Failure } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { type VaultBackend, type VaultHttpReply, vaultLimits, vaultRoutes } from "@casaforte/vault";
import { PassingBody } from "./passing-body.ts";

/** Room for pieces of a body; a few that nobody uses are kept, since fresh pages cost more than what is copied into them. */
const roomBytes = 1024 * 1024;
const roomsKeptMax = 8;
const rooms: Uint8Array[] = [];

/**
 * A request's body in fewer and larger pieces than the socket gives, each in the same room: it is gone when the next one is
 * asked for. What stands behind it awaits every piece several times over, which cost more than the copy does.
 */
async function* gathered(body: AsyncIterable<Bytes>, lengthBytes: number): AsyncGenerator<Bytes> {
  const isLarge = lengthBytes >= roomBytes;
  const room = (isLarge ? rooms.pop() : undefined) ?? Buffer.allocUnsafeSlow(isLarge ? roomBytes : smallRoomBytes);
  let filled = 0;
  try {
    for await (const piece of body) {
      for (let at = 0; at < piece.length; ) {
        const count = Math.min(piece.length - at, room.length - filled);
        room.set(piece.subarray(at, at + count), filled);
        filled += count;
        at += count;
        if (filled < room.length) continue;
        yield room;
        filled = 0;
      }
      discardBytes(piece);
    }
    if (filled > 0) yield room.subarray(0, filled);
  } finally {
    if (isLarge && rooms.length < roomsKeptMax) rooms.push(room);
  }
}

/** For requests that are no parts. */
const smallRoomBytes = 64 * 1024;

/**
 * The vault protocol on a face of its own. Bodies stay streams: nothing is buffered beyond what the store asks for, and
 * what a client announces is bounded before the first byte is read. Errors are the face's, in the same shape.
 */
export function registerVaultRoutes(app: Face, backend: VaultBackend): void {
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
