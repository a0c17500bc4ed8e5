import { Failure } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import type { IdentityContext } from "./context.ts";
import { readDeviceCookie } from "./device-cookie.ts";
import { factorChanged } from "./enrol-totp.ts";
import { identityLimits } from "./limits.ts";
import { beginAssertion, checkAssertion, takeAssertionChallenge } from "./passkeys.ts";
import { useRecoveryCode } from "./recovery-codes.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { completeSignIn, type SignInResult, secondFactorsOf, signedIn } from "./sign-in.ts";
import { selectPasskeys } from "./store-factors.ts";
import { findPasskey } from "./store-passkey-lookup.ts";
import { type Principal, selectPrincipal } from "./store-principals.ts";
import { claimToken, findToken, tryToken } from "./store-tokens.ts";
import { useTotpCode } from "./totp.ts";
import type { Caller, Realm, SignInMethod } from "./types.ts";

/** A second step's proof. */
export type SecondFactorProof =
  | { readonly method: "totp"; readonly code: string }
  | { readonly method: "recovery_code"; readonly code: string }
  | { readonly method: "passkey"; readonly response: AuthenticationResponseJSON };

export interface SecondFactorInput extends Caller {
  readonly realm: Realm;
  readonly pendingToken: string;
  readonly proof: SecondFactorProof;
}

type SignedIn = SignInResult & { step: "signed_in" };

const expired = (): Failure =>
  new Failure("unauthenticated", "identity.sign_in_expired", "sign in again from the beginning");
const badFactor = (): Failure => new Failure("unauthenticated", "identity.bad_code", "this code is not right");

/**
 * Second step of a sign-in (R52, R53). The pending token allows five tries; the account's second-factor brake counts them too.
 * @throws unauthenticated `identity.sign_in_expired`, `identity.bad_code`; rate_limited `identity.too_many_attempts`.
 */
export async function completeSecondFactor(ctx: IdentityContext, input: SecondFactorInput): Promise<SignedIn> {
  const hash = hashSecret(input.pendingToken);
  const now = () => new Date(ctx.clock.nowMs());
  const found = await ctx.db.lookup((tx) => findToken(tx, hash, "second_factor"));
  if (found === null) throw expired();
  // The try is counted and committed before anything is looked at, so that parallel guesses cannot share one.
  const principal = await ctx.db.tenant(found.tenantId, async (tx) => {
    const token = await tryToken(tx, hash, "second_factor", identityLimits.pendingSignInTries, now());
    return token === null ? null : selectPrincipal(tx, token.principalId);
  });
  if (principal === null || principal.realm !== input.realm || principal.status !== "active") throw expired();
  const deviceId = readDeviceCookie(ctx, input.realm, principal.login, input.deviceCookie);
  const secret = "code" in input.proof ? input.proof.code : "passkey";
  const taken = await ctx.brake.take({
    realm: input.realm,
    login: principal.login,
    ip: input.ip,
    deviceId,
    secret: `${now().getTime()} ${secret}`,
    factor: "second",
  });
  const challenge =
    input.proof.method === "passkey" ? await takeAssertionChallenge(ctx, "second_factor", input.pendingToken) : "";
  const opened = await ctx.db.tenant(found.tenantId, async (tx) => {
    // The person's row before a factor's, as whoever takes the factors away.
    await selectPrincipal(tx, principal.id, true);
    if (!(await proves(ctx, tx, principal, input.proof, challenge))) return null;
    if ((await claimToken(tx, hash, "second_factor", now())) === null) throw expired();
    const methods: SignInMethod[] = ["password", input.proof.method];
    if (input.proof.method === "recovery_code")
      await factorChanged(
        ctx,
        tx,
        {
          principalId: principal.id,
          login: principal.login,
          language: principal.language,
          actor: { kind: "visitor", ip: input.ip },
        },
        "recovery_code_used",
      );
    return completeSignIn(
      ctx,
      tx,
      { tenantId: found.tenantId, principalId: principal.id, realm: input.realm, methods },
      input,
    );
  });
  if (opened === null) {
    ctx.logger.info("identity.second_factor_refused", {
      principal: principal.id,
      method: input.proof.method,
      ip: input.ip,
    });
    throw badFactor();
  }
  await taken.right();
  await ctx.brake.remember({ realm: input.realm, login: principal.login, ip: input.ip, deviceId, secret: "" });
  return signedIn(ctx, input.realm, principal.login, opened.token, input.ip);
}

async function proves(
  ctx: IdentityContext,
  tx: TenantTx,
  principal: Principal,
  proof: SecondFactorProof,
  challenge: string,
): Promise<boolean> {
  const allowed = await secondFactorsOf(ctx, tx, principal.realm, principal.id);
  if (!allowed.includes(proof.method)) return false;
  switch (proof.method) {
    case "totp":
      return useTotpCode(ctx, tx, principal.id, proof.code, "confirmed");
    case "recovery_code":
      return useRecoveryCode(ctx, tx, principal.id, proof.code);
    case "passkey":
      return checkAssertion(ctx, tx, {
        tenantId: principal.tenantId,
        principalId: principal.id,
        realm: principal.realm,
        purpose: "second_factor",
        challenge,
        response: proof.response,
      });
  }
}

/** Passkey options for a pending sign-in. @throws unauthenticated `identity.sign_in_expired`. */
export async function beginSecondFactorPasskey(
  ctx: IdentityContext,
  realm: Realm,
  pendingToken: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const found = await ctx.db.lookup((tx) => findToken(tx, hashSecret(pendingToken), "second_factor"));
  if (found === null) throw expired();
  const passkeys = await ctx.db.tenant(found.tenantId, (tx) => selectPasskeys(tx, found.principalId));
  return beginAssertion(ctx, realm, "second_factor", pendingToken, passkeys);
}

/** A visitor begins a sign-in by passkey alone; `ceremony` goes to the browser as a cookie and binds the challenge. */
export async function beginPasskeySignIn(
  ctx: IdentityContext,
  realm: Realm,
): Promise<{ readonly ceremony: string; readonly options: PublicKeyCredentialRequestOptionsJSON }> {
  const ceremony = freshSecret(ctx.random).text;
  return { ceremony, options: await beginAssertion(ctx, realm, "sign_in", ceremony, null) };
}

/** Finishes it. The passkey verified the person, so it is both factors. @throws unauthenticated `identity.bad_passkey`. */
export async function finishPasskeySignIn(
  ctx: IdentityContext,
  input: Caller & { readonly realm: Realm; readonly ceremony: string; readonly response: AuthenticationResponseJSON },
): Promise<SignedIn> {
  const { realm } = input;
  const refused = () => new Failure("unauthenticated", "identity.bad_passkey", "the passkey was not accepted");
  const challenge = await takeAssertionChallenge(ctx, "sign_in", input.ceremony);
  const credentialId = Buffer.from(input.response.id, "base64url");
  const found = await ctx.db.lookup((tx) => findPasskey(tx, credentialId, realm));
  if (found === null || found.tenantState === "departed") throw refused();
  const done = await ctx.db.tenant(found.tenantId, async (tx) => {
    const principal = await selectPrincipal(tx, found.principalId, true);
    if (principal?.status !== "active") return null;
    const assertion = { ...found, realm, purpose: "sign_in", challenge, response: input.response } as const;
    if (!(await checkAssertion(ctx, tx, assertion))) return null;
    const who = { tenantId: found.tenantId, principalId: found.principalId, realm, methods: ["passkey"] as const };
    return { login: principal.login, ...(await completeSignIn(ctx, tx, who, input)) };
  });
  if (done === null) throw refused();
  return signedIn(ctx, realm, done.login, done.token, input.ip);
}
