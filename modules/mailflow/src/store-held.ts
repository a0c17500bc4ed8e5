import type { MailAccountId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { OutgoingId, QueueId, TraceId } from "./types.ts";

/** An entry of the queue whose holding changed. */
export interface HeldEntry {
  readonly id: QueueId;
  readonly outgoingId: OutgoingId;
  readonly traceId: TraceId;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  readonly expiresAt: Date;
}

const told = (
  tx: TenantTx,
) => tx.sql`q.id, q.outgoing_id as "outgoingId", o.trace_id as "traceId", o.sender, q.recipient,
  o.header_message_id as "headerMessageId", q.expires_at as "expiresAt"`;
const ofAccount = (tx: TenantTx, account: MailAccountId) => tx.sql`q.tenant_id = ${tx.tenantId} and q.state = 'waiting'
  and o.tenant_id = q.tenant_id and o.id = q.outgoing_id and (o.mail_account_id = ${account} or o.rules_of = ${account})`;

/** Holds what waits of an account and its rules, but for what was let go, until its patience ends. */
export async function holdEntries(tx: TenantTx, account: MailAccountId, reply: string): Promise<readonly HeldEntry[]> {
  return tx.sql<HeldEntry[]>`
    update mailflow_queue q set hold = 'held', next_at = q.expires_at, last_reply = ${reply} from mailflow_outgoing o
    where ${ofAccount(tx, account)} and q.hold is null returning ${told(tx)}`;
}

export async function freeEntries(tx: TenantTx, account: MailAccountId, at: Date): Promise<readonly HeldEntry[]> {
  return tx.sql<HeldEntry[]>`
    update mailflow_queue q set hold = null, next_at = ${at} from mailflow_outgoing o
    where ${ofAccount(tx, account)} and q.hold = 'held' returning ${told(tx)}`;
}

/** Accounts with held mail that are not stopped: a version that knew no holding has lifted their stop (R101). */
export async function selectHeldWithoutStop(tx: TenantTx, limit: number): Promise<readonly MailAccountId[]> {
  const rows = await tx.sql<{ account: MailAccountId }[]>`
    select distinct coalesce(o.mail_account_id, o.rules_of) as account from mailflow_queue q
    join mailflow_outgoing o on o.tenant_id = q.tenant_id and o.id = q.outgoing_id
    where q.tenant_id = ${tx.tenantId} and q.state = 'waiting' and q.hold = 'held' and not exists (
      select from mailflow_stopped_senders s
      where s.tenant_id = q.tenant_id and s.mail_account_id = coalesce(o.mail_account_id, o.rules_of))
    limit ${limit}`;
  return rows.map(({ account }) => account);
}

/** One entry may go though its account is stopped. */
export async function letEntryGo(tx: TenantTx, id: QueueId): Promise<void> {
  await tx.sql`
    update mailflow_queue set hold = 'let_go' where tenant_id = ${tx.tenantId} and id = ${id} and hold = 'held'`;
}

/** Only what the account itself handed in: what its rules pass on is mail of others, who were told that it is taken. */
export async function dropHeldEntries(
  tx: TenantTx,
  account: MailAccountId,
  result: { readonly reply: string; readonly at: Date },
): Promise<readonly HeldEntry[]> {
  return tx.sql<HeldEntry[]>`
    update mailflow_queue q set state = 'dropped', done_at = ${result.at}, last_reply = ${result.reply}
    from mailflow_outgoing o where ${ofAccount(tx, account)} and o.mail_account_id = ${account} and q.hold = 'held'
    returning ${told(tx)}`;
}
