import { Server as HttpsServer, type ServerOptions } from "node:https";
import type { SecureContext } from "node:tls";
import { type Clock, Failure, type Logger, type Random, toBase64Url } from "@casaforte/kernel";
import fastifyCookie from "@fastify/cookie";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { drainBody } from "./drain-body.ts";
import { httpLimits } from "./limits.ts";
import { assertAskedFirst, openToOtherSites } from "./other-sites.ts";
import { problemFor, problemOf, retryAfterSeconds } from "./problem.ts";
import { assertSameOrigin } from "./same-origin.ts";
import { securityHeaders } from "./security-headers.ts";

export type Face = ReturnType<typeof withTypes>;
const withTypes = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>();

export interface FaceOptions {
  /** `console`, `operator`, `webmail` or `vault`; in logs and metrics. */
  readonly name: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** PEM pair for HTTPS; plain HTTP without (loopback or behind a trusted proxy only). */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** The certificate for a host name that a client asks for; without it everybody gets `tls`. */
  readonly contextFor?: (serverName: string) => SecureContext;
  /** Addresses or networks whose X-Forwarded-* are believed. Empty: none. */
  readonly trustedProxies?: readonly string[];
  /** Biggest JSON body; streaming routes set their own `bodyLimit`. */
  readonly bodyBytesMax?: number;
  /** How long a whole request may take to arrive; for faces that take big bodies over slow lines. */
  readonly requestTimeoutMs?: number;
  readonly contentSecurityPolicy: "console" | "webmail" | "api";
  /** Pages of other sites may use it: only for a face that no cookie opens. */
  readonly isOpenToOtherSites?: boolean;
}

const methodNames: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "http.media_type",
  FST_ERR_CTP_BODY_TOO_LARGE: "http.body_too_large",
  FST_ERR_CTP_INVALID_JSON_BODY: "http.json",
  FST_ERR_CTP_EMPTY_JSON_BODY: "http.json",
};

function frameworkFailure(error: FastifyError): Failure | null {
  const code = methodNames[error.code];
  if (code === "http.body_too_large") return new Failure("too_large", code, "the request body is too large");
  if (code === "http.media_type") return new Failure("unsupported", code, "send application/json");
  if (code !== undefined) return new Failure("invalid", code, "the body is not valid JSON");
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return new Failure("invalid", "http.request", "the request is malformed");
  return null;
}

function httpsOptions(
  { key, cert }: { readonly key: string; readonly cert: string },
  contextFor: FaceOptions["contextFor"],
): ServerOptions {
  const SNICallback: ServerOptions["SNICallback"] = (name, done) => done(null, contextFor?.(name));
  return { key, cert, minVersion: "TLSv1.2", ...(contextFor ? { SNICallback } : {}) };
}

/** A renewed certificate for connections to come, for clients that ask for no host name. Nothing on a face without TLS. */
export function replaceCertificate(app: Face, { key, cert }: { readonly key: string; readonly cert: string }): void {
  const { server } = app;
  if (server instanceof HttpsServer) server.setSecureContext({ key, cert, minVersion: "TLSv1.2" });
}

/**
 * Whether a body has more fields than any request needs. Told before it is parsed: parsing 60,000 fields and naming each as
 * unknown takes a quarter of a second, and anybody may send that to a sign-in.
 */
function hasManyFields(json: string): boolean {
  // Each field has such an end of its name; a text that has some, too, counts as what it looks like.
  const names = /"[ \t\r\n]*:/g;
  for (let fields = 0; names.test(json); ) if (++fields > httpLimits.bodyFieldsMax) return true;
  return false;
}

/** A route that declares no body takes none: what a client believes to have said must not be ignored. */
function assertNoFields(body: unknown): void {
  if (body === undefined || body === null) return;
  if (typeof body === "object" && Object.keys(body).length === 0) return;
  throw new Failure("invalid", "http.validation", "this request takes no fields");
}

/**
 * One HTTP listener's application: typed routes by zod, problem+json errors, security headers, same-origin guard for
 * state changes, request ids, `/healthz`. Routes are registered by the modules; `listen` is the caller's.
 */
export function createFace(options: FaceOptions): Face {
  const { logger, clock, random } = options;
  const app = withTypes(
    Fastify({
      logger: false,
      bodyLimit: options.bodyBytesMax ?? httpLimits.bodyBytesMax,
      genReqId: () => toBase64Url(random.bytes(12)),
      trustProxy: options.trustedProxies && options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
      requestTimeout: options.requestTimeoutMs ?? httpLimits.requestTimeoutMs,
      keepAliveTimeout: httpLimits.keepAliveTimeoutMs,
      routerOptions: { maxParamLength: 512 },
      forceCloseConnections: "idle",
      ...(options.tls ? { https: httpsOptions(options.tls, options.contextFor) } : {}),
    }) as unknown as FastifyInstance,
  );
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // Another site's page may send text/plain without asking first; nothing here reads it (security.md, check 27).
  app.removeContentTypeParser("text/plain");
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    if (request.routeOptions.schema?.body !== undefined && hasManyFields(body))
      done(new Failure("invalid", "http.validation", "the request has too many fields"));
    else parse(request, body, done);
  });
  app.register(fastifyCookie);
  securityHeaders(app, options.contentSecurityPolicy, options.tls !== undefined, random);

  const assertSite = options.isOpenToOtherSites ? assertAskedFirst : assertSameOrigin;
  if (options.isOpenToOtherSites) openToOtherSites(app);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    if (/^\/(api|jmap)\//.test(request.url)) reply.header("cache-control", "no-store");
    assertSite(request);
  });
  app.addHook("preValidation", async (request) => {
    if (request.url.startsWith("/api/") && request.routeOptions.schema?.body === undefined)
      assertNoFields(request.body);
  });
  app.addHook("onResponse", async (request, reply) => {
    logger.debug("http.request", {
      face: options.name,
      method: request.method,
      route: request.routeOptions.url ?? "none",
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      requestId: request.id,
    });
  });

  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    if (hasZodFastifySchemaValidationErrors(error)) {
      const fields = error.validation.slice(0, httpLimits.problemFieldsMax).map((issue) => ({
        path: `${error.validationContext ?? ""}${issue.instancePath}`.slice(0, httpLimits.problemCharsMax),
        message: (issue.message ?? "not valid").slice(0, httpLimits.problemCharsMax),
      }));
      return reply
        .status(422)
        .type("application/problem+json")
        .send({
          ...problemOf(new Failure("invalid", "http.validation", "some fields are not valid"), request.id),
          fields,
        });
    }
    const failure = error instanceof Failure ? error : frameworkFailure(error);
    const problem = problemFor(failure ?? error, request.id, (unexpected) =>
      logger.error("http.failed", unexpected, {
        face: options.name,
        route: request.routeOptions.url ?? "none",
        requestId: request.id,
      }),
    );
    const retryAfter = failure === null ? null : retryAfterSeconds(failure, clock.nowMs());
    if (retryAfter !== null) reply.header("retry-after", String(retryAfter));
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return reply;
    }
    await drainBody(request.raw);
    return reply.status(problem.status).type("application/problem+json").serializer(JSON.stringify).send(problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(new Failure("not_found", "http.route", "there is nothing here"), request.id);
    return reply.status(404).type("application/problem+json").send(JSON.stringify(problem));
  });
  app.get("/healthz", { logLevel: "silent" }, async () => ({ ok: true }));
  return app;
}
