import type { Id, MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";

export type SenderRuleId = Id<"SenderRule">;
export type RuleVerdict = "allow" | "deny";

export interface SenderRule {
  readonly id: SenderRuleId;
  /** Whose: of one account, or of everybody in a domain. */
  readonly scope: { readonly mailAccountId: MailAccountId } | { readonly domain: string };
  readonly verdict: RuleVerdict;
  /** An address, or a domain: that covers its subdomains. Lower case. */
  readonly pattern: string;
  readonly createdAt: Date;
}

export interface DomainPolicy {
  readonly domain: string;
  readonly greylist: boolean;
  readonly spamAction: "junk" | "quarantine";
}

interface RuleRow {
  id: SenderRuleId;
  mail_account_id: MailAccountId | null;
  domain: string | null;
  verdict: RuleVerdict;
  pattern: string;
  created_at: Date;
}

const toRule = (row: RuleRow): SenderRule => ({
  id: row.id,
  scope: row.mail_account_id === null ? { domain: row.domain ?? "" } : { mailAccountId: row.mail_account_id },
  verdict: row.verdict,
  pattern: row.pattern,
  createdAt: row.created_at,
});

/** Returns false when the scope has a rule for that pattern already. */
export async function insertSenderRule(tx: TenantTx, rule: SenderRule): Promise<boolean> {
  const account = "mailAccountId" in rule.scope ? rule.scope.mailAccountId : null;
  const domain = "domain" in rule.scope ? rule.scope.domain : null;
  const rows = await tx.sql`
    insert into mailflow_sender_rules (tenant_id, id, mail_account_id, domain, verdict, pattern, created_at)
    values (${tx.tenantId}, ${rule.id}, ${account}, ${domain}, ${rule.verdict}, ${rule.pattern}, ${rule.createdAt})
    on conflict do nothing returning 1`;
  return rows.length > 0;
}

export async function deleteSenderRule(tx: TenantTx, id: SenderRuleId): Promise<SenderRule | null> {
  const [row] = await tx.sql<RuleRow[]>`
    delete from mailflow_sender_rules where tenant_id = ${tx.tenantId} and id = ${id}
    returning id, mail_account_id, domain, verdict, pattern, created_at`;
  return row ? toRule(row) : null;
}

export async function selectSenderRules(
  tx: TenantTx,
  page: { readonly mailAccountId?: MailAccountId; readonly limit: number },
): Promise<SenderRule[]> {
  const rows = await tx.sql<RuleRow[]>`
    select id, mail_account_id, domain, verdict, pattern, created_at from mailflow_sender_rules
    where tenant_id = ${tx.tenantId}
      ${page.mailAccountId === undefined ? tx.sql`` : tx.sql`and mail_account_id = ${page.mailAccountId}`}
    order by pattern, id limit ${page.limit}`;
  return rows.map(toRule);
}

export async function countSenderRules(tx: TenantTx): Promise<number> {
  const [row] = await tx.sql<{ n: bigint }[]>`
    select count(*) as n from mailflow_sender_rules where tenant_id = ${tx.tenantId}`;
  return Number(row?.n ?? 0n);
}

/** Every rule of these accounts and domains that could match one of the patterns. */
export async function selectMatchingRules(
  tx: TenantTx,
  accounts: readonly MailAccountId[],
  domains: readonly string[],
  patterns: readonly string[],
): Promise<SenderRule[]> {
  const rows = await tx.sql<RuleRow[]>`
    select id, mail_account_id, domain, verdict, pattern, created_at from mailflow_sender_rules
    where tenant_id = ${tx.tenantId} and pattern = any(${[...patterns]}::text[])
      and (mail_account_id = any(${[...accounts]}::uuid[]) or domain = any(${[...domains]}::text[]))`;
  return rows.map(toRule);
}

export async function upsertDomainPolicy(tx: TenantTx, policy: DomainPolicy): Promise<void> {
  await tx.sql`
    insert into mailflow_domain_policies (tenant_id, domain, greylist, spam_action)
    values (${tx.tenantId}, ${policy.domain}, ${policy.greylist}, ${policy.spamAction})
    on conflict (tenant_id, domain) do update set greylist = excluded.greylist, spam_action = excluded.spam_action`;
}

export async function selectDomainPolicies(
  tx: TenantTx,
  domains?: readonly string[],
): Promise<readonly DomainPolicy[]> {
  return tx.sql<DomainPolicy[]>`
    select domain, greylist, spam_action as "spamAction" from mailflow_domain_policies where tenant_id = ${tx.tenantId}
      ${domains === undefined ? tx.sql`` : tx.sql`and domain = any(${[...domains]}::text[])`}
    order by domain`;
}

/** Notes a knock and tells when the first one was, and whether it has passed already. */
export async function knock(
  tx: TenantTx,
  key: Uint8Array,
  at: Date,
): Promise<{ readonly firstAt: Date; readonly passedAt: Date | null }> {
  const [row] = await tx.sql<{ firstAt: Date; passedAt: Date | null }[]>`
    insert into mailflow_greylist (tenant_id, knock, first_at, seen_at)
    values (${tx.tenantId}, ${Buffer.from(key)}, ${at}, ${at})
    on conflict (tenant_id, knock) do update set seen_at = excluded.seen_at
    returning first_at as "firstAt", passed_at as "passedAt"`;
  return row ?? { firstAt: at, passedAt: null };
}

export async function markPassed(tx: TenantTx, key: Uint8Array, at: Date): Promise<void> {
  await tx.sql`
    insert into mailflow_greylist (tenant_id, knock, first_at, passed_at, seen_at)
    values (${tx.tenantId}, ${Buffer.from(key)}, ${at}, ${at}, ${at})
    on conflict (tenant_id, knock) do update set passed_at = coalesce(mailflow_greylist.passed_at, excluded.passed_at),
      seen_at = excluded.seen_at`;
}

export async function hasPassed(tx: TenantTx, key: Uint8Array): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from mailflow_greylist where tenant_id = ${tx.tenantId} and knock = ${Buffer.from(key)} and passed_at is not null`;
  return rows.length > 0;
}

export async function deleteKnocks(
  tx: TenantTx,
  before: { readonly failed: Date; readonly passed: Date },
): Promise<void> {
  await tx.sql`
    delete from mailflow_greylist where tenant_id = ${tx.tenantId}
      and (seen_at < ${before.passed} or (passed_at is null and first_at < ${before.failed}))`;
}
