import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";
import type { MailProtocol, PrincipalStatus } from "./types.ts";

export interface FoundProgram {
  readonly tenantId: TenantId;
  readonly programId: string;
  readonly principalId: PrincipalId;
  readonly login: string;
  readonly status: PrincipalStatus;
  readonly tenantState: "active" | "departed";
}

/** The row that a secret belongs to; `hashes` under the newest and the older key. */
export async function findProgram(
  tx: LookupTx,
  kind: "code" | "access" | "family",
  hashes: readonly Buffer[],
): Promise<FoundProgram | null> {
  const [newest, older] = [hashes[0] ?? null, hashes[1] ?? null];
  const [row] = await tx.sql<FoundProgram[]>`
    select tenant_id as "tenantId", program_id as "programId", principal_id as "principalId", login, status,
      tenant_state as "tenantState"
    from identity_find_program(${kind}, array[${newest}::bytea, ${older}::bytea])`;
  return row ?? null;
}

/** A program that a person let in, as it is kept. */
export interface ProgramRow {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly clientHash: Buffer;
  readonly name: string;
  readonly protocols: readonly MailProtocol[];
  readonly redirectUri: string;
  readonly codeHash: Buffer;
  readonly codeChallenge: string;
  readonly allowedAt: Date;
  /** Null: its code has not been brought. */
  readonly connectedAt: Date | null;
  readonly accessHash: Buffer | null;
  readonly accessExpiresAt: Date | null;
  readonly refreshHash: Buffer | null;
  /** The address prefix that asked for these tokens; null: not known. */
  readonly renewedFrom: string | null;
  readonly endsAt: Date;
  readonly lastUsedAt: Date | null;
  readonly lastUsedIp: string | null;
  readonly lastUsedProtocol: MailProtocol | null;
}

const columns = (
  tx: TenantTx,
) => tx.sql`id, principal_id as "principalId", client_hash as "clientHash", name, protocols,
  redirect_uri as "redirectUri", code_hash as "codeHash", code_challenge as "codeChallenge", allowed_at as "allowedAt",
  connected_at as "connectedAt", access_hash as "accessHash", access_expires_at as "accessExpiresAt",
  refresh_hash as "refreshHash", renewed_from as "renewedFrom", ends_at as "endsAt", last_used_at as "lastUsedAt",
  last_used_ip as "lastUsedIp", last_used_protocol as "lastUsedProtocol"`;

export async function selectProgram(tx: TenantTx, id: string): Promise<ProgramRow | null> {
  const [row] = await tx.sql<ProgramRow[]>`
    select ${columns(tx)} from identity_programs where tenant_id = ${tx.tenantId} and id = ${id}`;
  return row ?? null;
}

/** The same, locked until the transaction ends: of two that bring one secret the second sees what the first did. */
export async function lockProgram(tx: TenantTx, id: string): Promise<ProgramRow | null> {
  const [row] = await tx.sql<ProgramRow[]>`
    select ${columns(tx)} from identity_programs where tenant_id = ${tx.tenantId} and id = ${id} for update`;
  return row ?? null;
}

/** Those that live, with those that still wait for their code to be brought; the oldest first. */
export async function selectPrograms(tx: TenantTx, principalId: PrincipalId, now: Date): Promise<ProgramRow[]> {
  return tx.sql<ProgramRow[]>`
    select ${columns(tx)} from identity_programs
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and ends_at > ${now} order by allowed_at, id`;
}

export async function insertProgram(
  tx: TenantTx,
  row: Pick<
    ProgramRow,
    "id" | "principalId" | "clientHash" | "name" | "protocols" | "redirectUri" | "codeHash" | "codeChallenge" | "endsAt"
  > & { readonly at: Date },
): Promise<void> {
  await tx.sql`insert into identity_programs (tenant_id, id, principal_id, client_hash, name, protocols, redirect_uri,
      code_hash, code_challenge, allowed_at, ends_at)
    values (${tx.tenantId}, ${row.id}, ${row.principalId}, ${row.clientHash}, ${row.name}, ${[...row.protocols]},
      ${row.redirectUri}, ${row.codeHash}, ${row.codeChallenge}, ${row.at}, ${row.endsAt})`;
}

/** Gives the program its first tokens, or the next. */
export async function updateProgramTokens(
  tx: TenantTx,
  id: string,
  tokens: {
    readonly accessHash: Buffer;
    readonly accessExpiresAt: Date;
    readonly familyHash: Buffer;
    readonly refreshHash: Buffer;
    readonly renewedFrom: string;
    readonly endsAt: Date;
    readonly at: Date;
  },
): Promise<void> {
  await tx.sql`update identity_programs set access_hash = ${tokens.accessHash}, access_expires_at = ${tokens.accessExpiresAt},
      family_hash = ${tokens.familyHash}, refresh_hash = ${tokens.refreshHash}, renewed_from = ${tokens.renewedFrom},
      connected_at = coalesce(connected_at, ${tokens.at}), ends_at = ${tokens.endsAt}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Notes a use, at most once a minute from one place: a program's many connections are one use. */
export async function noteProgramUse(
  tx: TenantTx,
  id: string,
  use: { readonly at: Date; readonly ip: string; readonly protocol: MailProtocol },
): Promise<void> {
  await tx.sql`update identity_programs
    set last_used_at = ${use.at}, last_used_ip = ${use.ip}, last_used_protocol = ${use.protocol}
    where tenant_id = ${tx.tenantId} and id = ${id} and (last_used_at is null or last_used_ip <> ${use.ip}
      or last_used_protocol <> ${use.protocol} or last_used_at < ${use.at}::timestamptz - interval '1 minute')`;
}

/** Returns its name, or null where the person has no such program. */
export async function deleteProgram(tx: TenantTx, principalId: PrincipalId, id: string): Promise<string | null> {
  const [row] = await tx.sql<{ name: string }[]>`delete from identity_programs
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId} and id = ${id} returning name`;
  return row?.name ?? null;
}

/** All of a person's, with those that wait for their code to be brought. Returns how many there were. */
export async function deletePrograms(tx: TenantTx, principalId: PrincipalId): Promise<number> {
  const gone = await tx.sql`delete from identity_programs
    where tenant_id = ${tx.tenantId} and principal_id = ${principalId}`;
  return gone.count;
}

export async function deleteEndedPrograms(tx: TenantTx, now: Date): Promise<void> {
  await tx.sql`delete from identity_programs where tenant_id = ${tx.tenantId} and ends_at <= ${now}`;
}
