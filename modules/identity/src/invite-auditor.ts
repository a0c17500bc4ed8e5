import { type Actor, newId, type PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { IdentityContext } from "./context.ts";
import { sendInvitation } from "./invitations.ts";
import { createPrincipal } from "./principals.ts";
import type { Language } from "./types.ts";

/**
 * Somebody from outside who may look at the evidence room until an instant, behind a second factor (R67). Returns whom.
 * @throws conflict `identity.login_taken`, invalid `identity.login`, `identity.display_name`.
 */
export async function inviteAuditor(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly login: string;
    readonly displayName: string;
    readonly language: Language;
    readonly inviter: string;
    readonly endsAtMs: number;
  },
): Promise<PrincipalId> {
  const id = newId<PrincipalId>(ctx.clock, ctx.random);
  const { login, displayName, language, endsAtMs, inviter } = input;
  await createPrincipal(tx, actor, {
    ...{ id, login, displayName, language, endsAtMs },
    realm: "user",
    role: "auditor",
    status: "invited",
    passwordHash: null,
    nowMs: ctx.clock.nowMs(),
  });
  await sendInvitation(ctx, tx, actor, { principalId: id, inviter });
  return id;
}
