import {
  Failure,
  newId,
  type OperatorRole,
  type PrincipalId,
  providerTenantId,
  type TenantId,
  type TenantRole,
} from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { assertOperatorRole, assertTenantRole } from "./access-rules.ts";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { sendInvitation } from "./invitations.ts";
import { identityLimits } from "./limits.ts";
import { endAccess, removePrincipal, setPrincipalStatus } from "./manage-principal.ts";
import { mailTime } from "./notify.ts";
import { createPrincipal } from "./principals.ts";
import { assertUnrestricted } from "./sessions.ts";
import {
  lockActiveOwners,
  lockActiveSecurityOperators,
  type Principal,
  selectPrincipal,
  selectPrincipals,
  updateRoles,
} from "./store-principals.ts";
import { countStrangersMail } from "./strangers-mail.ts";
import type { Language, Realm, Session } from "./types.ts";

export interface ListPeopleInput {
  readonly search?: string;
  readonly cursor?: string;
  readonly count?: number;
}

export interface PeoplePage {
  readonly people: readonly Principal[];
  readonly nextCursor: string | null;
}

/** A realm's people in a tenant, by login, a page at a time. In an operator's transaction for any tenant. */
export async function listPrincipals(
  tx: TenantTx | OperatorTx,
  input: ListPeopleInput & { readonly tenantId: TenantId; readonly realm: Realm },
): Promise<PeoplePage> {
  const count = Math.min(Math.max(1, input.count ?? 50), identityLimits.pageSizeMax);
  const rows = await selectPrincipals(tx, {
    tenantId: input.tenantId,
    realm: input.realm,
    search: input.search === undefined || input.search.trim() === "" ? null : input.search.trim().slice(0, 200),
    after: input.cursor ?? null,
    count: count + 1,
  });
  const people = rows.slice(0, count);
  return { people, nextCursor: rows.length > count ? (people.at(-1)?.login ?? null) : null };
}

/** Who may manage whom: owners and admins their tenant's people, security operators the operators (R74). */
function assertManages(session: Session): "user" | "operator" {
  assertUnrestricted(session);
  if (session.realm === "operator") {
    assertOperatorRole(session.actor, "security");
    return "operator";
  }
  assertTenantRole(session.actor, "owner", "admin");
  return "user";
}

export async function listPeople(ctx: IdentityContext, session: Session, input: ListPeopleInput): Promise<PeoplePage> {
  const realm = assertManages(session);
  return ctx.db.tenant(session.tenantId, (tx) => listPrincipals(tx, { ...input, tenantId: session.tenantId, realm }));
}

export interface InvitePersonInput {
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  readonly role?: TenantRole;
  readonly operatorRoles?: readonly OperatorRole[];
}

interface Roles {
  readonly role: TenantRole | null;
  readonly operatorRoles: readonly OperatorRole[];
}

function wantedRoles(
  realm: "user" | "operator",
  session: Session,
  input: { readonly role?: TenantRole; readonly operatorRoles?: readonly OperatorRole[] },
): Roles {
  if (realm === "operator") {
    if ((input.operatorRoles ?? []).length === 0 || input.role !== undefined)
      throw new Failure("invalid", "identity.roles", "an operator has at least one operator role");
    return { role: null, operatorRoles: [...new Set(input.operatorRoles)] };
  }
  if (input.role === undefined || input.operatorRoles !== undefined)
    throw new Failure("invalid", "identity.roles", "a person has one role");
  // An admin who could make owners would be an owner.
  if (input.role === "owner") assertTenantRole(session.actor, "owner");
  return { role: input.role, operatorRoles: [] };
}

/**
 * Invites somebody by mail; the link works once, for seven days (R75).
 * @throws conflict `identity.login_taken`, rate_limited `identity.too_many_mails`.
 */
export async function invitePerson(
  ctx: IdentityContext,
  session: Session,
  input: InvitePersonInput,
): Promise<PrincipalId> {
  const realm = assertManages(session);
  const roles = wantedRoles(realm, session, input);
  const id = newId<PrincipalId>(ctx.clock, ctx.random);
  await countStrangersMail(ctx, session);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    await createPrincipal(tx, session.actor, {
      id,
      realm,
      login: input.login,
      displayName: input.displayName,
      language: input.language,
      status: "invited",
      passwordHash: null,
      nowMs: ctx.clock.nowMs(),
      operatorRoles: roles.operatorRoles,
      ...(roles.role === null ? {} : { role: roles.role }),
    });
    await sendInvitation(ctx, tx, session.actor, { principalId: id, inviter: session.displayName || session.login });
  });
  return id;
}

/**
 * Sends the invitation again; the earlier link ends.
 * @throws precondition `identity.not_invited`, rate_limited `identity.too_many_mails`.
 */
export async function inviteAgain(ctx: IdentityContext, session: Session, principalId: PrincipalId): Promise<void> {
  assertManages(session);
  await countStrangersMail(ctx, session);
  await ctx.db.tenant(session.tenantId, (tx) =>
    sendInvitation(ctx, tx, session.actor, { principalId, inviter: session.displayName || session.login }),
  );
}

/** Somebody this session may manage, locked. An admin does not touch owners. */
async function managed(tx: TenantTx, session: Session, principalId: PrincipalId): Promise<Principal> {
  const realm = assertManages(session);
  // The last-owner rule locks owners first and in order, so that two owners who leave at once meet here.
  if (realm === "user") await lockActiveOwners(tx);
  else await lockActiveSecurityOperators(tx);
  const person = await selectPrincipal(tx, principalId, true);
  if (person === null || person.realm !== realm)
    throw new Failure("not_found", "identity.no_principal", "there is no such person");
  if (person.role === "owner") assertTenantRole(session.actor, "owner");
  // An auditor's access belongs to an audit and ends with it: nobody turns it into another or lengthens it here (R67).
  if (person.role === "auditor")
    throw new Failure("conflict", "identity.auditor", "an auditor's access is changed where the audit is");
  return person;
}

/** @throws precondition `identity.last_owner` when nobody else could manage people after this person is gone. */
export async function assertNotLast(tx: TenantTx, person: Principal): Promise<void> {
  const keepers = person.realm === "user" ? await lockActiveOwners(tx) : await lockActiveSecurityOperators(tx);
  if (keepers.length === 1 && keepers[0] === person.id)
    throw new Failure(
      "precondition",
      "identity.last_owner",
      "the last one who manages people cannot leave; name another first",
    );
}

/** Another role. Sessions live on, since each request reads the role anew. @throws precondition `identity.last_owner`. */
export async function changeRole(
  ctx: IdentityContext,
  session: Session,
  input: {
    readonly principalId: PrincipalId;
    readonly role?: TenantRole;
    readonly operatorRoles?: readonly OperatorRole[];
  },
): Promise<void> {
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const person = await managed(tx, session, input.principalId);
    const roles = wantedRoles(person.realm === "operator" ? "operator" : "user", session, input);
    const keepsManaging = person.realm === "user" ? roles.role === "owner" : roles.operatorRoles.includes("security");
    if (!keepsManaging) await assertNotLast(tx, person);
    await updateRoles(tx, person.id, roles.role, roles.operatorRoles);
    announceChange(ctx, tx, person.id);
    await recordAudit(tx, session.actor, {
      action: "identity.role_changed",
      object: { kind: "principal", id: person.id },
      details: {
        old: { role: person.role, operatorRoles: [...person.operatorRoles] },
        new: { role: roles.role, operatorRoles: [...roles.operatorRoles] },
      },
    });
  });
}

/** Disables or enables somebody. Disabling ends all sessions and links. */
export async function setPersonStatus(
  ctx: IdentityContext,
  session: Session,
  input: { readonly principalId: PrincipalId; readonly status: "active" | "disabled" },
): Promise<void> {
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const person = await managed(tx, session, input.principalId);
    if (person.status === "invited")
      throw new Failure("precondition", "identity.not_accepted", "the invitation has not been accepted yet");
    if (input.status === "disabled") await assertNotLast(tx, person);
    await setPrincipalStatus(ctx, tx, session.actor, input);
  });
}

/** Removes somebody, with sessions, links and factors (R75). Oneself too, unless the last owner. */
export async function removePerson(ctx: IdentityContext, session: Session, principalId: PrincipalId): Promise<void> {
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const person = await managed(tx, session, principalId);
    await assertNotLast(tx, person);
    await endAccess(tx, principalId);
    await removePrincipal(ctx, tx, session.actor, { principalId });
    const tenant = await readTenant(tx, tx.tenantId);
    if (person.status === "active")
      await ctx.sendSystemMail(tx, {
        to: person.login,
        template: "account_disabled",
        language: person.language,
        values: {
          product: ctx.faces.user.rpName,
          login: person.login,
          tenant: tenant.tenantId === providerTenantId ? ctx.faces.user.rpName : tenant.name,
          at: mailTime(ctx.clock.nowMs()),
        },
      });
  });
}
