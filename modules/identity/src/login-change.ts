import { Failure, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { mailTime, notify } from "./notify.ts";
import { parseMailedLogin } from "./principals.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { assertFresh } from "./sessions.ts";
import { selectPrincipal, updateLogin } from "./store-principals.ts";
import { claimToken, deleteTokens, findToken, insertToken } from "./store-tokens.ts";
import { countStrangersMail } from "./strangers-mail.ts";
import type { Session } from "./types.ts";

/** The room is open to those whom the notice of an audit names, at the addresses that it names (R67). */
const named = () => new Failure("forbidden", "identity.forbidden", "an auditor's address is the one in the notice");

/**
 * Asks to sign in with another address: a link goes to the new one, nothing changes before it is opened.
 * @throws rate_limited `identity.too_many_mails`.
 */
export async function requestLoginChange(ctx: IdentityContext, session: Session, newLogin: string): Promise<void> {
  assertFresh(ctx, session);
  if (session.realm === "mail")
    throw new Failure("forbidden", "identity.forbidden", "an administrator changes a mailbox's address");
  if (session.role === "auditor") throw named();
  const login = parseMailedLogin(newLogin);
  await countStrangersMail(ctx, session);
  const secret = freshSecret(ctx.random);
  const nowMs = ctx.clock.nowMs();
  const untilMs = nowMs + identityLimits.loginChangeMs;
  await ctx.db.tenant(session.tenantId, async (tx) => {
    await deleteTokens(tx, session.principalId, "login_change");
    await insertToken(tx, {
      id: newId(ctx.clock, ctx.random),
      principalId: session.principalId,
      purpose: "login_change",
      hash: secret.hash,
      at: new Date(nowMs),
      expiresAt: new Date(untilMs),
      details: { login },
    });
    await notify(ctx, tx, { login, language: session.language }, "login_change_confirm", {
      link: `${ctx.faces[session.realm].origin}/confirm-address#${secret.text}`,
      until: mailTime(untilMs),
    });
  });
}

/** Opens that link, signed in or not. The old address is told. @throws precondition `identity.link_expired`, forbidden `identity.forbidden`, conflict `identity.login_taken`. */
export async function confirmLoginChange(
  ctx: IdentityContext,
  input: { readonly token: string; readonly ip: string },
): Promise<{ readonly login: string }> {
  const expired = () => new Failure("precondition", "identity.link_expired", "this link was used or has expired");
  const hash = hashSecret(input.token);
  const found = await ctx.db.lookup((tx) => findToken(tx, hash, "login_change"));
  if (found === null) throw expired();
  return ctx.db.tenant(found.tenantId, async (tx) => {
    const token = await claimToken(tx, hash, "login_change", new Date(ctx.clock.nowMs()));
    const login = token?.details["login"];
    const before = await selectPrincipal(tx, found.principalId, true);
    if (login === undefined || before === null || before.status !== "active") throw expired();
    if (before.role === "auditor") throw named();
    try {
      await tx.sql.savepoint((sql) => updateLogin({ ...tx, sql }, before.id, login));
    } catch (cause) {
      if (isViolation(cause))
        throw new Failure("conflict", "identity.login_taken", "this address already signs in here", { cause });
      throw cause;
    }
    await deleteTokens(tx, before.id, "password_reset");
    announceChange(ctx, tx, before.id);
    await recordAudit(
      tx,
      { kind: "visitor", ip: input.ip },
      { action: "identity.login_changed", object: { kind: "principal", id: before.id } },
    );
    await ctx.sendSystemMail(tx, {
      to: before.login,
      template: "login_changed",
      language: before.language,
      values: { product: ctx.faces.user.rpName, login, at: mailTime(ctx.clock.nowMs()) },
    });
    return { login };
  });
}
