import { type Actor, Failure, type PrincipalId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { endFactors } from "./end-factors.ts";
import { endMailSecrets } from "./end-mail-secrets.ts";
import { endAccess } from "./manage-principal.ts";
import { forgetRecoveryAddress } from "./recovery-address.ts";
import { selectPrincipal } from "./store-principals.ts";

/**
 * An administrator ends a mailbox's app passwords and connected programs, open sessions of mail programs too (R13); the password
 * and webmail's sessions stay. With `factors` its passkeys, authenticator, recovery codes and recovery address end as well, and so
 * do all sessions and unused links; the person is told by mail, and the password alone signs in, to what rules that demand a factor leave open.
 * @throws not_found `identity.no_principal`.
 */
export async function disconnectMailAccount(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  { principalId, factors }: { readonly principalId: PrincipalId; readonly factors: boolean },
): Promise<void> {
  // Waits for what is being made in its sessions, so that it ends with the rest.
  const person = await selectPrincipal(tx, principalId, true);
  if (person?.realm !== "mail")
    throw new Failure("not_found", "identity.no_principal", "there is no such mail account");
  const ended = await endMailSecrets(tx, principalId);
  announceChange(ctx, tx, principalId);
  await recordAudit(tx, actor, {
    action: "identity.mail_secrets_ended",
    object: { kind: "principal", id: principalId },
    details: { ...ended },
  });
  if (!factors) return;
  await endFactors(ctx, tx, actor, person);
  await endAccess(tx, person.id);
  // Whoever held a passkey could name another one meanwhile, and ask there for a new password.
  await forgetRecoveryAddress(ctx, tx, person, actor);
}
