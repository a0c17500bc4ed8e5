import { Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { type CreateTenantInput, createTenant, readTenant } from "@casaforte/modules/tenancy";
import { assertOperatorRole } from "./access-rules.ts";
import type { IdentityContext } from "./context.ts";
import { sendInvitation } from "./invitations.ts";
import { createPrincipal, parseLogin } from "./principals.ts";
import { assertUnrestricted } from "./sessions.ts";
import { findLogin } from "./store-principals.ts";
import type { Session } from "./types.ts";

export interface OwnerInput {
  readonly login: string;
  readonly displayName: string;
}

/**
 * Makes a customer and invites its first owner. The address is checked first, because tenant and owner are two
 * transactions; should the second still fail, the tenant is there and `inviteOwner` finishes the work.
 * @throws conflict `identity.login_taken`, invalid `tenancy.*`, forbidden `identity.forbidden`.
 */
export async function createTenantWithOwner(
  ctx: IdentityContext,
  session: Session,
  input: Omit<CreateTenantInput, "tenantId" | "nowMs"> & { readonly owner: OwnerInput },
): Promise<TenantId> {
  assertUnrestricted(session);
  assertOperatorRole(session.actor, "support", "billing", "security");
  const { owner, ...tenant } = input;
  await assertLoginFree(ctx, owner.login);
  const tenantId = newId<TenantId>(ctx.clock, ctx.random);
  await ctx.db.operator((tx) => createTenant(tx, session.actor, { ...tenant, tenantId, nowMs: ctx.clock.nowMs() }));
  await inviteOwner(ctx, session, { tenantId, owner });
  return tenantId;
}

async function assertLoginFree(ctx: IdentityContext, text: string): Promise<void> {
  const login = parseLogin(text);
  if ((await ctx.db.lookup((tx) => findLogin(tx, "user", login))) !== null)
    throw new Failure("conflict", "identity.login_taken", "this address already signs in here");
}

/** Invites somebody as an owner of a tenant; the customer sees in its log that an operator did. */
export async function inviteOwner(
  ctx: IdentityContext,
  session: Session,
  input: { readonly tenantId: TenantId; readonly owner: OwnerInput },
): Promise<PrincipalId> {
  assertUnrestricted(session);
  assertOperatorRole(session.actor, "support", "billing", "security");
  const id = newId<PrincipalId>(ctx.clock, ctx.random);
  await ctx.db.tenant(input.tenantId, async (tx) => {
    const tenant = await readTenant(tx, input.tenantId);
    if (tenant.state === "departed") throw new Failure("precondition", "tenancy.departed", "this tenant has departed");
    await createPrincipal(tx, session.actor, {
      ...input.owner,
      id,
      realm: "user",
      role: "owner",
      language: tenant.language,
      status: "invited",
      passwordHash: null,
      nowMs: ctx.clock.nowMs(),
    });
    await sendInvitation(ctx, tx, session.actor, { principalId: id, inviter: ctx.faces.operator.rpName });
  });
  return id;
}
