import type { OperatorRole, PrincipalId, TenantId, TenantRole } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx } from "@casaforte/platform/db";
import { storedSpellings } from "./login-spelling.ts";
import type { Language, MailProtocol, PrincipalStatus, Realm } from "./types.ts";

/** A principal's own row without its secrets. */
export interface Principal {
  readonly tenantId: TenantId;
  readonly id: PrincipalId;
  readonly realm: Realm;
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  readonly role: TenantRole | null;
  readonly operatorRoles: readonly OperatorRole[];
  readonly status: PrincipalStatus;
  readonly protocols: readonly MailProtocol[];
  readonly appPasswordsOnly: boolean;
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
  /** When an auditor's access ends; null for everybody else. */
  readonly endsAt: Date | null;
}

export interface LoginRow {
  readonly tenantId: TenantId;
  readonly principalId: PrincipalId;
  readonly status: PrincipalStatus;
  readonly passwordHash: string | null;
  readonly tenantState: "active" | "departed";
}

/** Whose login it is, whether its domain was typed in letters or in its coded form. */
export async function findLogin(tx: LookupTx, realm: Realm, login: string): Promise<LoginRow | null> {
  const [row] = await tx.sql<LoginRow[]>`
    select found.tenant_id as "tenantId", found.principal_id as "principalId", found.status,
      found.password_hash as "passwordHash", found.tenant_state as "tenantState"
    from unnest(${[...storedSpellings(login)]}::text[]) with ordinality as spelled (login, place)
    cross join lateral identity_find_login(${realm}, spelled.login) as found
    order by spelled.place limit 1`;
  return row ?? null;
}

export interface NewPrincipal {
  readonly tenantId: TenantId;
  readonly id: PrincipalId;
  readonly realm: Realm;
  readonly login: string;
  readonly displayName: string;
  readonly language: Language;
  readonly role: TenantRole | null;
  readonly operatorRoles: readonly OperatorRole[];
  readonly status: PrincipalStatus;
  readonly passwordHash: string | null;
  readonly endsAt: Date | null;
}

export async function insertPrincipal(tx: TenantTx, row: NewPrincipal, at: Date): Promise<void> {
  await tx.sql`insert into identity_principals (tenant_id, id, realm, login, display_name, language, role, operator_roles,
      status, password_hash, password_changed_at, created_at, ends_at)
    values (${row.tenantId}, ${row.id}, ${row.realm}, ${row.login}, ${row.displayName}, ${row.language}, ${row.role},
      ${[...row.operatorRoles]}, ${row.status}, ${row.passwordHash}, ${row.passwordHash === null ? null : at}, ${at},
      ${row.endsAt})`;
}

const columns = (tx: TenantTx | OperatorTx) => tx.sql`
  tenant_id as "tenantId", id, realm, login, display_name as "displayName", language, role,
  operator_roles as "operatorRoles", status, protocols, app_passwords_only as "appPasswordsOnly",
  created_at as "createdAt", last_sign_in_at as "lastSignInAt", ends_at as "endsAt"`;

/** Not somebody who was removed and is only kept by a hold. */
export async function selectPrincipal(tx: TenantTx, id: PrincipalId, lock = false): Promise<Principal | null> {
  const [row] = await tx.sql<Principal[]>`
    select ${columns(tx)} from identity_principals
    where tenant_id = ${tx.tenantId} and id = ${id} and erase_wanted_at is null ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

/** Waits for whoever has the person's row locked, as a row that refers to it does. */
export async function awaitPrincipal(tx: TenantTx, id: PrincipalId): Promise<void> {
  await tx.sql`select 1 from identity_principals where tenant_id = ${tx.tenantId} and id = ${id} for key share`;
}

export async function selectPasswordHash(tx: TenantTx, id: PrincipalId): Promise<string | null> {
  const [row] = await tx.sql<{ hash: string | null }[]>`
    select password_hash as hash from identity_principals where tenant_id = ${tx.tenantId} and id = ${id}`;
  return row?.hash ?? null;
}

export interface PeopleQuery {
  readonly tenantId: TenantId;
  readonly realm: Realm;
  readonly search: string | null;
  readonly after: string | null;
  readonly count: number;
}

export async function selectPrincipals(tx: TenantTx | OperatorTx, q: PeopleQuery): Promise<Principal[]> {
  const pattern = q.search === null ? null : `%${q.search.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
  return tx.sql<Principal[]>`
    select ${columns(tx)} from identity_principals
    where tenant_id = ${q.tenantId} and realm = ${q.realm} and erase_wanted_at is null and (${q.after}::text is null or login > ${q.after})
      and (${pattern}::text is null or login like ${pattern} or lower(display_name) like ${pattern})
    order by login limit ${q.count}`;
}

/** Who is written to for a customer: an active owner, or else an administrator. Null: nobody. */
export async function selectContact(
  tx: OperatorTx,
  tenantId: TenantId,
): Promise<Pick<Principal, "id" | "login"> | null> {
  const [row] = await tx.sql<Pick<Principal, "id" | "login">[]>`
    select id, login from identity_principals
    where tenant_id = ${tenantId} and realm = 'user' and role in ('owner', 'admin') and status = 'active'
      and erase_wanted_at is null
    order by role = 'owner' desc, login limit 1`;
  return row ?? null;
}

/** Locks the owners of the tenant, in the order of ids, so that two of them cannot leave at once. */
export async function lockActiveOwners(tx: TenantTx): Promise<PrincipalId[]> {
  const rows = await tx.sql<{ id: PrincipalId }[]>`
    select id from identity_principals
    where tenant_id = ${tx.tenantId} and realm = 'user' and role = 'owner' and status = 'active' order by id for update`;
  return rows.map((row) => row.id);
}

/** As `lockActiveOwners`, for operators who manage operators. */
export async function lockActiveSecurityOperators(tx: TenantTx): Promise<PrincipalId[]> {
  const rows = await tx.sql<{ id: PrincipalId }[]>`
    select id from identity_principals
    where tenant_id = ${tx.tenantId} and realm = 'operator' and 'security' = any(operator_roles) and status = 'active'
    order by id for update`;
  return rows.map((row) => row.id);
}

export async function updateRoles(
  tx: TenantTx,
  id: PrincipalId,
  role: TenantRole | null,
  operatorRoles: readonly OperatorRole[],
): Promise<void> {
  await tx.sql`update identity_principals set role = ${role}, operator_roles = ${[...operatorRoles]}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function updateStatus(tx: TenantTx, id: PrincipalId, status: PrincipalStatus): Promise<void> {
  await tx.sql`update identity_principals set status = ${status} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function updateProfile(
  tx: TenantTx,
  id: PrincipalId,
  profile: { readonly displayName: string; readonly language: Language },
): Promise<void> {
  await tx.sql`update identity_principals set display_name = ${profile.displayName}, language = ${profile.language}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function updateLogin(tx: TenantTx, id: PrincipalId, login: string): Promise<void> {
  await tx.sql`update identity_principals set login = ${login} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function updatePasswordHash(tx: TenantTx, id: PrincipalId, hash: string, at: Date): Promise<void> {
  await tx.sql`update identity_principals set password_hash = ${hash}, password_changed_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Replaces a hash by a stronger one of the same password, only if it has not changed meanwhile. Returns the one that stands then. */
export async function upgradePasswordHash(
  tx: TenantTx,
  id: PrincipalId,
  before: string,
  hash: string,
): Promise<string | null> {
  const [row] = await tx.sql<{ hash: string }[]>`update identity_principals set password_hash = ${hash}
    where tenant_id = ${tx.tenantId} and id = ${id} and password_hash = ${before} returning password_hash as hash`;
  if (row !== undefined) return row.hash;
  const [other] = await tx.sql<{ hash: string | null }[]>`
    select password_hash as hash from identity_principals where tenant_id = ${tx.tenantId} and id = ${id}`;
  return other?.hash ?? null;
}

export async function updateMailAccess(
  tx: TenantTx,
  id: PrincipalId,
  access: { readonly protocols: readonly MailProtocol[]; readonly appPasswordsOnly: boolean },
): Promise<void> {
  await tx.sql`update identity_principals
    set protocols = ${[...access.protocols]}, app_passwords_only = ${access.appPasswordsOnly}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export async function noteSignIn(tx: TenantTx, id: PrincipalId, at: Date): Promise<void> {
  await tx.sql`update identity_principals set last_sign_in_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Notes a program's login; one within the hour is there already. */
export async function noteProgramLogin(tx: TenantTx, id: PrincipalId, at: Date): Promise<void> {
  await tx.sql`update identity_principals set last_sign_in_at = ${at} where tenant_id = ${tx.tenantId} and id = ${id}
    and (last_sign_in_at is null or last_sign_in_at < ${at}::timestamptz - interval '1 hour')`;
}

export async function deletePrincipal(tx: TenantTx, id: PrincipalId): Promise<void> {
  await tx.sql`delete from identity_principals where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Takes somebody's access and keeps the row until no hold stands. */
export async function noteEraseWanted(tx: TenantTx, id: PrincipalId, at: Date): Promise<void> {
  await tx.sql`update identity_principals set status = 'disabled', erase_wanted_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Who was removed while a hold stood. */
export async function selectEraseWanted(tx: TenantTx): Promise<readonly Principal[]> {
  return tx.sql<Principal[]>`
    select ${columns(tx)} from identity_principals where tenant_id = ${tx.tenantId} and erase_wanted_at is not null
    order by id for update`;
}

/** Sign-ins of mail accounts that let nobody in: suspended, deleted, or their account is gone. */
export async function selectClosedMailSignIns(tx: TenantTx): Promise<readonly PrincipalId[]> {
  const rows = await tx.sql<{ id: PrincipalId }[]>`
    select id from identity_principals
    where tenant_id = ${tx.tenantId} and realm = 'mail' and status = 'disabled' and erase_wanted_at is null order by id`;
  return rows.map(({ id }) => id);
}
