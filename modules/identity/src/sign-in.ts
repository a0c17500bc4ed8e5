import { Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { issueDeviceCookie, readDeviceCookie } from "./device-cookie.ts";
import { identityLimits } from "./limits.ts";
import { freshSecret } from "./secrets.ts";
import { type OpenedSession, openSession, resolveSession } from "./sessions.ts";
import { countRecoveryCodes, selectPasskeys, selectTotp } from "./store-factors.ts";
import { findLogin, noteSignIn, selectPasswordHash, selectPrincipal, upgradePasswordHash } from "./store-principals.ts";
import { insertToken } from "./store-tokens.ts";
import type { Caller, Realm, SignInMethod } from "./types.ts";

export interface SignInInput extends Caller {
  readonly realm: Realm;
  readonly login: string;
  readonly password: string;
}

export type SecondFactorMethod = "totp" | "passkey" | "recovery_code";

export type SignInResult =
  | ({ readonly step: "signed_in"; readonly deviceCookie: string } & OpenedSession)
  | {
      readonly step: "second_factor";
      /** Stands for the password just verified; ten minutes, five tries. */
      readonly pendingToken: string;
      readonly methods: readonly SecondFactorMethod[];
    };

/** What a person typed, as it is stored: trimmed, NFC, lower case. */
export const normaliseLogin = (login: string): string => login.trim().normalize("NFC").toLowerCase();

export const badCredentials = (): Failure =>
  new Failure("unauthenticated", "identity.bad_credentials", "the login or the password is not right");

/**
 * First step of every web sign-in. The same answer and the same work for unknown, disabled and wrong (R73).
 * @throws unauthenticated `identity.bad_credentials`, rate_limited `identity.too_many_attempts`, unavailable `identity.busy`.
 */
export async function signIn(ctx: IdentityContext, input: SignInInput): Promise<SignInResult> {
  const login = normaliseLogin(input.login).slice(0, identityLimits.loginCharsMax);
  const deviceId = readDeviceCookie(ctx, input.realm, login, input.deviceCookie);
  const taken = await ctx.brake.take({ realm: input.realm, login, ip: input.ip, deviceId, secret: input.password });
  const found = await ctx.db.lookup((tx) => findLogin(tx, input.realm, login));
  const usable = found !== null && found.status === "active" && found.tenantState !== "departed";
  const matches = await ctx.hasher.verify(usable ? found.passwordHash : null, input.password);
  if (!usable || !matches) {
    ctx.logger.info("identity.sign_in_refused", { realm: input.realm, ip: input.ip, known: found !== null });
    if (found !== null)
      await ctx.db.tenant(found.tenantId, (tx) =>
        recordAudit(
          tx,
          { kind: "visitor", ip: input.ip },
          { action: "identity.sign_in_refused", object: { kind: "principal", id: found.principalId } },
        ),
      );
    throw badCredentials();
  }
  const stronger =
    found.passwordHash !== null && ctx.hasher.isOutdated(found.passwordHash)
      ? await ctx.hasher.hash(input.password)
      : null;
  const outcome = await ctx.db.tenant(found.tenantId, async (tx) => {
    // Whoever sets another password has this row until it is set, and ends the sessions that he sees.
    await selectPrincipal(tx, found.principalId, true);
    // Another sign-in may have made it stronger: whoever comes again with the right one is let in.
    if ((await selectPasswordHash(tx, found.principalId)) !== found.passwordHash)
      throw new Failure("unavailable", "identity.busy", "the password was changed during this sign-in; try again");
    if (stronger !== null && found.passwordHash !== null)
      await upgradePasswordHash(tx, found.principalId, found.passwordHash, stronger);
    const methods = await secondFactorsOf(ctx, tx, input.realm, found.principalId);
    if (methods.length > 0) return { pending: await openPending(ctx, tx, found.principalId), methods };
    return { opened: await completeSignIn(ctx, tx, { ...found, realm: input.realm, methods: ["password"] }, input) };
  });
  if (outcome.opened === undefined) {
    await taken.refund();
    return { step: "second_factor", pendingToken: outcome.pending, methods: outcome.methods };
  }
  await taken.right();
  return signedIn(ctx, input.realm, login, outcome.opened.token, input.ip);
}

/** The second steps that this person has set up; empty when there is none. */
export async function secondFactorsOf(
  ctx: IdentityContext,
  tx: TenantTx,
  realm: Realm,
  principalId: PrincipalId,
): Promise<SecondFactorMethod[]> {
  const passkeys = await selectPasskeys(tx, principalId);
  const totp = await selectTotp(tx, principalId);
  const methods: SecondFactorMethod[] = [];
  // Where operators must use a passkey, one they have set up cannot be stepped around with a code.
  const passkeyOnly = realm === "operator" && ctx.operatorFactor === "passkey" && passkeys.length > 0;
  if (totp?.confirmedAt && !passkeyOnly) methods.push("totp");
  if (passkeys.length > 0) methods.push("passkey");
  if (methods.length > 0 && (await countRecoveryCodes(tx, principalId)) > 0) methods.push("recovery_code");
  return methods;
}

async function openPending(ctx: IdentityContext, tx: TenantTx, principalId: PrincipalId): Promise<string> {
  const secret = freshSecret(ctx.random);
  const nowMs = ctx.clock.nowMs();
  await insertToken(tx, {
    id: newId(ctx.clock, ctx.random),
    principalId,
    purpose: "second_factor",
    hash: secret.hash,
    at: new Date(nowMs),
    expiresAt: new Date(nowMs + identityLimits.pendingSignInMs),
  });
  return secret.text;
}

export interface CompletedSignIn {
  readonly tenantId: TenantId;
  readonly principalId: PrincipalId;
  readonly realm: Realm;
  readonly methods: readonly SignInMethod[];
}

/** Opens the session, notes the time and writes the audit row. */
export async function completeSignIn(
  ctx: IdentityContext,
  tx: TenantTx,
  who: CompletedSignIn,
  caller: Caller,
): Promise<{ readonly token: string }> {
  const opened = await openSession(ctx, tx, who, caller);
  await noteSignIn(tx, who.principalId, new Date(ctx.clock.nowMs()));
  const principal = await selectPrincipal(tx, who.principalId);
  const { tenantId, principalId } = who;
  const actor =
    principal?.role && who.realm === "user"
      ? ({ kind: "user", tenantId, principalId, role: principal.role, ip: caller.ip } as const)
      : who.realm === "operator"
        ? ({ kind: "operator", principalId, roles: principal?.operatorRoles ?? [], ip: caller.ip } as const)
        : ({ kind: "visitor", ip: caller.ip } as const);
  await recordAudit(tx, actor, {
    action: "identity.signed_in",
    object: { kind: "principal", id: who.principalId },
    details: { methods: [...who.methods], session: opened.sessionId },
  });
  return opened;
}

/** The answer of a completed sign-in: the resolved session, its token and a device cookie. */
export async function signedIn(
  ctx: IdentityContext,
  realm: Realm,
  login: string,
  token: string,
  ip: string,
): Promise<SignInResult & { step: "signed_in" }> {
  const session = await resolveSession(ctx, realm, token, ip);
  if (session === null) throw new Failure("unauthenticated", "identity.not_signed_in", "the session has ended");
  return { step: "signed_in", token, session, deviceCookie: issueDeviceCookie(ctx, realm, login) };
}
