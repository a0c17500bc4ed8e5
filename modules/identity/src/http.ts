import type { Face } from "@casaforte/platform/http";
import type { ApiTokenRules } from "./api-tokens.ts";
import { type ActingGate, type ApiTokenGate, type Authenticator, createAuthenticator } from "./authenticator.ts";
import type { Identity } from "./create-identity.ts";
import { registerAccountRoutes } from "./http-account.ts";
import { registerApiTokenRoutes, registerOperatorTokenRoutes } from "./http-api-tokens.ts";
import { registerAppPasswordRoutes } from "./http-app-passwords.ts";
import { registerOauthRoutes } from "./http-oauth.ts";
import { registerPeopleRoutes } from "./http-people.ts";
import { registerProgramRoutes } from "./http-programs.ts";
import { registerRecoveryAddressRoutes } from "./http-recovery-address.ts";
import { registerSignInRoutes } from "./http-sign-in.ts";
import type { SignUpRules } from "./http-sign-up.ts";
import { registerOwnTenantRoutes, registerTenantsRoutes } from "./http-tenants.ts";
import type { Realm } from "./types.ts";

/**
 * Everything about signing in, on one face. The three realms have the same routes on listeners of their own, with
 * cookies of their own; people and organisations are managed in the two consoles, app passwords in webmail; `tokens` lets
 * programs in (R78), `acting` operators under a grant (R90), `signUp` new firms (R73). Returns who is signed in, for the face's other edges.
 */
export function registerIdentityRoutes(
  app: Face,
  identity: Identity,
  options: {
    readonly realm: Realm;
    readonly tokens?: ApiTokenRules & ApiTokenGate;
    readonly acting?: ActingGate;
    /** Where firms may make their own account; a face without it has no such routes. */
    readonly signUp?: SignUpRules;
  },
): Authenticator {
  const { realm, tokens } = options;
  const who = createAuthenticator(identity, realm, tokens ?? null, options.acting ?? null);
  registerSignInRoutes(app, identity, realm, options.acting ?? null, options.signUp ?? null);
  registerAccountRoutes(app, identity, who, realm);
  if (realm === "mail") {
    registerAppPasswordRoutes(app, identity, who);
    registerProgramRoutes(app, identity, who);
    registerOauthRoutes(app, identity);
    registerRecoveryAddressRoutes(app, identity, who);
  } else registerPeopleRoutes(app, identity, who);
  if (tokens !== undefined)
    (realm === "operator" ? registerOperatorTokenRoutes : registerApiTokenRoutes)(app, identity, who, tokens);
  if (realm === "user") registerOwnTenantRoutes(app, identity, who);
  if (realm === "operator") registerTenantsRoutes(app, identity, who);
  return who;
}
