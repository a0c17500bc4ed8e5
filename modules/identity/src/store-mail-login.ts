import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import type { MailProtocol, PrincipalStatus } from "./types.ts";

export interface MailLoginRow {
  readonly tenantId: TenantId;
  readonly principalId: PrincipalId;
  readonly status: PrincipalStatus;
  readonly passwordHash: string | null;
  readonly tenantState: "active" | "departed";
  readonly protocols: readonly MailProtocol[];
  readonly appPasswordsOnly: boolean;
  readonly hasSecondFactor: boolean;
}

export async function findMailLogin(tx: LookupTx, login: string): Promise<MailLoginRow | null> {
  const [row] = await tx.sql<MailLoginRow[]>`
    select tenant_id as "tenantId", principal_id as "principalId", status, password_hash as "passwordHash",
      tenant_state as "tenantState", protocols, app_passwords_only as "appPasswordsOnly",
      has_second_factor as "hasSecondFactor" from identity_find_mail_login(${login})`;
  return row ?? null;
}

/** Which of these logins a mailbox of whatever tenant has. */
export async function selectTakenMailLogins(tx: TenantTx, logins: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.sql<{ login: string }[]>`
    select asked.login from unnest(${[...logins]}::text[]) as asked (login)
    cross join lateral identity_find_login('mail', asked.login)`;
  return new Set(rows.map(({ login }) => login));
}

export interface AppPasswordMatch {
  readonly id: string;
  readonly protocols: readonly MailProtocol[];
  readonly expiresAt: Date | null;
}

export async function findAppPassword(
  tx: LookupTx,
  tenantId: TenantId,
  principalId: PrincipalId,
  hashes: readonly Buffer[],
): Promise<AppPasswordMatch | null> {
  const [newest, older] = [hashes[0] ?? null, hashes[1] ?? null];
  const [row] = await tx.sql<AppPasswordMatch[]>`
    select id, protocols, expires_at as "expiresAt"
    from identity_find_app_password(${tenantId}, ${principalId}, array[${newest}::bytea, ${older}::bytea])`;
  return row ?? null;
}

/** Notes a use, at most once a minute from one place: a client's many connections are one use. */
export async function noteAppPasswordUse(
  tx: TenantTx,
  id: string,
  use: { readonly at: Date; readonly ip: string; readonly protocol: MailProtocol },
): Promise<void> {
  await tx.sql`update identity_app_passwords
    set last_used_at = ${use.at}, last_used_ip = ${use.ip}, last_used_protocol = ${use.protocol}
    where tenant_id = ${tx.tenantId} and id = ${id} and (last_used_at is null or last_used_ip <> ${use.ip}
      or last_used_protocol <> ${use.protocol} or last_used_at < ${use.at}::timestamptz - interval '1 minute')`;
}

export interface AppPasswordRow {
  readonly id: string;
  readonly name: string;
  readonly protocols: readonly MailProtocol[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedIp: string | null;
  readonly lastUsedProtocol: MailProtocol | null;
}

export async function selectAppPasswords(tx: TenantTx, principalId: PrincipalId): Promise<AppPasswordRow[]> {
  return tx.sql<AppPasswordRow[]>`
    select id, name, protocols, created_at as "createdAt", expires_at as "expiresAt", last_used_at as "lastUsedAt",
      last_used_ip as "lastUsedIp", last_used_protocol as "lastUsedProtocol"
    from identity_app_passwords where tenant_id = ${tx.tenantId} and principal_id = ${principalId} order by created_at, id`;
}

export async function insertAppPassword(
  tx: TenantTx,
  row: {
    readonly id: string;
    readonly principalId: PrincipalId;
    readonly name: string;
    readonly hash: Buffer;
    readonly protocols: readonly MailProtocol[];
    readonly at: Date;
    readonly expiresAt: Date | null;
  },
): Promise<void> {
  await tx.sql`insert into identity_app_passwords (tenant_id, id, principal_id, name, secret_hash, protocols, created_at, expires_at)
    values (${tx.tenantId}, ${row.id}, ${row.principalId}, ${row.name}, ${row.hash}, ${[...row.protocols]}, ${row.at}, ${row.expiresAt})`;
}

export async function deleteAppPassword(tx: TenantTx, principalId: PrincipalId, id: string): Promise<boolean> {
  const rows = await tx.sql`delete from identity_app_passwords
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and id = ${id} returning id`;
  return rows.length === 1;
}

/** Returns how many there were. */
export async function deleteAppPasswords(tx: TenantTx, principalId: PrincipalId): Promise<number> {
  const gone = await tx.sql`delete from identity_app_passwords
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
  return gone.count;
}

export interface MailAccessRow {
  readonly principalId: PrincipalId;
  /** The last sign-in, or the last use of an app password or by a connected program if that is later. */
  readonly lastAt: Date | null;
  /** False for a mailbox whose person has not chosen one yet. */
  readonly hasPassword: boolean;
  readonly hasSecondFactor: boolean;
  readonly appPasswords: number;
  readonly connectedPrograms: number;
}

/** How the people of these mailboxes get in, for who looks after them. */
export async function selectMailAccess(tx: TenantTx, ids: readonly PrincipalId[]): Promise<MailAccessRow[]> {
  return tx.sql<MailAccessRow[]>`
    select p.id as "principalId", greatest(p.last_sign_in_at, a.used_at, c.used_at) as "lastAt", a.count as "appPasswords",
      c.count as "connectedPrograms",
      p.password_hash is not null as "hasPassword",
      exists (select 1 from identity_totp t
        where t.tenant_id = p.tenant_id and t.principal_id = p.id and t.confirmed_at is not null)
      or exists (select 1 from identity_passkeys k where k.tenant_id = p.tenant_id and k.principal_id = p.id)
        as "hasSecondFactor"
    from identity_principals p
    cross join lateral (select count(*)::int as count, max(last_used_at) as used_at from identity_app_passwords a
      where a.tenant_id = p.tenant_id and a.principal_id = p.id) a
    cross join lateral (select count(*)::int as count, max(last_used_at) as used_at from identity_programs c
      where c.tenant_id = p.tenant_id and c.principal_id = p.id and c.connected_at is not null) c
    where p.tenant_id = ${tx.tenantId} and p.realm = 'mail' and p.id = any(${[...ids]}::uuid[])`;
}
