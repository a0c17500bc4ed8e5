import type { Actor, PrincipalId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { deleteAppPasswords } from "./store-mail-login.ts";
import { deletePrograms } from "./store-programs.ts";

/** How many ways in beside the password ended. */
export interface EndedMailSecrets {
  readonly appPasswords: number;
  /** With those that still waited for their code to be brought. */
  readonly programs: number;
}

/**
 * Ends a mailbox's app passwords and connected programs: whoever had the password may have made some. Open sessions of mail
 * programs end when the caller announces the change.
 */
export async function endMailSecrets(tx: TenantTx, principalId: PrincipalId): Promise<EndedMailSecrets> {
  const appPasswords = await deleteAppPasswords(tx, principalId);
  return { appPasswords, programs: await deletePrograms(tx, principalId) };
}

/** An administrator ends them all, open sessions of mail programs too (R13); the password and webmail's sessions stay. */
export async function disconnectMailAccount(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  { principalId }: { readonly principalId: PrincipalId },
): Promise<void> {
  const ended = await endMailSecrets(tx, principalId);
  announceChange(ctx, tx, principalId);
  await recordAudit(tx, actor, {
    action: "identity.mail_secrets_ended",
    object: { kind: "principal", id: principalId },
    details: { ...ended },
  });
}
