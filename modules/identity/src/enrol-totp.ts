import { Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import { toBase32 } from "./base32.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { notify } from "./notify.ts";
import { issueRecoveryCodes } from "./recovery-codes.ts";
import { assertFresh, renewSession } from "./sessions.ts";
import {
  beginTotp,
  confirmTotp,
  countRecoveryCodes,
  deleteTotp,
  replaceRecoveryCodes,
  selectPasskeys,
  selectTotp,
} from "./store-factors.ts";
import { selectPrincipal } from "./store-principals.ts";
import { deleteSessions } from "./store-sessions.ts";
import { totpBinding, useTotpCode } from "./totp.ts";
import type { Session } from "./types.ts";

/**
 * Begins an enrolment (R52, R53). `secret` is for typing, `uri` for a QR code; neither is told again.
 * @throws conflict `identity.totp_on`, forbidden `identity.reauthentication_required`.
 */
export async function enrolTotp(
  ctx: IdentityContext,
  session: Session,
): Promise<{ readonly secret: string; readonly uri: string }> {
  assertFresh(ctx, session);
  const seed = ctx.random.bytes(20);
  const sealed = ctx.keys.seal(seed, totpBinding(session.tenantId, session.principalId));
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if (!(await beginTotp(tx, session.principalId, sealed)))
      throw new Failure("conflict", "identity.totp_on", "turn the old authenticator off first");
  });
  const secret = toBase32(seed).toUpperCase();
  const issuer = encodeURIComponent(ctx.faces[session.realm].rpName);
  const label = `${issuer}:${encodeURIComponent(session.login)}`;
  return {
    secret,
    uri: `otpauth://totp/${label}?secret=${secret}&issuer=${issuer}&algorithm=SHA1&digits=${identityLimits.totpDigits}&period=${identityLimits.totpStepSeconds}`,
  };
}

/** What turning on a factor gives back: a new session secret, and recovery codes with the first factor. */
export interface FactorTurnedOn {
  readonly token: string;
  readonly recoveryCodes: readonly string[] | null;
}

/** Proves that the authenticator works and turns it on. Other sessions end. @throws invalid `identity.bad_code`, rate_limited. */
export async function confirmTotpEnrolment(
  ctx: IdentityContext,
  session: Session,
  code: string,
): Promise<FactorTurnedOn> {
  assertFresh(ctx, session);
  const taken = await ctx.brake.take({
    realm: session.realm,
    login: session.login,
    ip: session.actor.kind === "system" ? "" : session.actor.ip,
    deviceId: session.sessionId,
    secret: code,
    factor: "second",
  });
  const outcome = await ctx.db.tenant(session.tenantId, async (tx) => {
    // The person's row before a factor's, as whoever takes the factors away.
    await selectPrincipal(tx, session.principalId, true);
    if (!(await useTotpCode(ctx, tx, session.principalId, code, "enrolling"))) return null;
    await confirmTotp(tx, session.principalId, new Date(ctx.clock.nowMs()));
    return factorTurnedOn(ctx, tx, session, "totp");
  });
  if (outcome === null) throw new Failure("invalid", "identity.bad_code", "this code is not right");
  await taken.refund();
  return outcome;
}

/** Shared end of every enrolment: recovery codes with the first factor, other sessions ended, new secret, mail, audit. */
export async function factorTurnedOn(
  ctx: IdentityContext,
  tx: TenantTx,
  session: Session,
  method: "totp" | "passkey",
): Promise<FactorTurnedOn> {
  const needsCodes = (await countRecoveryCodes(tx, session.principalId)) === 0;
  const recoveryCodes = needsCodes ? await issueRecoveryCodes(ctx, tx, session.principalId) : null;
  await deleteSessions(tx, session.principalId, session.sessionId);
  const token = await renewSession(ctx, tx, session, method);
  await factorChanged(ctx, tx, session, `${method}_on`);
  return { token, recoveryCodes };
}

/** Turns the authenticator off. @throws precondition `identity.second_factor_required` for the last factor where one is required. */
export async function disableTotp(ctx: IdentityContext, session: Session): Promise<void> {
  assertFresh(ctx, session);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if (!(await deleteTotp(tx, session.principalId)))
      throw new Failure("not_found", "identity.totp_off", "no authenticator is set up");
    await factorRemoved(ctx, tx, session, "totp");
  });
}

/** After a factor went away: refuses to leave a required account bare, ends recovery codes with the last factor. */
export async function factorRemoved(
  ctx: IdentityContext,
  tx: TenantTx,
  session: Session,
  method: "totp" | "passkey",
): Promise<void> {
  // Of two removals at once the second waits here, and sees what the first left: the session may tell of before.
  await selectPrincipal(tx, session.principalId, true);
  const totpLeft = method === "passkey" && (await selectTotp(tx, session.principalId))?.confirmedAt != null;
  const passkeysLeft = (await selectPasskeys(tx, session.principalId)).length > 0;
  if (!totpLeft && !passkeysLeft) {
    if (await isRequired(ctx, tx, session))
      throw new Failure(
        "precondition",
        "identity.second_factor_required",
        "a second factor is required here; add another first",
      );
    await replaceRecoveryCodes(tx, session.principalId, []);
  } else if (session.realm === "operator" && ctx.operatorFactor === "passkey" && !passkeysLeft) {
    throw new Failure("precondition", "identity.second_factor_required", "operators need a passkey; add another first");
  }
  await factorChanged(ctx, tx, session, `${method}_off`);
}

async function isRequired(ctx: IdentityContext, tx: TenantTx, session: Session): Promise<boolean> {
  if (session.realm === "operator") return ctx.operatorFactor !== "none";
  return (await readTenant(tx, tx.tenantId)).requireTwoFactor;
}

const changeNames = {
  totp_on: { it: "app di autenticazione attivata", en: "authenticator app turned on" },
  totp_off: { it: "app di autenticazione disattivata", en: "authenticator app turned off" },
  passkey_on: { it: "passkey aggiunta", en: "passkey added" },
  passkey_off: { it: "passkey rimossa", en: "passkey removed" },
  recovery_code_used: { it: "codice di recupero usato", en: "recovery code used" },
  factors_ended: {
    it: "passkey, app di autenticazione e codici di recupero tolti da un amministratore",
    en: "passkeys, authenticator app and recovery codes removed by an administrator",
  },
} as const;

/** Audit row, mail to the person, and every process forgets verified logins. */
export async function factorChanged(
  ctx: IdentityContext,
  tx: TenantTx,
  session: Pick<Session, "principalId" | "login" | "language" | "actor">,
  change: keyof typeof changeNames,
): Promise<void> {
  announceChange(ctx, tx, session.principalId);
  await recordAudit(tx, session.actor, {
    action: `identity.${change}`,
    object: { kind: "principal", id: session.principalId },
  });
  await tellFactorChange(ctx, tx, session, change);
}

/** Mail to the person, from where it was done. */
export async function tellFactorChange(
  ctx: IdentityContext,
  tx: TenantTx,
  { login, language, actor }: Pick<Session, "login" | "language" | "actor">,
  change: keyof typeof changeNames,
): Promise<void> {
  await notify(ctx, tx, { login, language }, "second_factor_changed", {
    ip: actor.kind === "system" ? "-" : actor.ip,
    change: changeNames[change][language],
  });
}
