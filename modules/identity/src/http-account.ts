import {
  changePasswordSchema,
  confirmTotpSchema,
  endedSessionsReplySchema,
  factorOnReplySchema,
  idParamsSchema,
  passkeysReplySchema,
  reauthenticateSchema,
  recoveryCodesReplySchema,
  registerPasskeySchema,
  requestLoginChangeSchema,
  sessionReplySchema,
  sessionsReplySchema,
  totpReplySchema,
  webAuthnOptionsSchema,
} from "@casaforte/contract/auth";
import { Failure } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { z } from "zod";
import type { Authenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { clearCookie, type HttpReply, type HttpRequest, writeCookie } from "./http-cookies.ts";
import { isoOrNull, viewSession } from "./http-views.ts";
import type { Realm } from "./types.ts";

const done = z.null();

/** Routes of a signed-in person about themselves; each works also while the session may only enrol a factor. */
export function registerAccountRoutes(app: Face, identity: Identity, who: Authenticator, realm: Realm): void {
  /** Writes the renewed token and shows the session as it is now. */
  const renew = async (request: HttpRequest, reply: HttpReply, token: string) => {
    writeCookie(reply, realm, "session", token);
    const session = await identity.resolveSession(realm, token, request.ip);
    if (session === null) throw new Failure("unauthenticated", "identity.not_signed_in", "the session has ended");
    return viewSession(session);
  };
  registerSessionRoutes(app, identity, who, realm);
  registerFactorRoutes(app, identity, who, renew);

  app.post(
    "/api/auth/reauthenticate/options",
    { schema: { body: z.strictObject({}), response: { 200: webAuthnOptionsSchema } } },
    async (request) => ({ ...(await identity.beginReauthentication(await who.session(request))) }),
  );
  app.post(
    "/api/auth/reauthenticate",
    { schema: { body: reauthenticateSchema, response: { 200: sessionReplySchema } } },
    async (request, reply) => {
      const { body } = request;
      const proof =
        body.method === "password"
          ? body
          : { method: body.method, response: body.response as unknown as AuthenticationResponseJSON };
      return renew(request, reply, await identity.reauthenticate(await who.session(request), proof));
    },
  );
  app.post(
    "/api/auth/password",
    { schema: { body: changePasswordSchema, response: { 200: sessionReplySchema } } },
    async (request, reply) =>
      renew(request, reply, await identity.changePassword(await who.session(request), request.body.password)),
  );
  app.post(
    "/api/auth/login-change",
    { schema: { body: requestLoginChangeSchema, response: { 202: z.object({}) } } },
    async (request, reply) => {
      await identity.requestLoginChange(await who.session(request), request.body.login);
      return reply.status(202).send({});
    },
  );
}

function registerSessionRoutes(app: Face, identity: Identity, who: Authenticator, realm: Realm): void {
  app.get("/api/auth/session", { schema: { response: { 200: sessionReplySchema } } }, async (request) =>
    viewSession(await who.session(request)),
  );
  app.post("/api/auth/sign-out", { schema: { response: { 204: done } } }, async (request, reply) => {
    await who.signOut(request);
    clearCookie(reply, realm, "session");
    reply.header("clear-site-data", '"cache", "storage"');
    return reply.status(204).send(null);
  });
  app.get("/api/auth/sessions", { schema: { response: { 200: sessionsReplySchema } } }, async (request) => {
    const session = await who.session(request);
    const sessions = (await identity.listSessions(session)).map((row) => ({
      id: row.id,
      isCurrent: row.id === session.sessionId,
      createdAt: row.createdAt.toISOString(),
      lastSeenAt: row.lastSeenAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
      ip: row.ip,
      userAgent: row.userAgent,
      methods: [...row.methods],
    }));
    return { sessions };
  });
  app.delete("/api/auth/sessions", { schema: { response: { 200: endedSessionsReplySchema } } }, async (request) => ({
    ended: await identity.revokeOtherSessions(await who.session(request)),
  }));
  app.delete(
    "/api/auth/sessions/:id",
    { schema: { params: idParamsSchema, response: { 204: done } } },
    async (request, reply) => {
      await identity.revokeSession(await who.session(request), request.params.id);
      return reply.status(204).send(null);
    },
  );
}

type Renew = (request: HttpRequest, reply: HttpReply, token: string) => Promise<z.infer<typeof sessionReplySchema>>;

function registerFactorRoutes(app: Face, identity: Identity, who: Authenticator, renew: Renew): void {
  app.post("/api/auth/totp", { schema: { response: { 200: totpReplySchema } } }, async (request) =>
    identity.enrolTotp(await who.session(request)),
  );
  app.post(
    "/api/auth/totp/confirm",
    { schema: { body: confirmTotpSchema, response: { 200: factorOnReplySchema } } },
    async (request, reply) => {
      const on = await identity.confirmTotpEnrolment(await who.session(request), request.body.code);
      return {
        recoveryCodes: on.recoveryCodes && [...on.recoveryCodes],
        session: await renew(request, reply, on.token),
      };
    },
  );
  app.delete("/api/auth/totp", { schema: { response: { 204: done } } }, async (request, reply) => {
    await identity.disableTotp(await who.session(request));
    return reply.status(204).send(null);
  });
  app.post(
    "/api/auth/recovery-codes",
    { schema: { response: { 200: recoveryCodesReplySchema } } },
    async (request) => ({
      recoveryCodes: await identity.regenerateRecoveryCodes(await who.session(request)),
    }),
  );
  app.get("/api/auth/passkeys", { schema: { response: { 200: passkeysReplySchema } } }, async (request) => ({
    passkeys: (await identity.listPasskeys(await who.session(request))).map((row) => ({
      id: row.id,
      name: row.name,
      backedUp: row.backedUp,
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: isoOrNull(row.lastUsedAt),
      suspectedCloneAt: isoOrNull(row.suspectedCloneAt),
    })),
  }));
  app.post("/api/auth/passkeys/options", { schema: { response: { 200: webAuthnOptionsSchema } } }, async (request) => ({
    ...(await identity.beginPasskeyRegistration(await who.session(request))),
  }));
  app.post(
    "/api/auth/passkeys",
    { schema: { body: registerPasskeySchema, response: { 200: factorOnReplySchema } } },
    async (request, reply) => {
      const response = request.body.response as unknown as RegistrationResponseJSON;
      const on = await identity.finishPasskeyRegistration(await who.session(request), {
        name: request.body.name,
        response,
      });
      return {
        recoveryCodes: on.recoveryCodes && [...on.recoveryCodes],
        session: await renew(request, reply, on.token),
      };
    },
  );
  app.delete(
    "/api/auth/passkeys/:id",
    { schema: { params: idParamsSchema, response: { 204: done } } },
    async (request, reply) => {
      await identity.removePasskey(await who.session(request), request.params.id);
      return reply.status(204).send(null);
    },
  );
}
