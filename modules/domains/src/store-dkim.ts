import type { DomainId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { DkimAlgorithm, DkimKey, DkimKeyId, DkimKeyState } from "./types.ts";

interface KeyRow {
  id: DkimKeyId;
  domain_id: DomainId;
  domain_name: string;
  selector: string;
  algorithm: DkimAlgorithm;
  public_key: string;
  state: DkimKeyState;
  is_shown: boolean;
  looked_at: Date | null;
  created_at: Date;
  signing_from: Date | null;
  kept_from: Date | null;
  retired_at: Date | null;
}

const toKey = (row: KeyRow): DkimKey => ({
  id: row.id,
  domainId: row.domain_id,
  domainName: row.domain_name,
  selector: row.selector,
  algorithm: row.algorithm,
  publicKey: row.public_key,
  state: row.state,
  isShown: row.is_shown,
  lookedAt: row.looked_at,
  createdAt: row.created_at,
  signingFrom: row.signing_from,
  keptFrom: row.kept_from,
  retiredAt: row.retired_at,
});

export async function insertDkimKey(
  tx: TenantTx,
  key: Pick<DkimKey, "id" | "domainId" | "selector" | "algorithm" | "publicKey" | "createdAt">,
  sealed: Uint8Array,
): Promise<void> {
  await tx.sql`
    insert into domains_dkim_keys (tenant_id, id, domain_id, selector, algorithm, public_key, private_key, state, created_at)
    values (${tx.tenantId}, ${key.id}, ${key.domainId}, ${key.selector}, ${key.algorithm}, ${key.publicKey},
      ${Buffer.from(sealed)}, 'waiting', ${key.createdAt})`;
}

/** Newest first. `isLocked` holds the domain's row until the end of the transaction: one change of its keys at a time. */
export async function selectDkimKeys(tx: TenantTx, domainId: DomainId, isLocked = false): Promise<readonly DkimKey[]> {
  if (isLocked)
    await tx.sql`select 1 from domains_domains where tenant_id = ${tx.tenantId} and id = ${domainId} for no key update`;
  const rows = await tx.sql<KeyRow[]>`
    select k.id, k.domain_id, d.name as domain_name, k.selector, k.algorithm, k.public_key, k.state, k.is_shown, k.looked_at,
      k.created_at, k.signing_from, k.kept_from, k.retired_at
    from domains_dkim_keys k join domains_domains d on d.tenant_id = k.tenant_id and d.id = k.domain_id
    where k.tenant_id = ${tx.tenantId} and k.domain_id = ${domainId}
    order by k.created_at desc, k.id desc`;
  return rows.map(toKey);
}

/** Active domains some of whose keys have to be looked at again, or that have too few keys. */
export async function selectDomainsToLookAt(tx: TenantTx, lookedBefore: Date, limit: number): Promise<DomainId[]> {
  const rows = await tx.sql<{ id: DomainId }[]>`
    select d.id from domains_domains d where d.tenant_id = ${tx.tenantId} and d.state = 'active' and (
      exists (select 1 from domains_dkim_keys k where k.tenant_id = d.tenant_id and k.domain_id = d.id and k.state <> 'retired'
        and (not k.is_shown or k.looked_at is null or k.looked_at < ${lookedBefore}))
      or (select count(distinct k.algorithm) from domains_dkim_keys k
        where k.tenant_id = d.tenant_id and k.domain_id = d.id and k.state <> 'retired') < 2)
    order by d.id limit ${limit}`;
  return rows.map(({ id }) => id);
}

export async function updateDkimSighting(tx: TenantTx, id: DkimKeyId, isShown: boolean, at: Date): Promise<void> {
  await tx.sql`
    update domains_dkim_keys set is_shown = ${isShown}, looked_at = ${at}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Kept keys of a domain have signed until now. */
export async function updateDkimKept(
  tx: TenantTx,
  domainId: DomainId,
  algorithm: DkimAlgorithm,
  at: Date,
): Promise<void> {
  await tx.sql`
    update domains_dkim_keys set kept_from = ${at}
    where tenant_id = ${tx.tenantId} and domain_id = ${domainId} and algorithm = ${algorithm} and state = 'kept'`;
}

/** A retired key loses its private half. */
export async function updateDkimState(
  tx: TenantTx,
  id: DkimKeyId,
  state: Exclude<DkimKeyState, "waiting">,
  at: Date,
): Promise<void> {
  await tx.sql`
    update domains_dkim_keys set state = ${state},
      signing_from = coalesce(signing_from, ${at}),
      kept_from = case when ${state} = 'signing' then null else coalesce(kept_from, ${at}) end,
      retired_at = case when ${state} = 'retired' then ${at}::timestamptz end,
      private_key = case when ${state} = 'retired' then null else private_key end
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

export interface SealedKey {
  readonly domainId: DomainId;
  readonly selector: string;
  readonly sealed: Buffer;
}

/**
 * With what mail of that active domain is signed: of each algorithm the newest key that the DNS has shown, RSA first. A
 * key that is only kept takes over again while the DNS shows it and not the newer one. What the DNS does not show now is
 * used rather than nothing: a signature whose key is missing counts as none (RFC 6376 §6.1), and one answer may be wrong.
 */
export async function selectSigningKeys(tx: TenantTx, name: string): Promise<readonly SealedKey[]> {
  const rows = await tx.sql<{ domain_id: DomainId; selector: string; private_key: Buffer }[]>`
    select distinct on (k.algorithm) k.domain_id, k.selector, k.private_key
    from domains_dkim_keys k join domains_domains d on d.tenant_id = k.tenant_id and d.id = k.domain_id
    where k.tenant_id = ${tx.tenantId} and d.name = ${name} and d.state = 'active'
      and k.state in ('signing', 'kept')
    order by k.algorithm desc, k.is_shown desc, k.state = 'signing' desc, k.signing_from desc`;
  return rows.map((row) => ({ domainId: row.domain_id, selector: row.selector, sealed: row.private_key }));
}
