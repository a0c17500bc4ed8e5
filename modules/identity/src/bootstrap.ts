import { Failure, newId, type PrincipalId, providerTenantId } from "@casaforte/kernel";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { checkPassword } from "./password-rules.ts";
import { createPrincipal } from "./principals.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { completeSignIn, normaliseLogin, type SignInResult, signedIn } from "./sign-in.ts";
import { claimBootstrap, countOperators, replaceBootstrap } from "./store-bootstrap.ts";
import type { Caller, Language } from "./types.ts";

/**
 * A single-use secret for the first operator of a fresh installation, for the terminal of whoever installs it; null once
 * there is an operator. There is no default account (security.md, check 23). A new secret ends the one before.
 */
export async function createBootstrapToken(ctx: IdentityContext): Promise<string | null> {
  const secret = freshSecret(ctx.random);
  const nowMs = ctx.clock.nowMs();
  return ctx.db.tenant(providerTenantId, async (tx) => {
    if ((await countOperators(tx)) > 0) return null;
    await replaceBootstrap(tx, secret.hash, new Date(nowMs), new Date(nowMs + identityLimits.bootstrapMs));
    return secret.text;
  });
}

export interface BootstrapInput extends Caller {
  readonly token: string;
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  readonly password: string;
}

/** Makes the first operator, with every role, and signs in. @throws precondition `identity.link_expired`. */
export async function bootstrapOperator(
  ctx: IdentityContext,
  input: BootstrapInput,
): Promise<SignInResult & { step: "signed_in" }> {
  checkPassword(input.password, [...ctx.productWords, input.login, input.displayName]);
  const hash = await ctx.hasher.hash(input.password);
  const id = newId<PrincipalId>(ctx.clock, ctx.random);
  const opened = await ctx.db.tenant(providerTenantId, async (tx) => {
    const now = new Date(ctx.clock.nowMs());
    // Deleting the row is the lock: of two who hold the secret, one makes the operator.
    const claimed = await claimBootstrap(tx, hashSecret(input.token), now);
    if (!claimed || (await countOperators(tx)) > 0)
      throw new Failure(
        "precondition",
        "identity.link_expired",
        "this setup link was used or has expired; restart the program for a new one",
      );
    await createPrincipal(
      tx,
      { kind: "visitor", ip: input.ip },
      {
        id,
        realm: "operator",
        login: input.login,
        displayName: input.displayName,
        language: input.language,
        operatorRoles: ["support", "billing", "infra", "legal", "security"],
        status: "active",
        passwordHash: hash,
        nowMs: ctx.clock.nowMs(),
      },
    );
    return completeSignIn(
      ctx,
      tx,
      { tenantId: providerTenantId, principalId: id, realm: "operator", methods: ["password"] },
      input,
    );
  });
  return signedIn(ctx, "operator", normaliseLogin(input.login), opened.token, input.ip);
}
