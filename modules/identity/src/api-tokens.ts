import { isIP } from "node:net";
import { Failure, newId, type PrincipalId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { freshApiToken } from "./api-token-secret.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { assertFresh, assertUnrestricted } from "./sessions.ts";
import { type ApiTokenRow, deleteApiToken, insertApiToken, selectApiTokens } from "./store-api-tokens.ts";
import { useTotpCode } from "./totp.ts";
import type { Session } from "./types.ts";

/** What a token may touch at most. Empty lists of objects: all of the tenant's. */
export interface ApiTokenReach {
  readonly scopes: readonly string[];
  readonly spaceIds: readonly string[];
  readonly domainIds: readonly string[];
}

/** What the composition root knows of the product's rights; identity knows who, not what. */
export interface ApiTokenRules {
  /** Scopes that this person could give away: never more than they may do themselves. */
  grantable(person: Pick<Session, "role" | "operatorRoles">): readonly string[];
  /** @throws not_found when one of the objects is not the tenant's. */
  assertObjects(tx: TenantTx, reach: ApiTokenReach): Promise<void>;
}

export interface CreateApiTokenInput extends ApiTokenReach {
  readonly name: string;
  readonly networks: readonly string[];
  readonly expiresAtMs: number;
  /** The authenticator's code, for those who have one. */
  readonly code: string | null;
}

/** An address or a CIDR network (RFC 4632, RFC 4291 §2.3). @throws invalid `identity.token_network`. */
function assertNetwork(text: string): void {
  const [base = "", bits, ...rest] = text.split("/");
  const family = isIP(base);
  const most = family === 4 ? 32 : 128;
  const isRight =
    family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && +bits <= most));
  if (!isRight)
    throw new Failure("invalid", "identity.token_network", "not an address or network, such as 192.0.2.0/24");
}

/** A token bound to objects has nothing to say where no object is named. @throws invalid `identity.token_bound`. */
function assertBound({ scopes, spaceIds, domainIds }: ApiTokenReach): void {
  if (spaceIds.length === 0 && domainIds.length === 0) return;
  const areas = new Set(scopes.map((scope) => scope.split(":")[0]));
  const isRight =
    [...areas].every((area) => area === "backup" || area === "mail") &&
    areas.has("backup") === spaceIds.length > 0 &&
    areas.has("mail") === domainIds.length > 0;
  if (!isRight)
    throw new Failure("invalid", "identity.token_bound", "named spaces go with backup, named domains with mail, alone");
}

/** Fresh, and with the second factor (security.md, check 20). */
async function assertProven(ctx: IdentityContext, session: Session, code: string | null): Promise<void> {
  if (!session.hasTotp && !session.hasPasskey)
    throw new Failure("precondition", "identity.token_needs_factor", "turn on a second factor first");
  assertFresh(ctx, session);
  if (code === null && session.methods.includes("passkey")) return;
  if (code === null || !session.hasTotp)
    throw new Failure("precondition", "identity.token_needs_code", "sign in with the second factor, or give its code");
  const { principalId, realm, login, sessionId, actor } = session;
  const taken = await ctx.brake.take({
    ...{ realm, login, deviceId: sessionId, factor: "second" },
    ip: actor.kind === "system" ? "" : actor.ip,
    secret: `${ctx.clock.nowMs()} ${code}`,
  });
  // Apart: a code is used up though the token is refused later.
  if (!(await ctx.db.apart(session.tenantId, (tx) => useTotpCode(ctx, tx, principalId, code, "confirmed"))))
    throw new Failure("unauthenticated", "identity.bad_code", "this code is not right");
  await taken.refund();
}

function assertPerson(session: Session): Session {
  assertUnrestricted(session);
  if (session.realm === "mail" || session.tokenId !== undefined)
    throw new Failure("forbidden", "identity.forbidden", "tokens are made by people");
  return session;
}

/**
 * Makes a token for programs; `secret` is shown once (R78). It can do what its scopes say and its maker may, whichever
 * is less, until it expires, is revoked, or its maker is gone.
 * @throws forbidden `identity.forbidden`, `identity.token_too_wide`, `identity.reauthentication_required`;
 * precondition `identity.token_needs_factor`, `identity.token_needs_code`; invalid `identity.token_life`,
 * `identity.token_network`, `identity.token_bound`; over_quota `identity.tokens_full`.
 */
export async function createApiToken(
  ctx: IdentityContext,
  rules: ApiTokenRules,
  session: Session,
  input: CreateApiTokenInput,
): Promise<{ readonly id: string; readonly secret: string }> {
  const grantable = rules.grantable(assertPerson(session));
  if (grantable.length === 0) throw new Failure("forbidden", "identity.forbidden", "your role does not allow this");
  if (!input.scopes.every((scope) => grantable.includes(scope)))
    throw new Failure("forbidden", "identity.token_too_wide", "nobody gives away more than they may do themselves");
  const nowMs = ctx.clock.nowMs();
  if (input.expiresAtMs <= nowMs || input.expiresAtMs > nowMs + identityLimits.apiTokenLifeMs)
    throw new Failure("invalid", "identity.token_life", "a token ends within 366 days");
  input.networks.forEach(assertNetwork);
  assertBound(input);
  await assertProven(ctx, session, input.code);
  const { text, hash, hint } = freshApiToken(ctx.random);
  const id = newId(ctx.clock, ctx.random);
  const { principalId } = session;
  const [scopes, spaceIds, domainIds, networks] = [
    ...[input.scopes, input.spaceIds, input.domainIds, input.networks].map((list) => [...new Set(list)]),
  ] as [string[], string[], string[], string[]];
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if ((await selectApiTokens(tx, principalId)).length >= identityLimits.apiTokensMax)
      throw new Failure("over_quota", "identity.tokens_full", "revoke a token first");
    await rules.assertObjects(tx, input);
    const [at, expiresAt] = [new Date(nowMs), new Date(input.expiresAtMs)];
    await insertApiToken(tx, {
      ...{ id, principalId, name: input.name, hint, hash, scopes, spaceIds, domainIds, networks, at, expiresAt },
    });
    await recordAudit(tx, session.actor, {
      action: "identity.token_created",
      object: { kind: "api_token", id },
      details: {
        name: input.name,
        scopes,
        spaces: spaceIds.length,
        domains: domainIds.length,
        networks,
        until: expiresAt.toISOString(),
      },
    });
  });
  return { id, secret: text };
}

/** Those who manage people see and end everybody's. */
const managesAll = ({ role, operatorRoles }: Session): boolean =>
  role === "owner" || role === "admin" || operatorRoles.includes("security");

/** One's own tokens; everybody's for those who manage people. */
export function listApiTokens(
  ctx: IdentityContext,
  rules: ApiTokenRules,
  session: Session,
): Promise<{ readonly tokens: readonly ApiTokenRow[]; readonly grantable: readonly string[] }> {
  const grantable = rules.grantable(assertPerson(session));
  if (grantable.length === 0) throw new Failure("forbidden", "identity.forbidden", "your role does not allow this");
  const of: PrincipalId | null = managesAll(session) ? null : session.principalId;
  return ctx.db.tenant(session.tenantId, async (tx) => ({ tokens: await selectApiTokens(tx, of), grantable }), {
    readOnly: true,
  });
}

/** Ends a token at once. @throws not_found `identity.no_token`. */
export async function revokeApiToken(
  ctx: IdentityContext,
  rules: ApiTokenRules,
  session: Session,
  id: string,
): Promise<void> {
  if (rules.grantable(assertPerson(session)).length === 0)
    throw new Failure("forbidden", "identity.forbidden", "your role does not allow this");
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const name = await deleteApiToken(tx, id, managesAll(session) ? null : session.principalId);
    if (name === null) throw new Failure("not_found", "identity.no_token", "there is no such token");
    await recordAudit(tx, session.actor, {
      action: "identity.token_revoked",
      object: { kind: "api_token", id },
      details: { name },
    });
  });
}
