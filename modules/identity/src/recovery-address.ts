import { Failure, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { mailTime, notify } from "./notify.ts";
import { parseLogin } from "./principals.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { assertFresh, assertStands } from "./sessions.ts";
import { type Principal, selectPrincipal } from "./store-principals.ts";
import { deleteRecoveryAddress, selectRecoveryAddress, upsertRecoveryAddress } from "./store-recovery-address.ts";
import { claimToken, deleteTokens, findToken, insertToken, newestToken } from "./store-tokens.ts";
import type { Session } from "./types.ts";

/**
 * A mailbox cannot receive its own way in, so its person names an address elsewhere for the day the password is
 * forgotten (R76). It counts once a link sent to it was opened; an administrator who sets the password takes it away.
 */

function assertMailbox(session: Session): void {
  if (session.realm !== "mail")
    throw new Failure("forbidden", "identity.forbidden", "only a mailbox has a recovery address");
}

/** The confirmed address, or null. */
export async function readRecoveryAddress(ctx: IdentityContext, session: Session): Promise<string | null> {
  assertMailbox(session);
  const found = await ctx.db.tenant(session.tenantId, (tx) => selectRecoveryAddress(tx, session.principalId), {
    readOnly: true,
  });
  return found?.address ?? null;
}

/**
 * Sends a link to the wanted address; nothing changes before it is opened.
 * @throws unauthenticated `identity.not_signed_in`, forbidden `identity.reauthentication_required`, invalid
 * `identity.login_malformed`, invalid `identity.recovery_same_mailbox`, rate_limited `identity.too_many_attempts`.
 */
export async function requestRecoveryAddress(ctx: IdentityContext, session: Session, wanted: string): Promise<void> {
  assertMailbox(session);
  assertFresh(ctx, session);
  const address = parseLogin(wanted);
  // What follows a plus in it leads to the same mailbox.
  if (address === session.login || address.replace(/\+[^@]*(?=@)/, "") === session.login)
    throw new Failure(
      "invalid",
      "identity.recovery_same_mailbox",
      "name an address outside this mailbox: without its password nobody could read the link",
    );
  const secret = freshSecret(ctx.random);
  const nowMs = ctx.clock.nowMs();
  const untilMs = nowMs + identityLimits.loginChangeMs;
  await ctx.db.tenant(session.tenantId, async (tx) => {
    await selectPrincipal(tx, session.principalId, true);
    await assertStands(ctx, tx, session);
    const newest = await newestToken(tx, session.principalId, "recovery_address");
    const retryAtMs = (newest?.getTime() ?? 0) + identityLimits.resetMailEveryMs;
    if (retryAtMs > nowMs)
      throw new Failure("rate_limited", "identity.too_many_attempts", "a link was sent a moment ago", {
        details: { retryAtMs },
      });
    await deleteTokens(tx, session.principalId, "recovery_address");
    await insertToken(tx, {
      id: newId(ctx.clock, ctx.random),
      principalId: session.principalId,
      purpose: "recovery_address",
      hash: secret.hash,
      at: new Date(nowMs),
      expiresAt: new Date(untilMs),
      details: { address },
    });
    await ctx.sendSystemMail(tx, {
      to: address,
      template: "recovery_address_confirm",
      language: session.language,
      values: {
        product: ctx.faces.mail.rpName,
        login: session.login,
        link: `${ctx.faces.mail.origin}/confirm-recovery#${secret.text}`,
        until: mailTime(untilMs),
      },
    });
  });
}

/** Opens that link, signed in or not. Mailbox and former address are told. @throws precondition `identity.link_expired`. */
export async function confirmRecoveryAddress(
  ctx: IdentityContext,
  input: { readonly token: string; readonly ip: string },
): Promise<{ readonly login: string }> {
  const expired = () => new Failure("precondition", "identity.link_expired", "this link was used or has expired");
  const hash = hashSecret(input.token);
  const found = await ctx.db.lookup((tx) => findToken(tx, hash, "recovery_address"));
  if (found === null) throw expired();
  return ctx.db.tenant(found.tenantId, async (tx) => {
    const now = new Date(ctx.clock.nowMs());
    const person = await selectPrincipal(tx, found.principalId, true);
    const address = (await claimToken(tx, hash, "recovery_address", now))?.details["address"];
    if (address === undefined || person === null || person.status !== "active") throw expired();
    const before = await selectRecoveryAddress(tx, person.id);
    await upsertRecoveryAddress(tx, person.id, address, now);
    await deleteTokens(tx, person.id, "password_reset");
    await recordAudit(
      tx,
      { kind: "visitor", ip: input.ip },
      { action: "identity.recovery_address_set", object: { kind: "principal", id: person.id } },
    );
    await tell(ctx, tx, person, "recovery_address_set", [before?.address, address], { address });
    return { login: person.login };
  });
}

/** Takes it away. @throws forbidden `identity.reauthentication_required`. */
export async function removeRecoveryAddress(ctx: IdentityContext, session: Session): Promise<void> {
  assertMailbox(session);
  assertFresh(ctx, session);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const person = await selectPrincipal(tx, session.principalId, true);
    if (person !== null) await forgetRecoveryAddress(ctx, tx, person, session.actor);
  });
}

/** For whoever takes a mailbox over: the address before must not lead in again. Says so to mailbox and address. */
export async function forgetRecoveryAddress(
  ctx: IdentityContext,
  tx: TenantTx,
  person: Principal,
  actor: Parameters<typeof recordAudit>[1],
): Promise<void> {
  const before = await deleteRecoveryAddress(tx, person.id);
  await deleteTokens(tx, person.id, "recovery_address");
  if (before === null) return;
  await deleteTokens(tx, person.id, "password_reset");
  await recordAudit(tx, actor, {
    action: "identity.recovery_address_removed",
    object: { kind: "principal", id: person.id },
  });
  await tell(ctx, tx, person, "recovery_address_removed", [before], { address: before });
}

/** One mail to the mailbox and one to each other address that has to know. */
async function tell(
  ctx: IdentityContext,
  tx: TenantTx,
  person: Principal,
  template: "recovery_address_set" | "recovery_address_removed",
  others: readonly (string | undefined)[],
  values: Readonly<Record<string, string>>,
): Promise<void> {
  for (const to of new Set([person.login, ...others]))
    if (to !== undefined) await notify(ctx, tx, person, template, values, to);
}
