import { Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { announceChange } from "./announce-change.ts";
import type { IdentityContext } from "./context.ts";
import { oneSpelling } from "./login-spelling.ts";
import { endAccess, removePrincipal } from "./manage-principal.ts";
import { assertNotLast } from "./people.ts";
import { parseDisplayName } from "./principals.ts";
import { assertFresh, assertUnrestricted } from "./sessions.ts";
import { normaliseLogin } from "./sign-in.ts";
import { selectPrincipal, updateProfile } from "./store-principals.ts";
import type { Language, Session } from "./types.ts";

/** A mailbox's name and end are its organisation's to decide (R12). @throws forbidden `identity.role`. */
function assertOwnAccount(session: Session): void {
  assertUnrestricted(session);
  if (session.realm === "mail")
    throw new Failure("forbidden", "identity.role", "whoever manages the mailboxes changes this");
}

/** Puts one's own name and language right (R81). @throws invalid `identity.display_name`. */
export async function changeProfile(
  ctx: IdentityContext,
  session: Session,
  input: { readonly displayName: string; readonly language: Language },
): Promise<void> {
  assertOwnAccount(session);
  const displayName = parseDisplayName(input.displayName);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    await updateProfile(tx, session.principalId, { displayName, language: input.language });
    announceChange(ctx, tx, session.principalId);
    // Names are not for the log: entries stay when a person is erased.
    await recordAudit(tx, session.actor, {
      action: "identity.profile_changed",
      object: { kind: "principal", id: session.principalId },
    });
  });
}

/**
 * Erases oneself: account, factors, sessions and links go at once, and what bears the address elsewhere bears a pseudonym
 * (R81). An auditor's account goes with the audit. `login`: typed once more. @throws invalid `identity.not_your_login`, precondition `identity.last_owner`, forbidden
 * `identity.reauthentication_required`.
 */
export async function eraseSelf(
  ctx: IdentityContext,
  session: Session,
  input: { readonly login: string },
): Promise<void> {
  assertOwnAccount(session);
  if (oneSpelling(normaliseLogin(input.login)) !== oneSpelling(session.login))
    throw new Failure("invalid", "identity.not_your_login", "type your own sign-in address");
  assertFresh(ctx, session);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    const person = await selectPrincipal(tx, session.principalId, true);
    if (person === null) throw new Failure("not_found", "identity.no_principal", "there is no such person");
    if (person.role === "auditor")
      throw new Failure("conflict", "identity.auditor", "an auditor's access ends with the audit");
    await assertNotLast(tx, person);
    await endAccess(tx, person.id);
    await removePrincipal(ctx, tx, session.actor, { principalId: person.id });
  });
}
