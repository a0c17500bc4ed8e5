import { Failure, type PrincipalId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import { toBase32 } from "./base32.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { assertFresh, assertStands } from "./sessions.ts";
import { claimRecoveryCode, replaceRecoveryCodes } from "./store-factors.ts";
import { selectPrincipal } from "./store-principals.ts";
import type { Session } from "./types.ts";

/** Fresh recovery codes: 120 random bits each, stored as keyed hashes; all earlier ones end (ASVS 6.5.1, 6.5.2). */
export async function issueRecoveryCodes(
  ctx: IdentityContext,
  tx: TenantTx,
  principalId: PrincipalId,
): Promise<string[]> {
  const bare = Array.from({ length: identityLimits.recoveryCodes }, () => toBase32(ctx.random.bytes(15)));
  await replaceRecoveryCodes(
    tx,
    principalId,
    bare.map((code) => ctx.keys.macs("recovery_code", principalId, code)[0]),
  );
  return bare.map((code) => (code.match(/.{1,4}/g) ?? []).join("-"));
}

/** True once for each code. */
export function useRecoveryCode(
  ctx: IdentityContext,
  tx: TenantTx,
  principalId: PrincipalId,
  code: string,
): Promise<boolean> {
  const bare = code.replace(/[\s-]/g, "").toLowerCase();
  const hashes = ctx.keys.macs("recovery_code", principalId, bare);
  return claimRecoveryCode(tx, principalId, hashes, new Date(ctx.clock.nowMs()));
}

/**
 * New codes for somebody with a second factor; the old ones end.
 * @throws unauthenticated `identity.not_signed_in`, precondition `identity.no_second_factor`.
 */
export async function regenerateRecoveryCodes(ctx: IdentityContext, session: Session): Promise<string[]> {
  assertFresh(ctx, session);
  if (!session.hasTotp && !session.hasPasskey)
    throw new Failure("precondition", "identity.no_second_factor", "set up a second factor first");
  return ctx.db.tenant(session.tenantId, async (tx) => {
    // The person's row before a factor's, as whoever takes the factors away.
    await selectPrincipal(tx, session.principalId, true);
    const codes = await issueRecoveryCodes(ctx, tx, session.principalId);
    await assertStands(ctx, tx, session);
    await recordAudit(tx, session.actor, {
      action: "identity.recovery_codes_regenerated",
      object: { kind: "principal", id: session.principalId },
    });
    return codes;
  });
}
