import type { Actor } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { MailboxServices } from "./services.ts";
import { raiseEpochs } from "./store-jobs.ts";

/**
 * After the database was restored from a backup: UIDs and modseqs given out since then are unknown here and will be given
 * out again, so every client must forget what it knew. Raises every UIDVALIDITY and JMAP state epoch of the tenant; run
 * it before any listener opens. Returns the number of accounts.
 */
export async function forgetClientStates(tx: TenantTx, actor: Actor, services: MailboxServices): Promise<number> {
  const accounts = await raiseEpochs(tx, new Date(services.clock.nowMs()));
  await recordAudit(tx, actor, {
    action: "mailbox.epochs_raised",
    object: { kind: "tenant", id: tx.tenantId },
    details: { accounts },
  });
  return accounts;
}
