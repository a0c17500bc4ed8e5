import { Failure, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { endMailSecrets } from "./end-mail-secrets.ts";
import { identityLimits } from "./limits.ts";
import { endAccess } from "./manage-principal.ts";
import { mailTime, notify } from "./notify.ts";
import { checkPassword } from "./password-rules.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { assertFresh, renewSession } from "./sessions.ts";
import { normaliseLogin } from "./sign-in.ts";
import { findLogin, type Principal, selectPrincipal, updatePasswordHash } from "./store-principals.ts";
import { selectRecoveryAddress } from "./store-recovery-address.ts";
import { deleteSessions } from "./store-sessions.ts";
import { claimToken, deleteTokens, findToken, insertToken, newestToken } from "./store-tokens.ts";
import type { Caller, Realm, Session } from "./types.ts";

/** Words that a person's password may not consist of: the product, the login, the name, the company. */
export async function contextWords(
  ctx: IdentityContext,
  tx: TenantTx,
  person: Pick<Principal, "login" | "displayName">,
): Promise<string[]> {
  return [...ctx.productWords, person.login, person.displayName, (await readTenant(tx, tx.tenantId)).name];
}

/**
 * The person's own change. All other sessions end, this one gets a new token, the person is told by mail. Who knew the password
 * keeps app passwords and connected programs: they are in the same list to be ended one by one.
 * @throws forbidden `identity.reauthentication_required`, invalid `identity.password_*`.
 */
export async function changePassword(ctx: IdentityContext, session: Session, password: string): Promise<string> {
  assertFresh(ctx, session);
  const words = await ctx.db.tenant(session.tenantId, (tx) => contextWords(ctx, tx, session));
  checkPassword(password, words);
  const hash = await ctx.hasher.hash(password);
  return ctx.db.tenant(session.tenantId, async (tx) => {
    await updatePasswordHash(tx, session.principalId, hash, new Date(ctx.clock.nowMs()));
    await deleteSessions(tx, session.principalId, session.sessionId);
    await deleteTokens(tx, session.principalId, null);
    const token = await renewSession(ctx, tx, session, null);
    announceChange(ctx, tx, session.principalId);
    tx.afterCommit(() => ctx.brake.forget(session.realm, session.login, false));
    await recordAudit(tx, session.actor, {
      action: "identity.password_changed",
      object: { kind: "principal", id: session.principalId },
    });
    await notify(ctx, tx, session, "password_changed", {
      ip: session.actor.kind === "system" ? "-" : session.actor.ip,
    });
    return token;
  });
}

/**
 * Sends a link if there is somebody to send it to; the answer is the same in any case (R73, R76). A mailbox cannot
 * receive its own way in: its link goes to the recovery address, and without one its administrator sets a password.
 */
export async function requestPasswordReset(
  ctx: IdentityContext,
  input: { readonly realm: Realm; readonly login: string; readonly ip: string },
): Promise<void> {
  const login = normaliseLogin(input.login).slice(0, identityLimits.loginCharsMax);
  const found = await ctx.db.lookup((tx) => findLogin(tx, input.realm, login));
  const sendable = found !== null && found.status === "active" && found.tenantState !== "departed";
  if (!sendable) return;
  const secret = freshSecret(ctx.random);
  const nowMs = ctx.clock.nowMs();
  const untilMs = nowMs + identityLimits.passwordResetMs;
  await ctx.db.tenant(found.tenantId, async (tx) => {
    const principal = await selectPrincipal(tx, found.principalId, true);
    const newest = await newestToken(tx, found.principalId, "password_reset");
    const address =
      input.realm === "mail" ? (await selectRecoveryAddress(tx, found.principalId))?.address : principal?.login;
    const tooSoon = newest !== null && newest.getTime() > nowMs - identityLimits.resetMailEveryMs;
    if (principal === null || address === undefined || tooSoon) return;
    await deleteTokens(tx, principal.id, "password_reset");
    await insertToken(tx, {
      id: newId(ctx.clock, ctx.random),
      principalId: principal.id,
      purpose: "password_reset",
      hash: secret.hash,
      at: new Date(nowMs),
      expiresAt: new Date(untilMs),
    });
    await recordAudit(
      tx,
      { kind: "visitor", ip: input.ip },
      { action: "identity.password_reset_requested", object: { kind: "principal", id: principal.id } },
    );
    // In the fragment, so that no server ever logs it.
    const link = `${ctx.faces[input.realm].origin}/reset-password#${secret.text}`;
    await notify(ctx, tx, principal, "password_reset", { link, until: mailTime(untilMs) }, address);
  });
}

/**
 * Sets a new password with the mailed link: once, within thirty minutes. It opens no session and leaves the second
 * factor as it is; all sessions, app passwords and connected programs end; the address is told (R76). Delays of the password are
 * lifted, since the mailbox proved the owner; those of the second factor are not, since it did not prove that one.
 * @throws precondition `identity.link_expired`, invalid `identity.password_*`.
 */
export async function confirmPasswordReset(
  ctx: IdentityContext,
  input: Caller & { readonly realm: Realm; readonly token: string; readonly password: string },
): Promise<{ readonly login: string }> {
  const expired = () =>
    new Failure("precondition", "identity.link_expired", "this link was used or has expired; ask for a new one");
  const tokenHash = hashSecret(input.token);
  const found = await ctx.db.lookup((tx) => findToken(tx, tokenHash, "password_reset"));
  if (found === null) throw expired();
  const principal = await ctx.db.tenant(found.tenantId, async (tx) => {
    const person = await selectPrincipal(tx, found.principalId);
    if (person === null || person.status !== "active" || person.realm !== input.realm) throw expired();
    // The rules are checked before the link is spent, so that a weak choice can be corrected.
    checkPassword(input.password, await contextWords(ctx, tx, person));
    return person;
  });
  const hash = await ctx.hasher.hash(input.password);
  await ctx.db.tenant(found.tenantId, async (tx) => {
    const now = new Date(ctx.clock.nowMs());
    // Waits for what is being made in its sessions, so that it ends with the rest.
    await selectPrincipal(tx, principal.id, true);
    if ((await claimToken(tx, tokenHash, "password_reset", now)) === null) throw expired();
    await updatePasswordHash(tx, principal.id, hash, now);
    await endAccess(tx, principal.id);
    const ended = await endMailSecrets(tx, principal.id);
    announceChange(ctx, tx, principal.id);
    tx.afterCommit(() => ctx.brake.forget(principal.realm, principal.login, true, ["password"]));
    await recordAudit(
      tx,
      { kind: "visitor", ip: input.ip },
      { action: "identity.password_reset", object: { kind: "principal", id: principal.id }, details: { ...ended } },
    );
    await notify(ctx, tx, principal, "password_changed", { ip: input.ip });
    const recovery = await selectRecoveryAddress(tx, principal.id);
    if (recovery !== null) await notify(ctx, tx, principal, "password_changed", { ip: input.ip }, recovery.address);
  });
  return { login: principal.login };
}
