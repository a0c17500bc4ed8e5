import { type Actor, Failure, type MailAccountId, newId, type PrincipalId, type TenantRole } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { awaitPrincipal } from "./store-principals.ts";
import {
  deleteSession,
  deleteSessions,
  hasSession,
  insertSession,
  type ResolvedRow,
  resolveToken,
  rotateToken,
  type SessionRow,
  selectSessions,
  trimSessions,
} from "./store-sessions.ts";
import type { Caller, Realm, Session, SignInMethod } from "./types.ts";

/** A token handed to the browser once; the database keeps its hash (R77). */
export interface OpenedSession {
  readonly token: string;
  readonly session: Session;
}

/** Opens a session for somebody whose sign-in is complete. */
export async function openSession(
  ctx: IdentityContext,
  tx: TenantTx,
  who: { readonly principalId: PrincipalId; readonly realm: Realm; readonly methods: readonly SignInMethod[] },
  caller: Caller,
): Promise<{ readonly token: string; readonly sessionId: string }> {
  const secret = freshSecret(ctx.random);
  const nowMs = ctx.clock.nowMs();
  const sessionId = newId(ctx.clock, ctx.random);
  await trimSessions(tx, who.principalId, identityLimits.sessionsPerPrincipalMax - 1);
  await insertSession(tx, {
    id: sessionId,
    principalId: who.principalId,
    tokenHash: secret.hash,
    methods: who.methods,
    at: new Date(nowMs),
    expiresAt: new Date(nowMs + identityLimits.sessionAbsoluteMs[who.realm]),
    ip: caller.ip,
    userAgent: caller.userAgent.slice(0, identityLimits.userAgentCharsMax),
  });
  return { token: secret.text, sessionId };
}

/** The live session behind a token, or null. Idle and absolute timeouts, disabled people and departed tenants end it. */
export async function resolveSession(
  ctx: IdentityContext,
  realm: Realm,
  token: string | null,
  ip: string,
): Promise<Session | null> {
  if (token === null || token.length < 40 || token.length > 64) return null;
  const now = new Date(ctx.clock.nowMs());
  const row = await ctx.db.lookup((tx) =>
    resolveToken(tx, hashSecret(token), realm, now, identityLimits.sessionIdleMs[realm]),
  );
  return row === null ? null : toSession(ctx, row, realm, ip);
}

function toSession(ctx: IdentityContext, row: ResolvedRow, realm: Realm, ip: string): Session {
  return {
    tenantId: row.tenantId,
    tenantName: row.tenantName,
    sessionId: row.sessionId,
    principalId: row.principalId,
    realm,
    login: row.login,
    displayName: row.displayName,
    language: row.language,
    role: row.role,
    operatorRoles: row.operatorRoles,
    methods: row.methods,
    authenticatedAtMs: row.authenticatedAt.getTime(),
    expiresAtMs: row.expiresAt.getTime(),
    hasTotp: row.hasTotp,
    hasPasskey: row.hasPasskey,
    mustEnrol: mustEnrol(ctx, row, realm),
    actor: toActor(row, realm, ip),
  };
}

/** Whether somebody may do nothing but enrol a second factor (R52). */
export function mustEnrol(
  ctx: IdentityContext,
  row: Pick<ResolvedRow, "requireTwoFactor" | "role" | "hasTotp" | "hasPasskey">,
  realm: Realm,
): boolean {
  if (realm === "operator") {
    if (ctx.operatorFactor === "none") return false;
    return ctx.operatorFactor === "passkey" ? !row.hasPasskey : !row.hasPasskey && !row.hasTotp;
  }
  // Strangers to the house look at its evidence: never with a password alone (R67).
  return (row.requireTwoFactor || row.role === "auditor") && !row.hasTotp && !row.hasPasskey;
}

function toActor(row: ResolvedRow, realm: Realm, ip: string): Actor {
  const { tenantId, principalId } = row;
  if (realm === "operator") return { kind: "operator", principalId, roles: row.operatorRoles, ip };
  if (realm === "mail")
    return { kind: "mail_account", tenantId, mailAccountId: principalId as string as MailAccountId, principalId, ip };
  return { kind: "user", tenantId, principalId, role: row.role as TenantRole, ip };
}

/** @throws forbidden `identity.two_factor_required` while the session may only enrol a second factor. */
export function assertUnrestricted(session: Session): void {
  if (session.mustEnrol) throw new Failure("forbidden", "identity.two_factor_required", "set up a second factor first");
}

/** @throws forbidden `identity.reauthentication_required` when the last proof is older than five minutes. */
export function assertFresh(ctx: IdentityContext, session: Session): void {
  if (ctx.clock.nowMs() - session.authenticatedAtMs > identityLimits.freshAuthenticationMs)
    throw new Failure("forbidden", "identity.reauthentication_required", "confirm that it is you first");
}

/**
 * Before a session leaves a way in behind it: whoever set a password meanwhile ended the session, and would not see what comes
 * after. Asked when that row is written, for the write waits for whoever has the person's row locked.
 * @throws unauthenticated `identity.not_signed_in`.
 */
export async function assertStands(ctx: IdentityContext, tx: TenantTx, session: Session): Promise<void> {
  const now = new Date(ctx.clock.nowMs());
  if (!(await hasSession(tx, session, now, identityLimits.sessionIdleMs[session.realm])))
    throw new Failure("unauthenticated", "identity.not_signed_in", "the session has ended");
}

/**
 * `assertStands` where nothing of the person's own is written: waits by itself for whoever has the person's row locked. Asked at the
 * end, after the rows of other modules. @throws unauthenticated `identity.not_signed_in`.
 */
export async function assertSessionStands(ctx: IdentityContext, tx: TenantTx, session: Session): Promise<void> {
  await awaitPrincipal(tx, session.principalId);
  await assertStands(ctx, tx, session);
}

/** Gives the session a new secret and a fresh authentication time (session fixation, R77). Returns the new token. */
export async function renewSession(
  ctx: IdentityContext,
  tx: TenantTx,
  session: Session,
  method: SignInMethod | null,
): Promise<string> {
  const secret = freshSecret(ctx.random);
  const methods = method === null ? session.methods : [...new Set([...session.methods, method])];
  if (!(await rotateToken(tx, session.sessionId, secret.hash, methods, new Date(ctx.clock.nowMs()))))
    throw new Failure("unauthenticated", "identity.not_signed_in", "the session has ended");
  return secret.text;
}

/** Ends this session on the server. */
export async function signOut(ctx: IdentityContext, session: Session): Promise<void> {
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if (await deleteSession(tx, session.principalId, session.sessionId))
      await recordAudit(tx, session.actor, {
        action: "identity.signed_out",
        object: { kind: "principal", id: session.principalId },
      });
  });
}

/** The live sessions of the person, newest use first. */
export function listSessions(ctx: IdentityContext, session: Session): Promise<SessionRow[]> {
  return ctx.db.tenant(session.tenantId, (tx) =>
    selectSessions(tx, session.principalId, new Date(ctx.clock.nowMs()), identityLimits.sessionIdleMs[session.realm]),
  );
}

/** Ends one of the person's own sessions. @throws not_found `identity.no_session`. */
export async function revokeSession(ctx: IdentityContext, session: Session, sessionId: string): Promise<void> {
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if (!(await deleteSession(tx, session.principalId, sessionId)))
      throw new Failure("not_found", "identity.no_session", "there is no such session");
    await recordAudit(tx, session.actor, {
      action: "identity.session_revoked",
      object: { kind: "principal", id: session.principalId },
      details: { session: sessionId },
    });
  });
}

/** Ends all of the person's sessions but this one. Returns how many. */
export function revokeOtherSessions(ctx: IdentityContext, session: Session): Promise<number> {
  return ctx.db.tenant(session.tenantId, async (tx) => {
    const ended = await deleteSessions(tx, session.principalId, session.sessionId);
    await recordAudit(tx, session.actor, {
      action: "identity.sessions_revoked",
      object: { kind: "principal", id: session.principalId },
      details: { ended },
    });
    return ended;
  });
}
