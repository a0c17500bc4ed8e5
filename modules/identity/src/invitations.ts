import { type Actor, Failure, newId, type PrincipalId, providerTenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { mailTime, notify } from "./notify.ts";
import { contextWords } from "./password-change.ts";
import { checkPassword } from "./password-rules.ts";
import { parseDisplayName } from "./principals.ts";
import { freshSecret, hashSecret } from "./secrets.ts";
import { completeSignIn, type SignInResult, signedIn } from "./sign-in.ts";
import {
  type Principal,
  selectPrincipal,
  updatePasswordHash,
  updateProfile,
  updateStatus,
} from "./store-principals.ts";
import { claimToken, deleteTokens, findToken, insertToken } from "./store-tokens.ts";
import { nameWithoutLinks } from "./strangers-mail.ts";
import type { Caller, Language, Realm } from "./types.ts";

/**
 * Mails an invitation to somebody whose status is `invited`; an earlier link ends (R75).
 * @throws precondition `identity.not_invited`.
 */
export async function sendInvitation(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: { readonly principalId: PrincipalId; readonly inviter: string },
): Promise<void> {
  const { person, link, untilMs } = await newLink(ctx, tx, input.principalId);
  const { name, shown } = await sender(ctx, tx);
  await notify(ctx, tx, person, "invitation", {
    inviter: shown(input.inviter),
    tenant: shown(name),
    link,
    until: mailTime(untilMs),
  });
  await recordAudit(tx, actor, { action: "identity.invited", object: { kind: "principal", id: person.id } });
}

/**
 * An invitation for somebody who cannot be written to yet: a mailbox for which nobody has chosen a password. Whoever makes it
 * hands the link on, and sees it this once; an earlier one ends. @throws precondition `identity.not_invited`.
 */
export async function invitationLink(
  ctx: IdentityContext,
  tx: TenantTx,
  actor: Actor,
  input: { readonly principalId: PrincipalId },
): Promise<{ readonly link: string; readonly expiresAt: Date }> {
  const { person, link, untilMs } = await newLink(ctx, tx, input.principalId);
  await recordAudit(tx, actor, { action: "identity.invitation_made", object: { kind: "principal", id: person.id } });
  return { link, expiresAt: new Date(untilMs) };
}

async function newLink(
  ctx: IdentityContext,
  tx: TenantTx,
  id: PrincipalId,
): Promise<{ readonly person: Principal; readonly link: string; readonly untilMs: number }> {
  const person = await selectPrincipal(tx, id, true);
  if (person?.status !== "invited")
    throw new Failure("precondition", "identity.not_invited", "only somebody who was invited gets an invitation");
  const secret = freshSecret(ctx.random);
  const nowMs = ctx.clock.nowMs();
  const untilMs = nowMs + identityLimits.invitationMs;
  await deleteTokens(tx, person.id, "invitation");
  await insertToken(tx, {
    id: newId(ctx.clock, ctx.random),
    principalId: person.id,
    purpose: "invitation",
    hash: secret.hash,
    at: new Date(nowMs),
    expiresAt: new Date(untilMs),
  });
  return { person, link: `${ctx.faces[person.realm].origin}/accept-invitation#${secret.text}`, untilMs };
}

/** In whose name one is invited, and how names of its choice are written into a mail. */
async function sender(
  ctx: IdentityContext,
  tx: TenantTx,
): Promise<{ readonly name: string; shown(name: string): string }> {
  const asItIs = (name: string) => name;
  if (tx.tenantId === providerTenantId) return { name: ctx.faces.operator.rpName, shown: asItIs };
  const { name, signedUp } = await readTenant(tx, tx.tenantId);
  return { name, shown: signedUp ? nameWithoutLinks : asItIs };
}

const expired = () =>
  new Failure("precondition", "identity.link_expired", "this invitation was used or has expired; ask for a new one");

async function invited(tx: TenantTx, id: PrincipalId, realm: Realm): Promise<Principal> {
  const person = await selectPrincipal(tx, id);
  if (person?.status !== "invited" || person.realm !== realm) throw expired();
  return person;
}

/** What the page of an invitation shows. @throws precondition `identity.link_expired`. */
export async function readInvitation(
  ctx: IdentityContext,
  input: { readonly realm: Realm; readonly token: string },
): Promise<{
  readonly login: string;
  readonly displayName: string;
  readonly tenant: string;
  readonly language: Language;
}> {
  const found = await ctx.db.lookup((tx) => findToken(tx, hashSecret(input.token), "invitation"));
  if (found === null) throw expired();
  return ctx.db.tenant(found.tenantId, async (tx) => {
    const person = await invited(tx, found.principalId, input.realm);
    const { login, displayName, language } = person;
    return { login, displayName, language, tenant: (await sender(ctx, tx)).name };
  });
}

export interface AcceptInvitationInput extends Caller {
  readonly realm: Realm;
  readonly token: string;
  readonly password: string;
  readonly displayName: string;
  readonly language: Language;
}

/** Chooses a password and signs in. @throws precondition `identity.link_expired`, invalid `identity.password_*`. */
export async function acceptInvitation(
  ctx: IdentityContext,
  input: AcceptInvitationInput,
): Promise<SignInResult & { step: "signed_in" }> {
  const tokenHash = hashSecret(input.token);
  const found = await ctx.db.lookup((tx) => findToken(tx, tokenHash, "invitation"));
  if (found === null) throw expired();
  const displayName = parseDisplayName(input.displayName);
  const person = await ctx.db.tenant(found.tenantId, async (tx) => {
    const row = await invited(tx, found.principalId, input.realm);
    checkPassword(input.password, await contextWords(ctx, tx, { login: row.login, displayName }));
    return row;
  });
  const hash = await ctx.hasher.hash(input.password);
  const opened = await ctx.db.tenant(found.tenantId, async (tx) => {
    const now = new Date(ctx.clock.nowMs());
    if ((await claimToken(tx, tokenHash, "invitation", now)) === null) throw expired();
    await updatePasswordHash(tx, person.id, hash, now);
    await updateProfile(tx, person.id, { displayName, language: input.language });
    await updateStatus(tx, person.id, "active");
    announceChange(ctx, tx, person.id);
    // Who chose the password of a mailbox has not joined those who work in the console.
    const act =
      person.realm === "mail" ? { action: "identity.mailbox_entered" } : { action: "identity.invitation_accepted" };
    await recordAudit(tx, { kind: "visitor", ip: input.ip }, { ...act, object: { kind: "principal", id: person.id } });
    const who = {
      tenantId: found.tenantId,
      principalId: person.id,
      realm: input.realm,
      methods: ["password"] as const,
    };
    return completeSignIn(ctx, tx, who, input);
  });
  return signedIn(ctx, input.realm, person.login, opened.token, input.ip);
}
