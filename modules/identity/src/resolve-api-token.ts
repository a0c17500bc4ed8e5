import { type Actor, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isTrusted } from "./address-prefix.ts";
import { hashApiToken } from "./api-token-secret.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { countRefusal, type FoundApiToken, findApiToken, noteApiTokenUse } from "./store-api-tokens.ts";
import type { Session } from "./types.ts";

/** A token that lives, and the person in whose name it acts. */
export interface ResolvedApiToken {
  readonly session: Session;
  readonly found: FoundApiToken;
}

const badToken = () =>
  new Failure("unauthenticated", "identity.bad_token", "this token is not valid, has expired or was revoked");

/**
 * The live token behind a bearer (R78). One that nobody gave out counts as a guess of its address at the one brake of
 * all logins (R59); one that is right never waits for other people's guesses.
 * @throws unauthenticated `identity.bad_token`; rate_limited `identity.too_many_attempts`; forbidden
 * `identity.token_address`, which is written to the customer's log.
 */
export async function resolveApiToken(ctx: IdentityContext, text: string, ip: string): Promise<ResolvedApiToken> {
  const hash = hashApiToken(text);
  // What fails its own check was never a token: there is nothing to guess with it.
  if (hash === null) throw badToken();
  const now = new Date(ctx.clock.nowMs());
  const found = await ctx.db.lookup((tx) => findApiToken(tx, hash, now));
  if (found === null) {
    const login = `token ${hash.toString("base64url")}`;
    await ctx.brake.take({ realm: "user", login, ip, deviceId: null, secret: text });
    throw badToken();
  }
  const resolved = { found, session: sessionOf(found, ip) };
  if (found.networks.length > 0 && !isTrusted(ip, found.networks))
    throw await refuse(
      ctx,
      resolved,
      new Failure("forbidden", "identity.token_address", "this token is not accepted from this address"),
      "",
    );
  const isNoted = found.lastUsedAt !== null && now.getTime() - found.lastUsedAt.getTime() < 60_000;
  if (!isNoted || found.lastUsedIp !== ip)
    await ctx.db.tenant(found.tenantId, (tx) => noteApiTokenUse(tx, found.tokenId, now, ip));
  return resolved;
}

function sessionOf(found: FoundApiToken, ip: string): Session {
  const { tenantId, tenantName, principalId, login, displayName, language, role, tokenId } = found;
  const actor: Actor = { kind: "user", tenantId, principalId, role, ip, tokenId };
  return {
    ...{ tenantId, tenantName, principalId, login, displayName, language, role, tokenId, actor },
    sessionId: tokenId,
    realm: "user",
    operatorRoles: [],
    methods: [],
    // Nobody is there to confirm anything.
    authenticatedAtMs: 0,
    expiresAtMs: found.expiresAt.getTime(),
    hasTotp: found.hasTotp,
    hasPasskey: found.hasPasskey,
    mustEnrol: found.requireTwoFactor && !found.hasTotp && !found.hasPasskey,
  };
}

/**
 * Writes to the customer's log that a token was refused, the first few times of each minute, so that a script in a loop
 * does not fill it. Returns the failure to throw.
 */
export async function refuse(
  ctx: IdentityContext,
  { found, session }: ResolvedApiToken,
  failure: Failure,
  route: string,
): Promise<Failure> {
  await ctx.db.tenant(found.tenantId, async (tx) => {
    const count = await countRefusal(tx, found.tokenId, new Date(ctx.clock.nowMs()));
    if (count > identityLimits.apiTokenRefusalsNoted) return;
    await recordAudit(tx, session.actor, {
      action: "identity.token_refused",
      object: { kind: "api_token", id: found.tokenId },
      details: { code: failure.code, route },
    });
  });
  return failure;
}
