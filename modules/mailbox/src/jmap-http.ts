import { Readable } from "node:stream";
import {
  type Backend,
  eventStream,
  handleApi,
  jmapLimits,
  readBlob,
  readEventStreamOptions,
  sessionObject,
} from "@casaforte/jmap";
import { type Clock, Failure, type Logger } from "@casaforte/kernel";
import { drainBody, type Face, problemOf } from "@casaforte/platform/http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { mailboxLimits } from "./limits.ts";

/** A picture fetched for a reader, so that the sender does not see who reads. */
export interface FetchedImage {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface JmapHttpOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whose request it is. @throws unauthenticated, forbidden. */
  readonly backendFor: (request: FastifyRequest) => Promise<Backend>;
  /** Fetches a remote picture from the public internet only; null when there is none. Absent: pictures stay blocked. */
  readonly fetchImage?: (url: string) => Promise<FetchedImage | null>;
  /** `https://mail.example.net`: what addresses in the session begin with. Default: nothing, for pages of the same origin. */
  readonly origin?: string;
  /** Aborts when who listens to events may do so no longer. */
  readonly endOf?: (request: FastifyRequest) => AbortSignal;
}

/** Where a client listens as long as it likes; every other request is answered and over. */
export const jmapEventsPath = "/jmap/events";

/** An event stream ends after this long; the client comes back with its session checked anew. */
const eventStreamMs = 600_000;

const urlsAt = (origin: string) => ({
  apiUrl: `${origin}/jmap/api`,
  downloadUrl: `${origin}/jmap/download/{accountId}/{blobId}/{name}?type={type}`,
  uploadUrl: `${origin}/jmap/upload/{accountId}`,
  eventSourceUrl: `${origin}/jmap/events?types={types}&closeafter={closeafter}&ping={ping}`,
});

/** The four resources of JMAP (RFC 8620 §2) behind the face's own way to sign in, and the way to remote pictures. */
export function registerJmapRoutes(app: Face, options: JmapHttpOptions): void {
  const { clock, logger, backendFor, fetchImage, endOf } = options;
  const urls = urlsAt(options.origin ?? "");
  const gate = new ConcurrencyGate(jmapLimits.maxConcurrentRequests);
  const uploads = new ConcurrencyGate(jmapLimits.maxConcurrentUpload);
  const listeners = new ConcurrencyGate(mailboxLimits.jmapListenersMax);

  app.get("/.well-known/jmap", async (_request, reply) => reply.redirect("/jmap/session", 307));
  app.get("/jmap/session", async (request, reply) => {
    const backend = await backendFor(request);
    const images = fetchImage === undefined ? {} : { imageUrl: "/jmap/image?url={url}" };
    return reply.header("cache-control", "no-store").send({ ...(await sessionObject(backend, urls)), ...images });
  });
  const apiOptions = {
    bodyLimit: jmapLimits.maxSizeRequest,
    errorHandler: refuseBy({ size: "maxSizeRequest", concurrency: "maxConcurrentRequests" }),
  };
  app.post("/jmap/api", apiOptions, async (request, reply) => {
    const backend = await backendFor(request);
    const result = await gate.run(backend.username, () =>
      handleApi(request.body, backend, { nowMs: clock.nowMs(), logger }),
    );
    reply.header("cache-control", "no-store");
    if (result.ok) return reply.send(result.response);
    return reply.status(result.problem.status).type("application/problem+json").send(JSON.stringify(result.problem));
  });
  app.get(
    "/jmap/download/:accountId/:blobId/:name",
    {
      schema: {
        params: z.object({ accountId: z.string(), blobId: z.string(), name: z.string() }),
        querystring: z.object({ type: z.string().optional() }),
      },
    },
    async (request, reply) => {
      const { accountId, blobId, name } = request.params;
      const account = await accountOf(await backendFor(request), accountId);
      const blob = await readBlob(account, blobId);
      if (blob === null) throw new Failure("not_found", "mailbox.blob_not_found", "no such blob");
      return sendBlob(reply, Buffer.from(blob.bytes), request.query.type ?? blob.type, name);
    },
  );
  app.get(jmapEventsPath, async (request, reply) => {
    const backend = await backendFor(request);
    const lastEventId = request.headers["last-event-id"];
    const query = request.query as Record<string, string>;
    const streamOptions = readEventStreamOptions(query, typeof lastEventId === "string" ? lastEventId : null);
    const leave = listeners.enter(backend.username);
    const stop = new AbortController();
    stop.signal.addEventListener("abort", leave, { once: true });
    const ended = endOf?.(request);
    reply.raw.once("close", () => stop.abort());
    ended?.addEventListener("abort", () => stop.abort(), { once: true });
    // What happened while it was asked who this is does not happen again.
    if (reply.raw.destroyed || ended?.aborted) stop.abort();
    void clock.sleep(eventStreamMs, stop.signal).then(
      () => stop.abort(),
      () => undefined,
    );
    return reply
      .header("cache-control", "no-store")
      .header("x-accel-buffering", "no")
      .type("text/event-stream; charset=utf-8")
      .send(Readable.from(eventStream(backend, streamOptions, clock, stop.signal), { objectMode: false }));
  });
  if (fetchImage !== undefined) {
    app.get(
      "/jmap/image",
      { schema: { querystring: z.object({ url: z.url({ protocol: /^https?$/ }).max(4_000) }) } },
      async (request, reply) => {
        const backend = await backendFor(request);
        const image = await gate.run(backend.username, () => fetchImage(request.query.url));
        if (image === null || !/^image\/(png|jpeg|gif|webp|avif)$/.test(image.type)) {
          throw new Failure("not_found", "mailbox.no_image", "there is no such picture");
        }
        return sendBlob(reply, Buffer.from(image.bytes), image.type, "image");
      },
    );
  }
  void app.register(async (scope) => {
    // Whatever the type, an upload is bytes; a scope of its own keeps JSON parsing for the other routes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      "*",
      { parseAs: "buffer", bodyLimit: jmapLimits.maxSizeUpload },
      (_request, body, done) => done(null, body),
    );
    scope.post<{ Params: { accountId: string } }>(
      "/jmap/upload/:accountId",
      {
        bodyLimit: jmapLimits.maxSizeUpload,
        errorHandler: refuseBy({ size: "maxSizeUpload", concurrency: "maxConcurrentUpload" }),
      },
      async (request, reply) => {
        const backend = await backendFor(request);
        const account = await accountOf(backend, request.params.accountId);
        const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const type = request.headers["content-type"] ?? "application/octet-stream";
        const blobId = await uploads.run(backend.username, () => account.uploadBlob(bytes, type));
        const answer = { accountId: account.info.id, blobId, type, size: bytes.length };
        return reply.status(201).header("cache-control", "no-store").send(answer);
      },
    );
  });
}

/**
 * Names the limit that a request went beyond, or that it is not JSON, as RFC 8620 §3.6.1 does; the status and the code stay
 * those of the house. Other trouble goes on to the face.
 */
function refuseBy(limits: { readonly size: string; readonly concurrency: string }) {
  return async (error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    await drainBody(request.raw);
    const isTooLarge = error.code === "FST_ERR_CTP_BODY_TOO_LARGE";
    const failure = isTooLarge
      ? new Failure("too_large", "http.body_too_large", "the request body is too large")
      : error;
    const limit = isTooLarge ? limits.size : error.code === "mailbox.too_many_requests" ? limits.concurrency : null;
    if (limit === null || !(failure instanceof Failure)) return reply.send(error);
    const problem = { ...problemOf(failure, request.id), type: "urn:ietf:params:jmap:error:limit", limit };
    return reply.status(problem.status).type("application/problem+json").serializer(JSON.stringify).send(problem);
  };
}

async function accountOf(backend: Backend, accountId: string) {
  const account = await backend.account(accountId);
  if (account === null) throw new Failure("not_found", "mailbox.account_not_found", "no such mail account");
  return account;
}

/** Content from outside is never a page of ours: saved, not shown, and powerless if it is shown after all. */
function sendBlob(reply: FastifyReply, bytes: Buffer, type: string, name: string): FastifyReply {
  const safeType = /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(type) ? type : "application/octet-stream";
  const plainName = name.replace(/[^\w .()-]/g, "_").slice(0, 150);
  return reply
    .header("content-security-policy", "default-src 'none'; sandbox")
    .header("cache-control", "private, immutable, max-age=31536000")
    .header(
      "content-disposition",
      `attachment; filename="${plainName}"; filename*=UTF-8''${encodeURIComponent(name).replace(/[!'()*]/g, escapeChar)}`,
    )
    .type(safeType)
    .send(bytes);
}

const escapeChar = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

/** At most so many at once for one user, as the session object says. */
class ConcurrencyGate {
  readonly #running = new Map<string, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Returns the way out, to be gone once. @throws rate_limited `mailbox.too_many_requests`. */
  enter(user: string): () => void {
    const count = this.#running.get(user) ?? 0;
    if (count >= this.#max) {
      throw new Failure("rate_limited", "mailbox.too_many_requests", "too many requests at once");
    }
    this.#running.set(user, count + 1);
    return () => {
      const left = (this.#running.get(user) ?? 1) - 1;
      if (left === 0) this.#running.delete(user);
      else this.#running.set(user, left);
    };
  }

  /** @throws rate_limited `mailbox.too_many_requests`. */
  async run<Result>(user: string, work: () => Promise<Result>): Promise<Result> {
    const leave = this.enter(user);
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
