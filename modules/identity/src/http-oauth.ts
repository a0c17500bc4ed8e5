import {
  leaveProgramSchema,
  programTokenReplySchema,
  programTokenSchema,
  registeredProgramReplySchema,
  registerProgramSchema,
} from "@casaforte/contract/programs";
import { type ErrorKind, Failure } from "@casaforte/kernel";
import { drainBody, type Face } from "@casaforte/platform/http";
import type { FastifyError } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Identity } from "./create-identity.ts";
import type { ProgramTokens } from "./program-tokens.ts";

/** Bytes of a request; a client id may be long. */
const bodyBytesMax = 16_384;

/** How programs are told of expected trouble (RFC 6749 §5.2, RFC 7591 §3.2.2). */
const statusOf = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition: 400,
  over_quota: 400,
  too_large: 413,
  rate_limited: 429,
  locked: 503,
  unsupported: 400,
  unavailable: 503,
  cancelled: 503,
  corrupt: 500,
} as const satisfies Record<ErrorKind, number>;
const namedErrors: Readonly<Record<string, string>> = {
  "identity.program_grant": "invalid_grant",
  "identity.program_redirect": "invalid_redirect_uri",
  "identity.program_metadata": "invalid_client_metadata",
  "identity.grant_type": "unsupported_grant_type",
};

/**
 * The endpoints of OAuth 2 that mail programs call by themselves: metadata (RFC 8414), registration (RFC 7591), tokens and
 * revocation (RFC 7009). The one that a browser is sent to, `/oauth/authorize`, is a page of webmail.
 */
export function registerOauthRoutes(face: Face, identity: Identity): void {
  const { clock, faces, logger, offered } = identity.context;
  const issuer = faces.mail.origin;
  void face.register(async (scope) => {
    const app = scope.withTypeProvider<ZodTypeProvider>();
    app.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
    app.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string", bodyLimit: bodyBytesMax },
      (_request, body, done) => {
        const fields = [...new URLSearchParams(String(body))];
        // RFC 6749 §3.2: no parameter twice.
        if (new Set(fields.map(([name]) => name)).size === fields.length) done(null, Object.fromEntries(fields));
        else done(new Failure("invalid", "http.validation", "a parameter is there twice"));
      },
    );
    app.setErrorHandler(async (error: FastifyError, request, reply) => {
      await drainBody(request.raw);
      const isTheirs = error.statusCode !== undefined && error.statusCode < 500;
      if (!(error instanceof Failure)) {
        if (!isTheirs) logger.error("identity.oauth_failed", error);
        return reply.status(isTheirs ? 400 : 500).send({ error: isTheirs ? "invalid_request" : "server_error" });
      }
      const retryAtMs = error.details["retryAtMs"];
      if (typeof retryAtMs === "number")
        reply.header("retry-after", String(Math.max(1, Math.ceil((retryAtMs - clock.nowMs()) / 1000))));
      const status = statusOf[error.kind];
      const name = namedErrors[error.code] ?? (status < 429 ? "invalid_request" : "temporarily_unavailable");
      return reply.status(status).send({ error: name, error_description: error.message });
    });

    app.get("/.well-known/oauth-authorization-server", async () => ({
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      registration_endpoint: `${issuer}/oauth/register`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      scopes_supported: [...offered],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
    }));
    app.post(
      "/oauth/register",
      {
        bodyLimit: bodyBytesMax,
        schema: { body: registerProgramSchema, response: { 201: registeredProgramReplySchema } },
      },
      async (request, reply) => {
        const { client_name, redirect_uris } = request.body;
        const { clientId, name, redirectUris } = identity.registerProgram({
          name: client_name,
          redirectUris: redirect_uris,
        });
        return reply.status(201).send({
          client_id: clientId,
          client_name: name,
          redirect_uris: [...redirectUris],
          token_endpoint_auth_method: "none",
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
        });
      },
    );
    app.post(
      "/oauth/token",
      { schema: { body: programTokenSchema, response: { 200: programTokenReplySchema } } },
      async ({ body, ip }) => {
        const clientId = body.client_id;
        switch (body.grant_type) {
          case "authorization_code": {
            const { code = "", redirect_uri: redirectUri = "", code_verifier: verifier = "" } = body;
            return tokenReply(await identity.exchangeProgramCode({ code, clientId, redirectUri, verifier, ip }));
          }
          case "refresh_token":
            return tokenReply(
              await identity.renewProgramTokens({ refreshToken: body.refresh_token ?? "", clientId, ip }),
            );
          default:
            throw new Failure("unsupported", "identity.grant_type", "authorization_code or refresh_token");
        }
      },
    );
    app.post("/oauth/revoke", { schema: { body: leaveProgramSchema } }, async ({ body, ip }, reply) => {
      await identity.leaveProgram({ token: body.token, clientId: body.client_id, ip });
      return reply.status(200).send();
    });
  });
}

const tokenReply = ({ accessToken, expiresInMs, refreshToken, protocols }: ProgramTokens) => ({
  access_token: accessToken,
  token_type: "Bearer" as const,
  expires_in: Math.floor(expiresInMs / 1000),
  refresh_token: refreshToken,
  scope: protocols.join(" "),
});
