import { type Actor, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isTrusted } from "./address-prefix.ts";
import { hashApiToken } from "./api-token-secret.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { mustEnrol } from "./sessions.ts";
import { countRefusal, type FoundApiToken, findApiToken, noteApiTokenUse } from "./store-api-tokens.ts";
import type { Session, TokenRealm } from "./types.ts";

/** A token that lives, and the person in whose name it acts. */
export interface ResolvedApiToken {
  readonly session: Session;
  readonly found: FoundApiToken;
}

const badToken = () =>
  new Failure("unauthenticated", "identity.bad_token", "this token is not valid, has expired or was revoked");

/**
 * The live token behind a bearer (R78), of this realm alone. One that nobody gave out counts as a guess of its address at the one brake of
 * all logins (R59); one that is right never waits for other people's guesses.
 * @throws unauthenticated `identity.bad_token`; rate_limited `identity.too_many_attempts`; forbidden
 * `identity.token_address`, which is written to the customer's log.
 */
export async function resolveApiToken(
  ctx: IdentityContext,
  realm: TokenRealm,
  text: string,
  ip: string,
): Promise<ResolvedApiToken> {
  const hash = hashApiToken(text);
  // What fails its own check was never a token: there is nothing to guess with it.
  if (hash === null) throw badToken();
  const now = new Date(ctx.clock.nowMs());
  const found = await ctx.db.lookup((tx) => findApiToken(tx, hash, realm, now));
  if (found === null) {
    const login = `token ${hash.toString("base64url")}`;
    await ctx.brake.take({ realm, login, ip, deviceId: null, secret: text });
    throw badToken();
  }
  const resolved = { found, session: sessionOf(ctx, found, realm, ip) };
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

function actorOf({ tenantId, principalId, role, operatorRoles, tokenId }: FoundApiToken, ip: string): Actor {
  return role === null
    ? { kind: "operator", principalId, roles: operatorRoles, ip, tokenId }
    : { kind: "user", tenantId, principalId, role, ip, tokenId };
}

function sessionOf(ctx: IdentityContext, found: FoundApiToken, realm: TokenRealm, ip: string): Session {
  const { tenantId, tenantName, principalId, login, displayName, language, role, operatorRoles, tokenId } = found;
  return {
    ...{ tenantId, tenantName, principalId, login, displayName, language, role, operatorRoles, tokenId, realm },
    actor: actorOf(found, ip),
    sessionId: tokenId,
    methods: [],
    // Nobody is there to confirm anything.
    authenticatedAtMs: 0,
    expiresAtMs: found.expiresAt.getTime(),
    hasTotp: found.hasTotp,
    hasPasskey: found.hasPasskey,
    mustEnrol: mustEnrol(ctx, found, realm),
  };
}

/**
 * Writes to its owner's log that a token was refused, the first few times of each minute, so that a script in a loop
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
