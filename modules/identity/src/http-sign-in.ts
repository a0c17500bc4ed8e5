import {
  acceptInvitationSchema,
  bootstrapSchema,
  confirmLinkSchema,
  confirmResetSchema,
  invitationReplySchema,
  loginReplySchema,
  passkeyOptionsSchema,
  requestResetSchema,
  type SignInReply,
  sessionReplySchema,
  signInCodeSchema,
  signInPasskeySchema,
  signInReplySchema,
  signInSchema,
  webAuthnOptionsSchema,
} from "@casaforte/contract/auth";
import { Failure } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { z } from "zod";
import { type ActingGate, endFormerSession } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { callerOf, clearCookie, type HttpReply, type HttpRequest, readCookie, writeCookie } from "./http-cookies.ts";
import { registerSignUpRoutes, type SignUpRules } from "./http-sign-up.ts";
import { viewSession } from "./http-views.ts";
import type { SecondFactorProof } from "./second-factor.ts";
import type { SignInResult } from "./sign-in.ts";
import type { Realm } from "./types.ts";

const expired = (): Failure =>
  new Failure("unauthenticated", "identity.sign_in_expired", "sign in again from the beginning");

/** Routes for those who are not signed in yet: sign-in in one or two steps, reset, invitation, first operator. */
export function registerSignInRoutes(
  app: Face,
  identity: Identity,
  realm: Realm,
  acting: ActingGate | null = null,
  signUp: SignUpRules | null = null,
): void {
  const tell: Tell = async (request, reply, result) => {
    if (result.step === "signed_in") await endFormerSession(identity, realm, acting, request, result.session.sessionId);
    return tellSignIn(realm, reply, result);
  };

  app.post(
    "/api/auth/sign-in",
    { schema: { body: signInSchema, response: { 200: signInReplySchema } } },
    async (request, reply) =>
      tell(request, reply, await identity.signIn({ realm, ...request.body, ...callerOf(request, realm) })),
  );
  const second = async (request: HttpRequest, proof: SecondFactorProof) => {
    const pendingToken = readCookie(request, realm, "pending");
    if (pendingToken === null) throw expired();
    return identity.completeSecondFactor({ realm, pendingToken, proof, ...callerOf(request, realm) });
  };
  app.post(
    "/api/auth/sign-in/code",
    { schema: { body: signInCodeSchema, response: { 200: signInReplySchema } } },
    async (request, reply) => tell(request, reply, await second(request, request.body)),
  );
  app.post(
    "/api/auth/sign-in/passkey/options",
    { schema: { body: passkeyOptionsSchema, response: { 200: webAuthnOptionsSchema } } },
    async (request, reply) => {
      if (request.body.alone) {
        const { ceremony, options } = await identity.beginPasskeySignIn(realm);
        writeCookie(reply, realm, "ceremony", ceremony);
        return { ...options };
      }
      const pendingToken = readCookie(request, realm, "pending");
      if (pendingToken === null) throw expired();
      return { ...(await identity.beginSecondFactorPasskey(realm, pendingToken)) };
    },
  );
  app.post(
    "/api/auth/sign-in/passkey",
    { schema: { body: signInPasskeySchema, response: { 200: signInReplySchema } } },
    async (request, reply) => {
      const response = request.body.response as unknown as AuthenticationResponseJSON;
      if (!request.body.alone) return tell(request, reply, await second(request, { method: "passkey", response }));
      const ceremony = readCookie(request, realm, "ceremony");
      if (ceremony === null) throw expired();
      clearCookie(reply, realm, "ceremony");
      const input = { realm, ceremony, response, ...callerOf(request, realm) };
      return tell(request, reply, await identity.finishPasskeySignIn(input));
    },
  );
  registerLinkRoutes(app, identity, realm, tell);
  if (signUp !== null) registerSignUpRoutes(app, identity, signUp, tell);
}

type Tell = (request: HttpRequest, reply: HttpReply, result: SignInResult) => Promise<SignInReply>;

/** What mailed links lead to. */
function registerLinkRoutes(app: Face, identity: Identity, realm: Realm, tell: Tell): void {
  app.post(
    "/api/auth/password-reset",
    { schema: { body: requestResetSchema, response: { 202: z.object({}) } } },
    async (request, reply) => {
      // Not awaited: how long the mail takes would tell a stranger that there is somebody (R73). A request lost in a
      // crash is made again by whoever waits for its mail.
      identity
        .requestPasswordReset({ realm, login: request.body.login, ip: request.ip })
        .catch((error) => identity.context.logger.error("identity.reset_request_failed", error));
      return reply.status(202).send({});
    },
  );
  app.post(
    "/api/auth/password-reset/confirm",
    { schema: { body: confirmResetSchema, response: { 200: loginReplySchema } } },
    (request) => identity.confirmPasswordReset({ realm, ...request.body, ...callerOf(request, realm) }),
  );
  app.post(
    "/api/auth/login-change/confirm",
    { schema: { body: confirmLinkSchema, response: { 200: loginReplySchema } } },
    (request) => identity.confirmLoginChange({ token: request.body.token, ip: request.ip }),
  );
  if (realm === "mail")
    app.post(
      "/api/auth/recovery-address/confirm",
      { schema: { body: confirmLinkSchema, response: { 200: loginReplySchema } } },
      (request) => identity.confirmRecoveryAddress({ token: request.body.token, ip: request.ip }),
    );
  app.post(
    "/api/auth/invitation/read",
    { schema: { body: confirmLinkSchema, response: { 200: invitationReplySchema } } },
    (request) => identity.readInvitation({ realm, token: request.body.token }),
  );
  app.post(
    "/api/auth/invitation/accept",
    { schema: { body: acceptInvitationSchema, response: { 200: signInReplySchema } } },
    async (request, reply) =>
      tell(request, reply, await identity.acceptInvitation({ realm, ...request.body, ...callerOf(request, realm) })),
  );
  if (realm === "operator")
    app.post(
      "/api/auth/bootstrap",
      { schema: { body: bootstrapSchema, response: { 200: signInReplySchema } } },
      async (request, reply) =>
        tell(request, reply, await identity.bootstrapOperator({ ...request.body, ...callerOf(request, realm) })),
    );
}

/** Sets the cookies of a step. */
function tellSignIn(realm: Realm, reply: HttpReply, result: SignInResult): SignInReply {
  if (result.step === "second_factor") {
    writeCookie(reply, realm, "pending", result.pendingToken);
    return { step: "second_factor", methods: [...result.methods] };
  }
  clearCookie(reply, realm, "pending");
  writeCookie(reply, realm, "session", result.token);
  writeCookie(reply, realm, "device", result.deviceCookie);
  return { step: "signed_in", session: sessionReplySchema.parse(viewSession(result.session)) };
}
