import type { SessionReply } from "@casaforte/contract/auth";
import type { Person } from "@casaforte/contract/people";
import { identityLimits } from "./limits.ts";
import type { Principal } from "./store-principals.ts";
import type { Session } from "./types.ts";

const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A session as its owner may see it. */
export function viewSession(session: Session): SessionReply {
  const { sessionId, tenantId, tenantName, principalId, realm, login, displayName, language, role } = session;
  const { hasTotp, hasPasskey, mustEnrol } = session;
  return {
    sessionId,
    tenantId,
    tenantName,
    principalId,
    realm,
    login,
    displayName,
    language,
    role,
    operatorRoles: [...session.operatorRoles],
    methods: [...session.methods],
    hasTotp,
    hasPasskey,
    mustEnrol,
    acting: session.acting ?? null,
    freshUntil: iso(session.authenticatedAtMs + identityLimits.freshAuthenticationMs),
    expiresAt: iso(session.expiresAtMs),
  };
}

/** Somebody as those who manage people see them. */
export function viewPerson(person: Principal): Person {
  const { id, login, displayName, language, role, status } = person;
  return {
    id,
    login,
    displayName,
    language,
    role,
    operatorRoles: [...person.operatorRoles],
    status,
    createdAt: person.createdAt.toISOString(),
    lastSignInAt: isoOrNull(person.lastSignInAt),
    endsAt: isoOrNull(person.endsAt),
  };
}
