import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
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
