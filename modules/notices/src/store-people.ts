import type { TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import {
  type Contact,
  type ContactId,
  type ContactPurpose,
  contactPurposes,
  type Recipient,
  type SubscribedPart,
  type Subscriber,
  type SubscriberId,
} from "./types.ts";

/** Those of purposes that this version knows: a later one beside it may have written others (R101). */
export async function selectContacts(tx: TenantTx): Promise<Contact[]> {
  return tx.sql<Contact[]>`
    select tenant_id as "tenantId", id, purpose, address, language, asked_at as "askedAt", confirmed_at as "confirmedAt",
      bounced_at as "bouncedAt", bounce_reply as "bounceReply"
    from notices_contacts where tenant_id = ${tx.tenantId} and purpose = any(${contactPurposes}::text[])
    order by purpose, address limit ${noticeLimits.contactsMax}`;
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

/** Contacts of that address, whatever they are for. */
export async function deleteContactsOf(tx: TenantTx, address: string): Promise<void> {
  await tx.sql`delete from notices_contacts where tenant_id = ${tx.tenantId} and lower(address) = lower(${address})`;
}

/** Who confirms again takes mail again. */
export async function confirmContact(tx: TenantTx, id: ContactId, at: Date): Promise<boolean> {
  const done = await tx.sql`
    update notices_contacts set confirmed_at = coalesce(confirmed_at, ${at}), bounced_at = null, bounce_reply = null
    where tenant_id = ${tx.tenantId} and id = ${id}`;
  return done.count === 1;
}

/** Those of one customer that mail reaches. */
export async function selectConfirmed(
  tx: TenantTx | OperatorTx,
  tenantId: TenantId,
  purpose: ContactPurpose,
): Promise<Recipient[]> {
  return tx.sql<Recipient[]>`
    select address, language from notices_contacts
    where tenant_id = ${tenantId} and purpose = ${purpose} and confirmed_at is not null and bounced_at is null
    order by address`;
}

/** Who has a contact of that address that is not known to bounce. */
export async function selectTenantsWithContact(tx: OperatorTx, address: string): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select distinct tenant_id as "tenantId" from notices_contacts
    where lower(address) = lower(${address}) and bounced_at is null order by tenant_id`;
  return rows.map(({ tenantId }) => tenantId);
}

/** Marks every contact of that address that is not marked; returns these. */
export async function updateBounced(
  tx: TenantTx,
  bounce: { readonly address: string; readonly reply: string; readonly at: Date },
): Promise<Pick<Contact, "id" | "purpose" | "address">[]> {
  return tx.sql<Pick<Contact, "id" | "purpose" | "address">[]>`
    update notices_contacts set bounced_at = ${bounce.at}, bounce_reply = ${bounce.reply}
    where tenant_id = ${tx.tenantId} and lower(address) = lower(${bounce.address}) and bounced_at is null
    returning id, purpose, address`;
}

/** False when the tenant has asked as many since then as it may; those before are forgotten. */
export async function insertAsk(
  tx: TenantTx,
  contact: Pick<Contact, "id" | "askedAt">,
  limit: { readonly since: Date; readonly max: number },
): Promise<boolean> {
  // Two requests at once: the second counts the first.
  await tx.sql`select pg_advisory_xact_lock(hashtextextended(${`notices_asks:${tx.tenantId}`}, 0))`;
  await tx.sql`delete from notices_asks where tenant_id = ${tx.tenantId} and at <= ${limit.since}`;
  const rows = await tx.sql`
    insert into notices_asks (tenant_id, contact_id, at)
    select ${tx.tenantId}::uuid, ${contact.id}::uuid, ${contact.askedAt}::timestamptz
    where (select count(*) from notices_asks where tenant_id = ${tx.tenantId}) < ${limit.max} returning 1`;
  return rows.length === 1;
}

/**
 * Notes that an address asked, in one statement. Returns the id it is known by; null when it was asked after
 * `askableBefore`. What a subscriber has confirmed stays. Whoever waits longest makes room.
 */
export async function upsertSubscriber(tx: TenantTx, s: Subscriber, askableBefore: Date): Promise<SubscriberId | null> {
  const [row] = await tx.sql<{ id: SubscriberId }[]>`
    insert into notices_subscribers as known (tenant_id, id, address, language, asked_at, service, site_id)
    values (${tx.tenantId}, ${s.id}, ${s.address}, ${s.language}, ${s.askedAt}, ${s.service}, ${s.siteId})
    on conflict (tenant_id, address) do update set asked_at = excluded.asked_at,
        language = case when known.confirmed_at is null then excluded.language else known.language end
      where known.asked_at <= ${askableBefore}
    returning known.id`;
  if (row === undefined) return null;
  await tx.sql`
    delete from notices_subscribers where tenant_id = ${tx.tenantId} and id in (
      select id from notices_subscribers where tenant_id = ${tx.tenantId} and confirmed_at is null
      order by asked_at desc, id desc offset ${noticeLimits.unconfirmedMax})`;
  return row.id;
}

/** Confirmed ones: who waits takes nobody's place. */
export async function countSubscribers(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from notices_subscribers
    where tenant_id = ${tx.tenantId} and confirmed_at is not null`;
  return row?.count ?? 0;
}

/** Without a part the row's own stays. False when nobody is known by that id. */
export async function confirmSubscriber(
  tx: TenantTx,
  id: SubscriberId,
  { at, part }: { readonly at: Date; readonly part: SubscribedPart | null },
): Promise<boolean> {
  const chosen = part === null ? tx.sql`` : tx.sql`, service = ${part.service}, site_id = ${part.siteId}`;
  const done = await tx.sql`
    update notices_subscribers set confirmed_at = coalesce(confirmed_at, ${at}) ${chosen}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
  return done.count === 1;
}

export async function deleteSubscriber(tx: TenantTx, id: SubscriberId): Promise<void> {
  await tx.sql`delete from notices_subscribers where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Keeps a subscriber from leaving before this transaction ends. False when he has left. */
export async function holdSubscriber(tx: TenantTx, id: SubscriberId): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from notices_subscribers
    where tenant_id = ${tx.tenantId} and id = ${id} and confirmed_at is not null for key share`;
  return rows.length === 1;
}

/** Who asked and never confirmed is forgotten. */
export async function deleteUnconfirmed(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`
    delete from notices_subscribers where tenant_id = ${tx.tenantId} and confirmed_at is null and asked_at < ${before}`;
}

export async function selectSubscribers(tx: TenantTx): Promise<Subscriber[]> {
  return tx.sql<Subscriber[]>`
    select id, address, language, asked_at as "askedAt", confirmed_at as "confirmedAt", service, site_id as "siteId"
    from notices_subscribers
    where tenant_id = ${tx.tenantId} and confirmed_at is not null order by id`;
}

/** The customer's calendar of maintenance; null when it has none. */
export async function selectCalendar(tx: TenantTx): Promise<{ readonly id: string; readonly madeAt: Date } | null> {
  const [row] = await tx.sql<{ id: string; madeAt: Date }[]>`
    select id, made_at as "madeAt" from notices_calendars where tenant_id = ${tx.tenantId}`;
  return row ?? null;
}

/** One a customer: the newest. */
export async function upsertCalendar(
  tx: TenantTx,
  { id, madeAt }: { readonly id: string; readonly madeAt: Date },
): Promise<void> {
  await tx.sql`
    insert into notices_calendars (tenant_id, id, made_at) values (${tx.tenantId}, ${id}, ${madeAt})
    on conflict (tenant_id) do update set id = excluded.id, made_at = excluded.made_at`;
}

/** Its id; null when there was none. */
export async function deleteCalendar(tx: TenantTx): Promise<string | null> {
  const [row] = await tx.sql<{ id: string }[]>`
    delete from notices_calendars where tenant_id = ${tx.tenantId} returning id`;
  return row?.id ?? null;
}
