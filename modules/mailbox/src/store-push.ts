import type { Id, MailAccountId, TenantId } from "@casaforte/kernel";
import type { LookupTx, TenantTx } from "@casaforte/platform/db";

export type PushSubscriptionId = Id<"PushSubscription">;

export interface PushRow {
  readonly id: PushSubscriptionId;
  readonly accountId: MailAccountId;
  readonly sessionId: string;
  readonly deviceClientId: string;
  readonly url: string;
  readonly p256dh: Buffer | null;
  readonly auth: Buffer | null;
  readonly serverKey: string;
  readonly types: readonly string[] | null;
  readonly code: string;
  readonly codeSentAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly expiresAt: Date;
  /** Modseq at the last push, by account. */
  readonly told: Readonly<Record<string, number>>;
  readonly nextAt: Date;
  readonly failures: number;
  readonly endedAt: Date | null;
}

const columns = (tx: TenantTx) => tx.sql`id, account_id as "accountId", session_id as "sessionId",
  device_client_id as "deviceClientId", url, p256dh, auth, server_key as "serverKey", types, code,
  code_sent_at as "codeSentAt", confirmed_at as "confirmedAt", expires_at as "expiresAt", told, next_at as "nextAt", failures,
  ended_at as "endedAt"`;

/** The live ones of one sign-in, oldest first. */
export async function selectPushSubscriptions(
  tx: TenantTx,
  of: { readonly accountId: MailAccountId; readonly sessionId: string },
  now: Date,
): Promise<readonly PushRow[]> {
  return tx.sql<PushRow[]>`select ${columns(tx)} from mailbox_push_subscriptions
    where tenant_id = ${tx.tenantId} and account_id = ${of.accountId} and session_id = ${of.sessionId}
      and ended_at is null and expires_at > ${now}
    order by created_at, id`;
}

/** Locked until the end of the transaction; null when there is none any more. */
export async function lockPushSubscription(tx: TenantTx, id: PushSubscriptionId): Promise<PushRow | null> {
  const [row] = await tx.sql<PushRow[]>`select ${columns(tx)} from mailbox_push_subscriptions
    where tenant_id = ${tx.tenantId} and id = ${id} and ended_at is null for update`;
  return row ?? null;
}

/** How many an account has or had within the hour, those of other sign-ins too. */
export async function countPushSubscriptions(tx: TenantTx, accountId: MailAccountId, now: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`select count(*)::int as count from mailbox_push_subscriptions
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and expires_at > ${now}`;
  return row?.count ?? 0;
}

export async function insertPushSubscription(
  tx: TenantTx,
  row: Pick<PushRow, "id" | "accountId" | "sessionId" | "deviceClientId" | "url" | "serverKey" | "types" | "code"> & {
    readonly p256dh: Uint8Array | null;
    readonly auth: Uint8Array | null;
    readonly expiresAt: Date;
    readonly at: Date;
  },
): Promise<void> {
  await tx.sql`insert into mailbox_push_subscriptions (tenant_id, account_id, id, session_id, device_client_id, url, p256dh, auth,
      server_key, types, code, expires_at, next_at, created_at)
    values (${tx.tenantId}, ${row.accountId}, ${row.id}, ${row.sessionId}, ${row.deviceClientId}, ${row.url}, ${row.p256dh},
      ${row.auth}, ${row.serverKey}, ${row.types === null ? null : [...row.types]}::text[], ${row.code}, ${row.expiresAt}, ${row.at}, ${row.at})`;
}

/** Writes what changed of one; the rest stays. */
export async function updatePushSubscription(
  tx: TenantTx,
  id: PushSubscriptionId,
  row: Pick<PushRow, "types" | "codeSentAt" | "confirmedAt" | "expiresAt" | "told" | "nextAt" | "failures">,
): Promise<void> {
  await tx.sql`update mailbox_push_subscriptions set types = ${row.types === null ? null : [...row.types]}::text[],
      code_sent_at = ${row.codeSentAt}, confirmed_at = ${row.confirmedAt}, expires_at = ${row.expiresAt},
      told = ${JSON.stringify(row.told)}::text::jsonb, next_at = ${row.nextAt}, failures = ${row.failures}
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Lets it wait until `until` at least. */
export async function postponePush(tx: TenantTx, id: PushSubscriptionId, until: Date): Promise<void> {
  await tx.sql`update mailbox_push_subscriptions set next_at = greatest(next_at, ${until})
    where tenant_id = ${tx.tenantId} and id = ${id}`;
}

/** Empties it and lets it be counted until `until`. */
export async function endPushSubscription(
  tx: TenantTx,
  id: PushSubscriptionId,
  at: { readonly now: Date; readonly until: Date },
): Promise<void> {
  await tx.sql`update mailbox_push_subscriptions set ended_at = ${at.now}, expires_at = ${at.until}, next_at = ${at.until},
      url = '', p256dh = null, auth = null, code = '', device_client_id = ''
    where tenant_id = ${tx.tenantId} and id = ${id} and ended_at is null`;
}

/** Deletes those past their time. Returns how many. */
export async function deleteExpiredPushSubscriptions(tx: TenantTx, now: Date): Promise<number> {
  const rows = await tx.sql`delete from mailbox_push_subscriptions
    where tenant_id = ${tx.tenantId} and expires_at <= ${now} returning id`;
  return rows.length;
}

/** Subscriptions of all tenants with something to do: each tenant's first, then each one's second, and so on. */
export async function selectDuePushes(
  tx: LookupTx,
  now: Date,
  limit: number,
): Promise<readonly { readonly tenantId: TenantId; readonly id: PushSubscriptionId }[]> {
  return tx.sql<
    { tenantId: TenantId; id: PushSubscriptionId }[]
  >`select tenant_id as "tenantId", id from mailbox_push_due(${now}, ${limit})`;
}

/** An account that a subscription tells of. */
export interface PushedAccount {
  readonly id: MailAccountId;
  readonly epoch: string;
  readonly modseq: number;
}

/** The account itself and what is shared with it, while it may be read in the webmail; none when it may not. */
export async function selectPushedAccounts(tx: TenantTx, member: MailAccountId): Promise<readonly PushedAccount[]> {
  return tx.sql<PushedAccount[]>`
    select a.id, a.state_epoch::text as epoch, a.modseq::float8 as modseq from mailbox_accounts m
    join mailbox_accounts a on a.tenant_id = ${tx.tenantId} and a.state <> 'deleted' and (a.id = m.id or a.id in (
      select s.account_id from mailbox_shares s where s.tenant_id = ${tx.tenantId} and s.member_id = m.id))
    where m.tenant_id = ${tx.tenantId} and m.id = ${member} and m.state = 'active' and m.webmail_enabled
    order by a.id`;
}

/**
 * Whether mail came into an account after a modseq (`EmailDelivery`, RFC 8621 §1.5): not what was sent, drafted or thrown
 * away. What came last has the highest UIDs of its mailbox, so few rows are looked at.
 */
export async function hasArrivals(
  tx: TenantTx,
  accountId: MailAccountId,
  after: number,
  looksAt: number,
): Promise<boolean> {
  const [row] = await tx.sql<{ found: boolean }[]>`select exists (
    select 1 from mailbox_mailboxes b
    join lateral (select p.message_id from mailbox_memberships p where p.tenant_id = ${tx.tenantId} and p.mailbox_id = b.id
      order by p.uid desc limit ${looksAt}) p on true
    join mailbox_messages m on m.tenant_id = ${tx.tenantId} and m.id = p.message_id and m.created_modseq > ${after}
    where b.tenant_id = ${tx.tenantId} and b.account_id = ${accountId} and b.highest_modseq > ${after}
      and coalesce(b.role, '') not in ('drafts', 'sent', 'trash', 'junk')) as found`;
  return row?.found ?? false;
}
