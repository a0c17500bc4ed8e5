import type { Actor } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { tellFactorChange } from "./enrol-totp.ts";
import { deleteFactors } from "./store-factors.ts";
import type { Principal } from "./store-principals.ts";

/**
 * Takes a mailbox's passkeys, authenticator and recovery codes away in an administrator's name; its person is told by mail where
 * there was something to sign in with. Sessions, links and the recovery address are the caller's to end, in the same transaction.
 */
export async function endFactors(ctx: IdentityContext, tx: TenantTx, actor: Actor, person: Principal): Promise<void> {
  const ended = await deleteFactors(tx, person.id);
  await recordAudit(tx, actor, {
    action: "identity.factors_ended",
    object: { kind: "principal", id: person.id },
    details: { ...ended },
  });
  if (ended.passkeys + ended.authenticators > 0)
    await tellFactorChange(ctx, tx, { login: person.login, language: person.language, actor }, "factors_ended");
}
