import { type Actor, Failure, type OperatorRole, type PrincipalId, type TenantRole } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { identityLimits } from "./limits.ts";
import { spellLogin } from "./login-spelling.ts";
import { normaliseLogin } from "./sign-in.ts";
import { insertPrincipal, selectPrincipal } from "./store-principals.ts";
import type { Language, PrincipalStatus, Realm } from "./types.ts";

export interface CreatePrincipalInput {
  /** A fresh id; for realm `mail`, the mail account's own id. */
  readonly id: PrincipalId;
  readonly realm: Realm;
  /** An e-mail address. */
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  readonly role?: TenantRole;
  readonly operatorRoles?: readonly OperatorRole[];
  readonly status: PrincipalStatus;
  /** From `identity.preparePassword`; null for somebody who will choose one by invitation. */
  readonly passwordHash: string | null;
  readonly nowMs: number;
  /** When an auditor's access ends by itself; for that role alone, and then always. */
  readonly endsAtMs?: number;
}

const addressPattern = /^[^\s@\p{Cc}<>()[\]\\,;:"]{1,64}@[^\s@\p{Cc}<>()[\]\\,;:"]{1,255}$/u;

/** A login is an e-mail address. @throws invalid `identity.login`. */
export function parseLogin(text: string): string {
  const login = normaliseLogin(text);
  if (login.length > identityLimits.loginCharsMax || !addressPattern.test(login))
    throw new Failure("invalid", "identity.login", "the login is an e-mail address");
  return login;
}

/** A login that is mailed to, in the one spelling of its address. @throws invalid `identity.login`. */
export const parseMailedLogin = (text: string): string => parseLogin(spellLogin(parseLogin(text))?.letters ?? "");

/** A name on one line, which may be empty. @throws invalid `identity.display_name`. */
export function parseDisplayName(text: string): string {
  const name = text.trim();
  if (name.length > identityLimits.displayNameCharsMax || /\p{Cc}/u.test(name))
    throw new Failure("invalid", "identity.display_name", "a name is one line of at most 200 characters");
  return name;
}

export const loginTaken = (cause?: unknown): Failure =>
  new Failure("conflict", "identity.login_taken", "this address already signs in here", { cause });

/**
 * Adds somebody who can sign in. In the provider's tenant for realm `operator`.
 * @throws conflict `identity.login_taken`, invalid `identity.login`.
 */
export async function createPrincipal(tx: TenantTx, actor: Actor, input: CreatePrincipalInput): Promise<PrincipalId> {
  // A mailbox's own address is spelled as its domain is kept.
  const login = (input.realm === "mail" ? parseLogin : parseMailedLogin)(input.login);
  try {
    await tx.sql.savepoint((sql) =>
      insertPrincipal(
        { ...tx, sql },
        {
          tenantId: tx.tenantId,
          id: input.id,
          realm: input.realm,
          login,
          displayName: parseDisplayName(input.displayName),
          language: input.language,
          role: input.role ?? null,
          operatorRoles: input.operatorRoles ?? [],
          status: input.status,
          passwordHash: input.passwordHash,
          endsAt: input.endsAtMs === undefined ? null : new Date(input.endsAtMs),
        },
        new Date(input.nowMs),
      ),
    );
  } catch (cause) {
    if (isViolation(cause, "identity_principals_login_global") || isViolation(cause, "identity_principals_login"))
      throw loginTaken(cause);
    throw cause;
  }
  await recordAudit(tx, actor, {
    action: "identity.principal_created",
    object: { kind: "principal", id: input.id },
    details: { realm: input.realm, role: input.role ?? null, operatorRoles: [...(input.operatorRoles ?? [])] },
  });
  return input.id;
}

/** @throws not_found `identity.no_principal`. */
export async function readPrincipal(tx: TenantTx, id: PrincipalId) {
  const principal = await selectPrincipal(tx, id);
  if (principal === null) throw new Failure("not_found", "identity.no_principal", "there is no such person");
  return principal;
}
