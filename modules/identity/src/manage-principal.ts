import { type Actor, Failure, type PrincipalId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { endFactors } from "./end-factors.ts";
import { endMailSecrets } from "./end-mail-secrets.ts";
import { parseLogin } from "./principals.ts";
import { forgetRecoveryAddress } from "./recovery-address.ts";
import { deleteApiTokens } from "./store-api-tokens.ts";
import {
  deletePrincipal,
  noteEraseWanted,
  type Principal,
  selectEraseWanted,
  selectPasswordHash,
  selectPrincipal,
  updateLogin,
  updateMailAccess,
  updatePasswordHash,
  updateStatus,
} from "./store-principals.ts";
import { deleteSessions } from "./store-sessions.ts";
import { deleteTokens } from "./store-tokens.ts";
import type { MailProtocol } from "./types.ts";

/** What other modules do to people and mail accounts, inside their own transactions. */

async function locked(tx: TenantTx, id: PrincipalId): Promise<Principal> {
  const principal = await selectPrincipal(tx, id, true);
  if (principal === null) throw new Failure("not_found", "identity.no_principal", "there is no such person");
  return principal;
}

/** Which protocols a mail account may use, and whether it takes app passwords only (R13, R53). */
export async function setMailAccess(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly principalId: PrincipalId;
    readonly protocols: readonly MailProtocol[];
    readonly appPasswordsOnly: boolean;
  },
): Promise<void> {
  const before = await locked(tx, input.principalId);
  if (before.realm !== "mail") throw new Failure("not_found", "identity.no_principal", "there is no such mail account");
  await updateMailAccess(tx, input.principalId, input);
  announceChange(ctx, tx, input.principalId);
  await recordAudit(tx, actor, {
    action: "identity.mail_access_changed",
    object: { kind: "principal", id: input.principalId },
    details: {
      old: { protocols: [...before.protocols], appPasswordsOnly: before.appPasswordsOnly },
      new: { protocols: [...input.protocols], appPasswordsOnly: input.appPasswordsOnly },
    },
  });
}

/** Disables (ends every session, token and open link) or enables again; a mailbox without a password is as invited as before. */
export async function setPrincipalStatus(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: { readonly principalId: PrincipalId; readonly status: "active" | "disabled" },
): Promise<void> {
  const before = await locked(tx, input.principalId);
  const isInvited =
    input.status === "active" && before.realm === "mail" && (await selectPasswordHash(tx, before.id)) === null;
  const status = isInvited ? "invited" : input.status;
  if (before.status === status) return;
  await updateStatus(tx, input.principalId, status);
  if (input.status === "disabled") {
    await endAccess(tx, input.principalId);
    await deleteApiTokens(tx, input.principalId);
  }
  announceChange(ctx, tx, input.principalId);
  await recordAudit(tx, actor, {
    action: input.status === "disabled" ? "identity.principal_disabled" : "identity.principal_enabled",
    object: { kind: "principal", id: input.principalId },
  });
}

/** Ends sessions and unused links. */
export async function endAccess(tx: TenantTx, principalId: PrincipalId): Promise<void> {
  await deleteSessions(tx, principalId, null);
  await deleteTokens(tx, principalId, null);
}

/**
 * A password set by an administrator: sessions, app passwords, connected programs and the recovery address end, delays are
 * lifted. With `factors` a mailbox's passkeys, authenticator and recovery codes end in the same moment (R13). `passwordHash` comes
 * from `preparePassword`.
 */
export async function setPassword(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly principalId: PrincipalId;
    readonly passwordHash: string;
    readonly nowMs: number;
    readonly factors?: boolean;
  },
): Promise<void> {
  const before = await locked(tx, input.principalId);
  await updatePasswordHash(tx, input.principalId, input.passwordHash, new Date(input.nowMs));
  if (before.status === "invited") await updateStatus(tx, input.principalId, "active");
  // Before the sessions, in the order of whoever turns one on.
  if (input.factors) await endFactors(ctx, tx, actor, before);
  await endAccess(tx, input.principalId);
  const ended = await endMailSecrets(tx, input.principalId);
  await forgetRecoveryAddress(ctx, tx, before, actor);
  announceChange(ctx, tx, input.principalId);
  tx.afterCommit(() => ctx.brake.forget(before.realm, before.login, true));
  await recordAudit(tx, actor, {
    action: "identity.password_set",
    object: { kind: "principal", id: input.principalId },
    details: { ...ended },
  });
}

/** Another sign-in address, for a mail account whose address changes. @throws conflict `identity.login_taken`. */
export async function setLogin(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: { readonly principalId: PrincipalId; readonly login: string },
): Promise<void> {
  await locked(tx, input.principalId);
  const login = parseLogin(input.login);
  try {
    await tx.sql.savepoint((sql) => updateLogin({ ...tx, sql }, input.principalId, login));
  } catch (cause) {
    if (isViolation(cause))
      throw new Failure("conflict", "identity.login_taken", "this address already signs in here", { cause });
    throw cause;
  }
  announceChange(ctx, tx, input.principalId);
  await recordAudit(tx, actor, {
    action: "identity.login_changed",
    object: { kind: "principal", id: input.principalId },
  });
}

/**
 * Takes somebody away with sessions, factors, links and app passwords. Audit rows keep the id only, and other modules a
 * pseudonym (R81). Under a hold access ends all the same and nobody sees the person, but the rows stay until the sweep
 * finds that none stands; the log does not tell, since its customer does not learn of holds (R92).
 */
export async function removePrincipal(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: { readonly principalId: PrincipalId },
): Promise<void> {
  const before = await locked(tx, input.principalId);
  if (await ctx.isHeld(tx.tenantId)) {
    await endAccess(tx, before.id);
    await deleteApiTokens(tx, before.id);
    await noteEraseWanted(tx, before.id, new Date(ctx.clock.nowMs()));
  } else await erase(ctx, tx, before);
  announceChange(ctx, tx, input.principalId);
  await recordAudit(tx, actor, {
    action: "identity.principal_removed",
    object: { kind: "principal", id: input.principalId },
    details: { realm: before.realm, role: before.role },
  });
}

async function erase(ctx: IdentityContext, tx: TenantTx, { id, login }: Principal): Promise<void> {
  await deletePrincipal(tx, id);
  await ctx.forgetPerson(tx, { principalId: id, address: login });
}

/** Ends the rows of whoever was removed while a hold stood. The caller knows that none stands. */
export async function finishErasures(ctx: IdentityContext, tx: TenantTx): Promise<void> {
  for (const person of await selectEraseWanted(tx)) await erase(ctx, tx, person);
}
