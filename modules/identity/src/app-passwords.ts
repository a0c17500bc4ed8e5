import { Failure, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { announceChange } from "./announce-change.ts";
import { toBase32 } from "./base32.ts";
import type { IdentityContext } from "./context.ts";
import { identityLimits } from "./limits.ts";
import { assertFresh, assertStands, assertUnrestricted } from "./sessions.ts";
import { type AppPasswordRow, deleteAppPassword, insertAppPassword, selectAppPasswords } from "./store-mail-login.ts";
import type { MailProtocol, Session } from "./types.ts";

/** 128 random bits in base32: 26 characters of a–z and 2–7, shown in groups that a person can type on a phone. */
const shape = /^[a-z2-7]{26}$/;

/** The secret inside what somebody typed, or null when it cannot be an app password. */
export function parseAppPassword(text: string): string | null {
  const bare = text.replace(/[\s-]/g, "").toLowerCase();
  return shape.test(bare) ? bare : null;
}

function assertMailAccount(session: Session): void {
  if (session.realm !== "mail")
    throw new Failure("forbidden", "identity.forbidden", "app passwords belong to mail accounts");
}

/** The account's app passwords with their last use (R53). */
export function listAppPasswords(ctx: IdentityContext, session: Session): Promise<AppPasswordRow[]> {
  assertMailAccount(session);
  return ctx.db.tenant(session.tenantId, (tx) => selectAppPasswords(tx, session.principalId));
}

export interface CreateAppPasswordInput {
  readonly name: string;
  readonly protocols: readonly MailProtocol[];
  readonly expiresAtMs: number | null;
}

/**
 * Makes an app password; `secret` is shown once and never again (R53).
 * @throws unauthenticated `identity.not_signed_in`, forbidden `identity.reauthentication_required`, invalid
 * `identity.app_password_name`,
 * unsupported `identity.protocol_not_offered`, over_quota `identity.app_passwords_full`.
 */
export async function createAppPassword(
  ctx: IdentityContext,
  session: Session,
  input: CreateAppPasswordInput,
): Promise<{ readonly id: string; readonly secret: string }> {
  assertMailAccount(session);
  assertUnrestricted(session);
  assertFresh(ctx, session);
  const name = input.name.trim();
  if (name.length === 0 || name.length > 100 || /\p{Cc}/u.test(name))
    throw new Failure("invalid", "identity.app_password_name", "name it on one line of at most 100 characters");
  if (!input.protocols.every((protocol) => ctx.offered.includes(protocol)))
    throw new Failure("unsupported", "identity.protocol_not_offered", "this protocol is not offered here");
  const bare = toBase32(ctx.random.bytes(16));
  const id = newId(ctx.clock, ctx.random);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if ((await selectAppPasswords(tx, session.principalId)).length >= identityLimits.appPasswordsMax)
      throw new Failure("over_quota", "identity.app_passwords_full", "remove an app password first");
    await insertAppPassword(tx, {
      id,
      principalId: session.principalId,
      name,
      hash: ctx.keys.macs("app_password", session.principalId, bare)[0],
      protocols: [...new Set(input.protocols)],
      at: new Date(ctx.clock.nowMs()),
      expiresAt: input.expiresAtMs === null ? null : new Date(input.expiresAtMs),
    });
    await assertStands(ctx, tx, session);
    await recordAudit(tx, session.actor, {
      action: "identity.app_password_created",
      object: { kind: "principal", id: session.principalId },
      details: { id, name, protocols: [...input.protocols] },
    });
  });
  return { id, secret: (bare.match(/.{1,4}/g) ?? []).join("-") };
}

/** Ends an app password everywhere at once. @throws not_found `identity.no_app_password`. */
export async function removeAppPassword(ctx: IdentityContext, session: Session, id: string): Promise<void> {
  assertMailAccount(session);
  await ctx.db.tenant(session.tenantId, async (tx) => {
    if (!(await deleteAppPassword(tx, session.principalId, id)))
      throw new Failure("not_found", "identity.no_app_password", "there is no such app password");
    announceChange(ctx, tx, session.principalId);
    await recordAudit(tx, session.actor, {
      action: "identity.app_password_removed",
      object: { kind: "principal", id: session.principalId },
      details: { id },
    });
  });
}
