export { assertOperatorRole, assertTenantRole } from "./access-rules.ts";
export type { ApiTokenReach, ApiTokenRules } from "./api-tokens.ts";
export type { CreateAppPasswordInput } from "./app-passwords.ts";
export {
  type ActingGate,
  type ApiTokenGate,
  type Authenticator,
  createAuthenticator,
  endFormerSession,
} from "./authenticator.ts";
export type { BootstrapInput } from "./bootstrap.ts";
export type { BrakeOptions } from "./brake.ts";
export type { SendSystemMail } from "./context.ts";
export { createIdentity, type Identity, type IdentityOptions } from "./create-identity.ts";
export { registerIdentityRoutes } from "./http.ts";
export { registerBrakeRoutes } from "./http-brake.ts";
export { type HttpReply, type HttpRequest, writeCookie } from "./http-cookies.ts";
export type { SignUpRules } from "./http-sign-up.ts";
export { identityInvariants as invariants } from "./invariants.ts";
export { jobHandlers, jobSchedules } from "./jobs.ts";
export { identityLimits } from "./limits.ts";
export { isPlainlySpelled } from "./login-spelling.ts";
export type { MailLogin, MailLoginInput } from "./mail-login.ts";
export { renderSystemMail, type SystemMail, type SystemMailTemplate } from "./mail-templates.ts";
export type { MailTokenInput } from "./mail-token.ts";
export { migrations } from "./migrations.ts";
export { ownerOfLogin } from "./owner-of-login.ts";
export { loadPasskeyLibrary } from "./passkeys.ts";
export { checkPassword } from "./password-rules.ts";
export { listPrincipals, type PeoplePage } from "./people.ts";
export { type CreatePrincipalInput, createPrincipal, readPrincipal } from "./principals.ts";
export { refusedMailLogins } from "./refused-mail-logins.ts";
export { assertUnrestricted } from "./sessions.ts";
export type { SignInInput, SignInResult } from "./sign-in.ts";
export { selectMailAccess as readMailAccess } from "./store-mail-login.ts";
export {
  type Principal,
  selectClosedMailSignIns as listClosedMailSignIns,
  selectContact as readContact,
} from "./store-principals.ts";
export { hasSession, selectSessionEnd as readSessionEnd } from "./store-sessions.ts";
export { countOverdueSignUps } from "./store-sign-ups.ts";
export type {
  Caller,
  FaceIdentity,
  Language,
  PrincipalStatus,
  Realm,
  Session,
  SignInMethod,
} from "./types.ts";
export { type MailProtocol, mailProtocols } from "./types.ts";
export { identityTopic } from "./verified-logins.ts";
