import { Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import type { IdentityContext } from "./context.ts";
import { beginAssertion, checkAssertion, takeAssertionChallenge } from "./passkeys.ts";
import { renewSession } from "./sessions.ts";
import { selectPasskeys } from "./store-factors.ts";
import { selectPasswordHash } from "./store-principals.ts";
import type { Session } from "./types.ts";

export type Reauthentication =
  | { readonly method: "password"; readonly password: string }
  | { readonly method: "passkey"; readonly response: AuthenticationResponseJSON };

/**
 * Proves once more that it is the person (security.md, check 20); for five minutes the session may then change factors,
 * password and address. Returns the session's new token; the old one is dead.
 * @throws unauthenticated `identity.bad_credentials` or `identity.bad_passkey`, rate_limited.
 */
export async function reauthenticate(ctx: IdentityContext, session: Session, proof: Reauthentication): Promise<string> {
  return proof.method === "password"
    ? byPassword(ctx, session, proof.password)
    : byPasskey(ctx, session, proof.response);
}

async function byPassword(ctx: IdentityContext, session: Session, password: string): Promise<string> {
  const ip = session.actor.kind === "system" ? "" : session.actor.ip;
  const taken = await ctx.brake.take({
    realm: session.realm,
    login: session.login,
    ip,
    deviceId: session.sessionId,
    secret: password,
  });
  const stored = await ctx.db.tenant(session.tenantId, (tx) => selectPasswordHash(tx, session.principalId));
  if (!(await ctx.hasher.verify(stored, password)))
    throw new Failure("unauthenticated", "identity.bad_credentials", "the password is not right");
  await taken.refund();
  return renewed(ctx, session, "password");
}

async function byPasskey(
  ctx: IdentityContext,
  session: Session,
  response: AuthenticationResponseJSON,
): Promise<string> {
  const challenge = await takeAssertionChallenge(ctx, "second_factor", session.sessionId);
  const { tenantId, principalId, realm } = session;
  const right = await ctx.db.tenant(tenantId, (tx) =>
    checkAssertion(ctx, tx, { tenantId, principalId, realm, purpose: "sign_in", challenge, response }),
  );
  if (!right) throw new Failure("unauthenticated", "identity.bad_passkey", "the passkey was not accepted");
  return renewed(ctx, session, "passkey");
}

/** Passkey options for `reauthenticate`. */
export async function beginReauthentication(
  ctx: IdentityContext,
  session: Session,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const passkeys = await ctx.db.tenant(session.tenantId, (tx) => selectPasskeys(tx, session.principalId));
  return beginAssertion(ctx, session.realm, "second_factor", session.sessionId, passkeys);
}

function renewed(ctx: IdentityContext, session: Session, method: "password" | "passkey"): Promise<string> {
  return ctx.db.tenant(session.tenantId, async (tx) => {
    const token = await renewSession(ctx, tx, session, method);
    await recordAudit(tx, session.actor, {
      action: "identity.reauthenticated",
      object: { kind: "principal", id: session.principalId },
      details: { method },
    });
    return token;
  });
}
