import type { MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { WordCount } from "./bayes.ts";

export type LessonKind = "spam" | "ham";

export interface Lessons {
  readonly spam: number;
  readonly ham: number;
  readonly words: readonly WordCount[];
}

/** What the account learned of these words; words never seen are left out. */
export async function selectLessons(
  tx: TenantTx,
  account: MailAccountId,
  words: readonly bigint[],
): Promise<Lessons | null> {
  const [totals] = await tx.sql<{ spam: number; ham: number }[]>`
    select spam, ham from mailflow_bayes_accounts where tenant_id = ${tx.tenantId} and mail_account_id = ${account}`;
  if (!totals) return null;
  const known = await tx.sql<WordCount[]>`
    select spam, ham from mailflow_bayes_words
    where tenant_id = ${tx.tenantId} and mail_account_id = ${account} and word = any(${words.map(String)}::bigint[])`;
  return { ...totals, words: known };
}

/** Locks the account's lessons and returns what this message was learned as before. */
export async function lockLesson(
  tx: TenantTx,
  account: MailAccountId,
  message: Uint8Array,
): Promise<LessonKind | null> {
  await tx.sql`
    insert into mailflow_bayes_accounts (tenant_id, mail_account_id) values (${tx.tenantId}, ${account})
    on conflict (tenant_id, mail_account_id) do update set spam = mailflow_bayes_accounts.spam`;
  const [row] = await tx.sql<{ kind: LessonKind }[]>`
    select kind from mailflow_bayes_learned
    where tenant_id = ${tx.tenantId} and mail_account_id = ${account} and message = ${Buffer.from(message)}`;
  return row?.kind ?? null;
}

/** Adds a lesson (`by` 1) or takes one back (-1). */
export async function addLesson(
  tx: TenantTx,
  account: MailAccountId,
  lesson: { readonly kind: LessonKind; readonly words: readonly bigint[]; readonly by: 1 | -1 },
): Promise<void> {
  const spam = lesson.kind === "spam" ? lesson.by : 0;
  const ham = lesson.kind === "ham" ? lesson.by : 0;
  await tx.sql`
    update mailflow_bayes_accounts set spam = greatest(0, spam + ${spam}::int), ham = greatest(0, ham + ${ham}::int)
    where tenant_id = ${tx.tenantId} and mail_account_id = ${account}`;
  await tx.sql`
    insert into mailflow_bayes_words (tenant_id, mail_account_id, word, spam, ham)
    select ${tx.tenantId}, ${account}, w, greatest(0, ${spam}::int), greatest(0, ${ham}::int)
    from unnest(${lesson.words.map(String)}::bigint[]) w
    on conflict (tenant_id, mail_account_id, word) do update
      set spam = greatest(0, mailflow_bayes_words.spam + ${spam}::int), ham = greatest(0, mailflow_bayes_words.ham + ${ham}::int)`;
}

export async function noteLearned(
  tx: TenantTx,
  account: MailAccountId,
  lesson: { readonly message: Uint8Array; readonly kind: LessonKind; readonly at: Date },
): Promise<void> {
  await tx.sql`
    insert into mailflow_bayes_learned (tenant_id, mail_account_id, message, kind, learned_at)
    values (${tx.tenantId}, ${account}, ${Buffer.from(lesson.message)}, ${lesson.kind}, ${lesson.at})
    on conflict (tenant_id, mail_account_id, message) do update set kind = excluded.kind, learned_at = excluded.learned_at`;
}

/** Old notes: a message older than that counts as new when it is moved again. */
export async function deleteLearnedBefore(tx: TenantTx, before: Date, limit: number): Promise<void> {
  await tx.sql`
    delete from mailflow_bayes_learned where tenant_id = ${tx.tenantId} and (mail_account_id, message) in (
      select mail_account_id, message from mailflow_bayes_learned
      where tenant_id = ${tx.tenantId} and learned_at < ${before} limit ${limit})`;
}

/** Accounts that have at least so many lessons of each kind. */
export async function selectTaughtAccounts(tx: TenantTx, lessonsMin: number): Promise<readonly MailAccountId[]> {
  const rows = await tx.sql<{ id: MailAccountId }[]>`
    select mail_account_id as id from mailflow_bayes_accounts
    where tenant_id = ${tx.tenantId} and spam >= ${lessonsMin} and ham >= ${lessonsMin}`;
  return rows.map(({ id }) => id);
}
