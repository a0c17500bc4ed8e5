import type { TenantTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import type { Contact, ContactId, ContactPurpose, Recipient, Subscriber, SubscriberId } from "./types.ts";

export async function selectContacts(tx: TenantTx): Promise<Contact[]> {
  return tx.sql<Contact[]>`
    select tenant_id as "tenantId", id, purpose, address, language, asked_at as "askedAt", confirmed_at as "confirmedAt"
    from notices_contacts where tenant_id = ${tx.tenantId} order by purpose, address limit ${noticeLimits.contactsMax}`;
}

/** False when that address serves that purpose already. */
export async function insertContact(tx: TenantTx, c: Contact): Promise<boolean> {
  const rows = await tx.sql`
    insert into notices_contacts (tenant_id, id, purpose, address, language, asked_at)
    values (${tx.tenantId}, ${c.id}, ${c.purpose}, ${c.address}, ${c.language}, ${c.askedAt}) on conflict do nothing returning 1`;
  return rows.length === 1;
}

export async function deleteContact(tx: TenantTx, id: ContactId): Promise<boolean> {
  const gone = await tx.sql`delete from notices_contacts where tenant_id = ${tx.tenantId} and id = ${id}`;
  return gone.count === 1;
}

export async function confirmContact(tx: TenantTx, id: ContactId, at: Date): Promise<boolean> {
  const done = await tx.sql`
    update notices_contacts set confirmed_at = coalesce(confirmed_at, ${at}) where tenant_id = ${tx.tenantId} and id = ${id}`;
  return done.count === 1;
}

export async function selectConfirmed(tx: TenantTx, purpose: ContactPurpose): Promise<Recipient[]> {
  return tx.sql<Recipient[]>`
    select address, language from notices_contacts
    where tenant_id = ${tx.tenantId} and purpose = ${purpose} and confirmed_at is not null order by address`;
}

export async function selectSubscriber(tx: TenantTx, address: string): Promise<Subscriber | null> {
  const [row] = await tx.sql<Subscriber[]>`
    select id, address, language, asked_at as "askedAt", confirmed_at as "confirmedAt" from notices_subscribers
    where tenant_id = ${tx.tenantId} and address = ${address} for update`;
  return row ?? null;
}

export async function upsertSubscriber(tx: TenantTx, s: Subscriber): Promise<void> {
  await tx.sql`
    insert into notices_subscribers (tenant_id, id, address, language, asked_at)
    values (${tx.tenantId}, ${s.id}, ${s.address}, ${s.language}, ${s.askedAt})
    on conflict (tenant_id, address) do update set asked_at = excluded.asked_at, language = excluded.language`;
}

export async function countSubscribers(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from notices_subscribers where tenant_id = ${tx.tenantId}`;
  return row?.count ?? 0;
}

export async function confirmSubscriber(tx: TenantTx, id: SubscriberId, at: Date): Promise<boolean> {
  const done = await tx.sql`
    update notices_subscribers set confirmed_at = coalesce(confirmed_at, ${at}) where tenant_id = ${tx.tenantId} and id = ${id}`;
  return done.count === 1;
}

export async function deleteSubscriber(tx: TenantTx, id: SubscriberId): Promise<void> {
  await tx.sql`delete from notices_subscribers where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Who asked and never confirmed is forgotten. */
export async function deleteUnconfirmed(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`
    delete from notices_subscribers where tenant_id = ${tx.tenantId} and confirmed_at is null and asked_at < ${before}`;
}

export async function selectSubscribers(tx: TenantTx): Promise<Subscriber[]> {
  return tx.sql<Subscriber[]>`
    select id, address, language, asked_at as "askedAt", confirmed_at as "confirmedAt" from notices_subscribers
    where tenant_id = ${tx.tenantId} and confirmed_at is not null order by id`;
}
