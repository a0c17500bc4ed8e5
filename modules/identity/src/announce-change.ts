import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { identityTopic } from "./verified-logins.ts";

/** After the commit, every process forgets what it remembered of this principal's logins. */
export function announceChange(ctx: IdentityContext, tx: TenantTx, principalId: PrincipalId): void {
  tx.afterCommit(() => {
    ctx.verified.drop(principalId);
    ctx.bus.publish(identityTopic(principalId));
  });
}
