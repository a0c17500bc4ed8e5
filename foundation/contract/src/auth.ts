import { z } from "zod";
import { instantSchema } from "./time.ts";

/**
 * /api/auth: the same paths on the console's, the operator's and webmail's own listeners, each with a cookie of its own.
 * Secrets travel in cookies (session, pending sign-in, passkey ceremony), never in answers or addresses.
 */

export const realmSchema = z.enum(["user", "operator", "mail"]);
export const languageSchema = z.enum(["it", "en"]);
export const tenantRoleSchema = z.enum(["owner", "admin", "billing", "technician", "read_only", "auditor"]);
/** What the people page gives; an auditor comes with an audit alone (R67). */
export const givenRoleSchema = tenantRoleSchema.exclude(["auditor"]);
export const operatorRoleSchema = z.enum(["support", "billing", "infra", "legal", "security"]);
export const signInMethodSchema = z.enum(["password", "totp", "passkey", "recovery_code"]);
export const secondFactorMethodSchema = z.enum(["totp", "passkey", "recovery_code"]);
export const mailProtocolSchema = z.enum(["imap", "pop3", "smtp", "jmap"]);

export const loginSchema = z.string().min(1).max(320);
export const passwordSchema = z.string().min(1).max(512);
export const displayNameSchema = z.string().max(200);
const codeSchema = z.string().min(1).max(64);
const linkTokenSchema = z.string().min(20).max(100);
const moment = instantSchema;

/** What a browser's WebAuthn answer looks like; its fields are checked by the WebAuthn library. */
export const webAuthnResponseSchema = z.looseObject({
  id: z.string().min(1).max(2048),
  rawId: z.string().min(1).max(2048),
  type: z.literal("public-key"),
  response: z.record(z.string(), z.unknown()),
  clientExtensionResults: z.record(z.string(), z.unknown()),
});
/** Options for navigator.credentials, as the library makes them. */
export const webAuthnOptionsSchema = z.looseObject({ challenge: z.string() });

/** GET /api/auth/session; 401 when nobody is signed in. */
export const sessionReplySchema = z.object({
  sessionId: z.uuid(),
  tenantId: z.uuid(),
  tenantName: z.string(),
  principalId: z.uuid(),
  realm: realmSchema,
  login: z.string(),
  displayName: z.string(),
  language: languageSchema,
  role: tenantRoleSchema.nullable(),
  operatorRoles: z.array(operatorRoleSchema),
  methods: z.array(signInMethodSchema),
  hasTotp: z.boolean(),
  hasPasskey: z.boolean(),
  /** The session may do nothing but enrol a second factor (R52). */
  mustEnrol: z.boolean(),
  /** Who is really there: an operator under the customer's grant (R90). */
  acting: z.object({ operatorName: z.string(), scope: z.enum(["read", "act"]) }).nullable(),
  /** Until then factors, password and address may be changed without proving oneself again. */
  freshUntil: moment,
  expiresAt: moment,
});
export type SessionReply = z.infer<typeof sessionReplySchema>;

/** POST /api/auth/sign-in */
export const signInSchema = z.strictObject({ login: loginSchema, password: passwordSchema });
export const signInReplySchema = z.discriminatedUnion("step", [
  z.object({ step: z.literal("signed_in"), session: sessionReplySchema }),
  z.object({ step: z.literal("second_factor"), methods: z.array(secondFactorMethodSchema) }),
]);
export type SignInReply = z.infer<typeof signInReplySchema>;

/** POST /api/auth/sign-in/code: the second step by authenticator or recovery code. */
export const signInCodeSchema = z.strictObject({ method: z.enum(["totp", "recovery_code"]), code: codeSchema });
/** POST /api/auth/sign-in/passkey/options: the second step's passkey, or `alone`: a sign-in by passkey without password. */
export const passkeyOptionsSchema = z.strictObject({ alone: z.boolean().optional() });
/** POST /api/auth/sign-in/passkey */
export const signInPasskeySchema = z.strictObject({ response: webAuthnResponseSchema, alone: z.boolean().optional() });

/** POST /api/auth/reauthenticate */
export const reauthenticateSchema = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("password"), password: passwordSchema }),
  z.strictObject({ method: z.literal("passkey"), response: webAuthnResponseSchema }),
]);

/** POST /api/auth/password */
export const changePasswordSchema = z.strictObject({ password: passwordSchema });
/** POST /api/auth/password-reset: 202 whether or not there is such a person. */
/** POST /api/sign-in-brakes/release, for operators: this login may try again at once, whether it exists or not (O14). */
export const releaseBrakeSchema = z.strictObject({ realm: z.enum(["user", "mail"]), login: loginSchema });
export const requestResetSchema = z.strictObject({ login: loginSchema });
/** POST /api/auth/password-reset/confirm */
export const confirmResetSchema = z.strictObject({ token: linkTokenSchema, password: passwordSchema });
/** POST /api/auth/login-change and /api/auth/login-change/confirm */
export const requestLoginChangeSchema = z.strictObject({ login: loginSchema });
export const confirmLinkSchema = z.strictObject({ token: linkTokenSchema });
export const loginReplySchema = z.object({ login: z.string() });

/** GET and POST /api/auth/recovery-address (webmail): null until one was confirmed by its link. */
export const recoveryAddressReplySchema = z.object({ address: z.string().nullable() });
export const requestRecoveryAddressSchema = z.strictObject({ address: loginSchema });

/** POST /api/auth/invitation/read and /api/auth/invitation/accept */
export const invitationReplySchema = z.object({
  login: z.string(),
  displayName: z.string(),
  tenant: z.string(),
  language: languageSchema,
});
export const acceptInvitationSchema = z.strictObject({
  token: linkTokenSchema,
  password: passwordSchema,
  displayName: displayNameSchema,
  language: languageSchema,
});
/** POST /api/auth/bootstrap, on the operator's listener: the first operator. */
export const bootstrapSchema = z.strictObject({
  token: linkTokenSchema,
  login: loginSchema,
  displayName: displayNameSchema,
  language: languageSchema,
  password: passwordSchema,
});

/** GET /api/auth/sessions; DELETE /api/auth/sessions/:id; DELETE /api/auth/sessions ends all others. */
export const sessionsReplySchema = z.object({
  sessions: z.array(
    z.object({
      id: z.uuid(),
      isCurrent: z.boolean(),
      createdAt: moment,
      lastSeenAt: moment,
      expiresAt: moment,
      ip: z.string(),
      userAgent: z.string(),
      methods: z.array(signInMethodSchema),
    }),
  ),
});
export const endedSessionsReplySchema = z.object({ ended: z.int() });
export const idParamsSchema = z.object({ id: z.uuid() });

/** POST /api/auth/totp, /api/auth/totp/confirm; DELETE /api/auth/totp */
export const totpReplySchema = z.object({ secret: z.string(), uri: z.string() });
export const confirmTotpSchema = z.strictObject({ code: codeSchema });
/** A factor was turned on; `recoveryCodes` come with the first one and are shown once. */
export const factorOnReplySchema = z.object({
  recoveryCodes: z.array(z.string()).nullable(),
  session: sessionReplySchema,
});
/** POST /api/auth/recovery-codes */
export const recoveryCodesReplySchema = z.object({ recoveryCodes: z.array(z.string()) });

/** GET and POST /api/auth/passkeys; POST /api/auth/passkeys/options; DELETE /api/auth/passkeys/:id */
export const passkeysReplySchema = z.object({
  passkeys: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      backedUp: z.boolean(),
      createdAt: moment,
      lastUsedAt: moment.nullable(),
      /** Its counter went back once: there may be two copies of it. */
      suspectedCloneAt: moment.nullable(),
    }),
  ),
});
export const registerPasskeySchema = z.strictObject({
  name: z.string().max(100),
  response: webAuthnResponseSchema,
});

/** GET and POST /api/auth/app-passwords; DELETE /api/auth/app-passwords/:id; webmail only (R53). */
export const appPasswordsReplySchema = z.object({
  /** What one may be made for here. */
  offered: z.array(mailProtocolSchema),
  appPasswords: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      protocols: z.array(mailProtocolSchema),
      createdAt: moment,
      expiresAt: moment.nullable(),
      lastUsedAt: moment.nullable(),
      lastUsedIp: z.string().nullable(),
      lastUsedProtocol: mailProtocolSchema.nullable(),
    }),
  ),
});
export const createAppPasswordSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  protocols: z.array(mailProtocolSchema).min(1).max(4),
  expiresAt: moment.nullable(),
});
/** `secret` is shown once. */
export const appPasswordReplySchema = z.object({ id: z.uuid(), secret: z.string() });
