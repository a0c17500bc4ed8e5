import type { OperatorRole, PrincipalId, TenantId, TenantRole } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import type { Language, Realm, SignInMethod } from "./types.ts";

export interface ResolvedRow {
  readonly tenantId: TenantId;
  readonly sessionId: string;
  readonly principalId: PrincipalId;
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  readonly role: TenantRole | null;
  readonly operatorRoles: readonly OperatorRole[];
  readonly methods: readonly SignInMethod[];
  readonly authenticatedAt: Date;
  readonly expiresAt: Date;
  readonly requireTwoFactor: boolean;
  readonly hasTotp: boolean;
  readonly hasPasskey: boolean;
  readonly tenantName: string;
}

export async function resolveToken(
  tx: LookupTx,
  hash: Buffer,
  realm: Realm,
  now: Date,
  idleMs: number,
): Promise<ResolvedRow | null> {
  const [row] = await tx.sql<ResolvedRow[]>`
    select tenant_id as "tenantId", session_id as "sessionId", principal_id as "principalId", login,
      display_name as "displayName", language, role, operator_roles as "operatorRoles", methods,
      authenticated_at as "authenticatedAt", expires_at as "expiresAt", require_two_factor as "requireTwoFactor",
      has_totp as "hasTotp", has_passkey as "hasPasskey", tenant_name as "tenantName"
    from identity_resolve_session(${hash}, ${realm}, ${now}, ${`${idleMs} milliseconds`}::interval)`;
  return row ?? null;
}

export interface NewSession {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly tokenHash: Buffer;
  readonly methods: readonly SignInMethod[];
  readonly at: Date;
  readonly expiresAt: Date;
  readonly ip: string;
  readonly userAgent: string;
}

export async function insertSession(tx: TenantTx, row: NewSession): Promise<void> {
  await tx.sql`insert into identity_sessions (tenant_id, id, principal_id, token_hash, methods, created_at, authenticated_at,
      last_seen_at, expires_at, ip, user_agent)
    values (${tx.tenantId}, ${row.id}, ${row.principalId}, ${row.tokenHash}, ${[...row.methods]}, ${row.at}, ${row.at},
      ${row.at}, ${row.expiresAt}, ${row.ip}, ${row.userAgent})`;
}

/** Keeps the newest sessions of a principal, so that a script that signs in for ever leaves a bounded trail. */
export async function trimSessions(tx: TenantTx, principalId: PrincipalId, keep: number): Promise<void> {
  await tx.sql`delete from identity_sessions where tenant_id = ${tx.tenantId} and id in (
    select id from identity_sessions where tenant_id = ${tx.tenantId} and principal_id = ${principalId}
    order by created_at desc, id desc offset ${keep})`;
}

/** A new secret for the same session: at step-up, and whenever the person's rights grow. */
export async function rotateToken(
  tx: TenantTx,
  sessionId: string,
  tokenHash: Buffer,
  methods: readonly SignInMethod[],
  at: Date,
): Promise<boolean> {
  const rows = await tx.sql`update identity_sessions
    set token_hash = ${tokenHash}, methods = ${[...methods]}, authenticated_at = ${at}, last_seen_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${sessionId} returning id`;
  return rows.length === 1;
}

export interface SessionRow {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly ip: string;
  readonly userAgent: string;
  readonly methods: readonly SignInMethod[];
}

export async function selectSessions(
  tx: TenantTx,
  principalId: PrincipalId,
  now: Date,
  idleMs: number,
): Promise<SessionRow[]> {
  return tx.sql<SessionRow[]>`
    select id, created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt", ip,
      user_agent as "userAgent", methods
    from identity_sessions where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and expires_at > ${now}
      and last_seen_at + ${`${idleMs} milliseconds`}::interval > ${now}
    order by last_seen_at desc`;
}

/** Whether this sign-in of the principal still stands. */
export async function hasSession(
  tx: TenantTx,
  of: { readonly principalId: PrincipalId; readonly sessionId: string },
  now: Date,
  idleMs: number,
): Promise<boolean> {
  const [row] = await tx.sql<{ found: boolean }[]>`select exists (select 1 from identity_sessions
    where tenant_id = ${tx.tenantId} and principal_id = ${of.principalId} and id = ${of.sessionId} and expires_at > ${now}
      and last_seen_at + ${`${idleMs} milliseconds`}::interval > ${now}) as found`;
  return row?.found ?? false;
}

/** When this sign-in of the principal ends at the latest, used or not; null when it has. */
export async function selectSessionEnd(
  tx: TenantTx,
  of: { readonly principalId: PrincipalId; readonly sessionId: string },
  now: Date,
): Promise<Date | null> {
  const [row] = await tx.sql<{ expiresAt: Date }[]>`
    select expires_at as "expiresAt" from identity_sessions
    where tenant_id = ${tx.tenantId} and principal_id = ${of.principalId} and id = ${of.sessionId} and expires_at > ${now}`;
  return row?.expiresAt ?? null;
}

export async function deleteSession(tx: TenantTx, principalId: PrincipalId, sessionId: string): Promise<boolean> {
  const rows = await tx.sql`delete from identity_sessions
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and id = ${sessionId} returning id`;
  return rows.length === 1;
}

/** Ends all sessions of a principal but the one named. Returns how many. */
export async function deleteSessions(tx: TenantTx, principalId: PrincipalId, except: string | null): Promise<number> {
  const rows = await tx.sql`delete from identity_sessions
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and (${except}::uuid is null or id <> ${except}::uuid)
    returning id`;
  return rows.length;
}

export async function deleteExpiredSessions(tx: TenantTx, now: Date): Promise<number> {
  const rows = await tx.sql`delete from identity_sessions
    where tenant_id = ${tx.tenantId} and expires_at < ${now} returning id`;
  return rows.length;
}
