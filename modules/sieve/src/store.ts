import { Failure, type MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Script, Vacation } from "./types.ts";

export async function selectScripts(tx: TenantTx, accountId: MailAccountId): Promise<readonly Script[]> {
  return tx.sql<Script[]>`
    select name, content, is_active as "isActive", updated_at as "updatedAt" from sieve_scripts
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} order by name`;
}

export async function upsertScript(
  tx: TenantTx,
  accountId: MailAccountId,
  script: { readonly name: string; readonly content: string; readonly at: Date },
): Promise<void> {
  await tx.sql`
    insert into sieve_scripts (tenant_id, account_id, name, content, updated_at)
    values (${tx.tenantId}, ${accountId}, ${script.name}, ${script.content}, ${script.at})
    on conflict (tenant_id, account_id, name) do update set content = excluded.content, updated_at = excluded.updated_at`;
}

/** Null: none. Two statements: the index of the active one is never violated. False when there is no such script. */
export async function setActive(tx: TenantTx, accountId: MailAccountId, name: string | null): Promise<boolean> {
  await tx.sql`update sieve_scripts set is_active = false
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and is_active and name is distinct from ${name}`;
  if (name === null) return true;
  const found = await tx.sql`update sieve_scripts set is_active = true
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and name = ${name}`;
  return found.count > 0;
}

export async function deleteScript(tx: TenantTx, accountId: MailAccountId, name: string): Promise<boolean> {
  const gone = await tx.sql`delete from sieve_scripts
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and name = ${name}`;
  return gone.count > 0;
}

export async function setScriptName(tx: TenantTx, accountId: MailAccountId, from: string, to: string): Promise<void> {
  await tx.sql`update sieve_scripts set name = ${to}
    where tenant_id = ${tx.tenantId} and account_id = ${accountId} and name = ${from}`;
}

export async function selectVacation(tx: TenantTx, accountId: MailAccountId): Promise<Vacation | null> {
  const [row] = await tx.sql<Vacation[]>`
    select is_enabled as "isEnabled", from_at as "fromAt", until_at as "untilAt", subject, text_body as "textBody",
      html_body as "htmlBody"
    from sieve_vacations where tenant_id = ${tx.tenantId} and account_id = ${accountId}`;
  return row ?? null;
}

export async function upsertVacation(
  tx: TenantTx,
  accountId: MailAccountId,
  vacation: Vacation,
  at: Date,
): Promise<void> {
  const { isEnabled, fromAt, untilAt, subject, textBody, htmlBody } = vacation;
  await tx.sql`
    insert into sieve_vacations (tenant_id, account_id, is_enabled, from_at, until_at, subject, text_body, html_body, updated_at)
    values (${tx.tenantId}, ${accountId}, ${isEnabled}, ${fromAt}, ${untilAt}, ${subject}, ${textBody}, ${htmlBody}, ${at})
    on conflict (tenant_id, account_id) do update set is_enabled = excluded.is_enabled, from_at = excluded.from_at,
      until_at = excluded.until_at, subject = excluded.subject, text_body = excluded.text_body,
      html_body = excluded.html_body, updated_at = excluded.updated_at`;
}

export interface AccountRules {
  readonly accountId: MailAccountId;
  /** The active script. */
  readonly script: string | null;
  /** When it is on. */
  readonly vacation: Vacation | null;
}

/** Those of the accounts that want anything done. */
export async function selectRules(
  tx: TenantTx,
  accountIds: readonly MailAccountId[],
): Promise<readonly AccountRules[]> {
  const rows = await tx.sql<
    (Omit<Vacation, "isEnabled"> & { accountId: MailAccountId; script: string | null; answers: boolean | null })[]
  >`
    select coalesce(s.account_id, v.account_id) as "accountId", s.content as script, v.is_enabled as answers,
      v.from_at as "fromAt", v.until_at as "untilAt", v.subject, v.text_body as "textBody", v.html_body as "htmlBody"
    from (select account_id, content from sieve_scripts
        where tenant_id = ${tx.tenantId} and is_active and account_id = any(${[...accountIds]}::uuid[])) s
      full join (select * from sieve_vacations
        where tenant_id = ${tx.tenantId} and is_enabled and account_id = any(${[...accountIds]}::uuid[])) v
      on v.account_id = s.account_id`;
  return rows.map(({ accountId, script, answers, ...vacation }) => ({
    accountId,
    script,
    vacation: answers === true ? { ...vacation, isEnabled: true } : null,
  }));
}

/** @throws conflict `sieve.has_rules` when some of the accounts want anything done. One statement. */
export async function assertNoRules(tx: TenantTx, accountIds: readonly MailAccountId[]): Promise<void> {
  await tx.sql`select sieve_refuse_rules(${tx.tenantId}, ${[...accountIds]}::uuid[])`.catch((cause: unknown) => {
    if ((cause as { readonly code?: string }).code !== "CF005") throw cause;
    throw new Failure("conflict", "sieve.has_rules", "an owner has rules for what arrives", { cause });
  });
}

/** True when that answer was not given since `before`, and now it is. */
export async function claimReply(
  tx: TenantTx,
  accountId: MailAccountId,
  reply: { readonly key: Uint8Array; readonly at: Date; readonly before: Date },
): Promise<boolean> {
  const claimed = await tx.sql`
    insert into sieve_replies (tenant_id, account_id, key, replied_at)
    values (${tx.tenantId}, ${accountId}, ${Buffer.from(reply.key)}, ${reply.at})
    on conflict (tenant_id, account_id, key) do update set replied_at = excluded.replied_at
      where sieve_replies.replied_at <= ${reply.before}
    returning 1`;
  return claimed.length > 0;
}

export async function deleteRepliesBefore(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from sieve_replies where tenant_id = ${tx.tenantId} and replied_at < ${before}`;
}

export async function selectActiveScripts(
  tx: TenantTx,
): Promise<readonly { readonly accountId: MailAccountId; readonly content: string }[]> {
  return tx.sql<{ accountId: MailAccountId; content: string }[]>`
    select account_id as "accountId", content from sieve_scripts where tenant_id = ${tx.tenantId} and is_active`;
}
