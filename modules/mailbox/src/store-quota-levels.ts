import type { MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export type QuotaLevel = 0 | 80 | 95 | 100;

export interface QuotaCrossing {
  readonly accountId: MailAccountId;
  readonly address: string;
  readonly usedBytes: bigint;
  readonly quotaBytes: bigint;
  readonly before: QuotaLevel;
  readonly after: QuotaLevel;
}

/**
 * Accounts whose use has left the level they were last warned of. 100 is from 99.5 % on, since a message that does not
 * fit leaves some room. A level is left downwards only five points below it, so that one message coming and going warns once.
 */
export async function selectQuotaCrossings(tx: TenantTx, limit: number): Promise<readonly QuotaCrossing[]> {
  const rows = await tx.sql<
    { id: MailAccountId; address: string; used: bigint; quota: bigint; before: QuotaLevel; after: QuotaLevel }[]
  >`
    select id, address, used, quota, before, after from (
      select a.id, a.address, a.used_bytes as used, a.quota_bytes as quota, coalesce(l.level, 0) as before,
        case when a.used_bytes::numeric * 1000 >= a.quota_bytes::numeric * 995 then 100
          when a.used_bytes::numeric * 100 >= a.quota_bytes::numeric * 95 then 95
          when a.used_bytes::numeric * 100 >= a.quota_bytes::numeric * 80 then 80 else 0 end as after
      from mailbox_accounts a
      left join mailbox_quota_levels l on l.tenant_id = a.tenant_id and l.account_id = a.id
      where a.tenant_id = ${tx.tenantId} and a.state <> 'deleted'
        and (a.quota_bytes is not null or l.level > 0)) c
    where after > before
      or (after < before and (quota is null or used::numeric * 100 < quota::numeric * (before - 5)))
    order by id limit ${limit}`;
  return rows.map(({ id, address, used, quota, before, after }) => ({
    accountId: id,
    address,
    usedBytes: used,
    quotaBytes: quota,
    before,
    after,
  }));
}

/** False when another has noted a step from `before` already. */
export async function noteQuotaLevel(
  tx: TenantTx,
  { accountId, before, after }: Pick<QuotaCrossing, "accountId" | "before" | "after">,
  at: Date,
): Promise<boolean> {
  const noted = await tx.sql`
    insert into mailbox_quota_levels (tenant_id, account_id, level, reached_at)
    values (${tx.tenantId}, ${accountId}, ${after}, ${at})
    on conflict (tenant_id, account_id) do update set level = excluded.level, reached_at = excluded.reached_at
      where mailbox_quota_levels.level = ${before}`;
  return noted.count > 0;
}
