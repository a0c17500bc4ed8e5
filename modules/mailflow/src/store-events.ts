import type { Id, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { mailflowLimits } from "./limits.ts";
import type { EventKind, MailEvent, TraceId } from "./types.ts";

export interface NewEvent extends Omit<MailEvent, "tenantId"> {
  readonly id: Id<"MailEvent">;
}

/** One statement, however many; their order is kept. */
export async function insertEvents(tx: TenantTx, events: readonly NewEvent[]): Promise<void> {
  const texts = (pick: (event: NewEvent) => string) => events.map(pick);
  await tx.sql`
    insert into mailflow_events (tenant_id, id, trace_id, at, kind, sender, recipient, header_message_id, subject, detail)
    select ${tx.tenantId}, e.* from unnest(${texts((e) => e.id)}::uuid[], ${texts((e) => e.traceId)}::uuid[],
      ${texts((e) => e.at.toISOString())}::timestamptz[], ${texts((e) => e.kind)}::text[], ${texts((e) => e.sender)}::text[],
      ${texts((e) => e.recipient)}::text[], ${texts((e) => e.headerMessageId)}::text[], ${texts((e) => e.subject)}::text[],
      ${texts((e) => e.detail)}::text[]) e`;
}

export interface EventFilter {
  /** Sender or recipient, exactly. */
  readonly address?: string;
  readonly traceId?: TraceId;
  /** With its angle brackets. */
  readonly headerMessageId?: string;
  /** Part of the subject. */
  readonly subject?: string;
  readonly from?: Date;
  readonly until?: Date;
  readonly limit: number;
}

interface EventRow {
  tenant_id: TenantId;
  trace_id: TraceId;
  at: Date;
  kind: EventKind;
  sender: string;
  recipient: string;
  header_message_id: string;
  subject: string;
  detail: string;
}

/** What the filter lets through but for the subject, newest first and at most so many. */
function listOf(tx: TenantTx | OperatorTx, filter: EventFilter, count: number) {
  const { sql } = tx;
  const { address = "" } = filter;
  // As the indices have it: of one customer's events all together, and else of who sent or got them, or of the whole house.
  const at = tx.scope === "tenant" && filter.address === undefined ? sql`at::timestamptz(3)` : sql`at`;
  const list = (by: "recipient" | "sender" | null) => sql`
    select tenant_id, trace_id, at, seq, kind, sender, recipient, header_message_id, subject, detail from mailflow_events
    where ${tx.scope === "tenant" ? sql`tenant_id = ${tx.tenantId}` : sql`true`}
      ${by === "recipient" ? sql`and recipient = ${address}` : sql``}
      ${by === "sender" ? sql`and sender = ${address} and recipient <> ${address}` : sql``}
      ${filter.traceId === undefined ? sql`` : sql`and trace_id = ${filter.traceId}`}
      ${filter.headerMessageId === undefined ? sql`` : sql`and header_message_id = ${filter.headerMessageId}`}
      ${filter.from === undefined ? sql`` : sql`and ${at} >= ${filter.from}`}
      ${filter.until === undefined ? sql`` : sql`and ${at} < ${filter.until}`}
    order by ${at} desc, seq desc limit ${count}`;
  if (filter.address === undefined) return list(null);
  // In one condition both would be looked up whole and sorted: a busy address has a million events.
  return sql`select * from ((${list("recipient")}) union all (${list("sender")})) b order by at desc, seq desc limit ${count}`;
}

/**
 * Newest first. In an operator's transaction across tenants, in a tenant's its own. Subjects are looked at in the newest
 * `searchedEventsMax` of what else is asked for: no index finds a part of one. `selectSearchedFrom` says how far that is.
 */
export async function selectEvents(tx: TenantTx | OperatorTx, filter: EventFilter): Promise<MailEvent[]> {
  const { sql } = tx;
  const { subject, limit } = filter;
  const part = subject === undefined ? null : `%${subject.replace(/[\\%_]/g, "\\$&")}%`;
  const rows = await sql<EventRow[]>`
    select * from (${listOf(tx, filter, part === null ? limit : mailflowLimits.searchedEventsMax)}) e
    ${part === null ? sql`` : sql`where subject ilike ${part}`} order by at desc, seq desc limit ${limit}`;
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    traceId: row.trace_id,
    at: row.at,
    kind: row.kind,
    sender: row.sender,
    recipient: row.recipient,
    headerMessageId: row.header_message_id,
    subject: row.subject,
    detail: row.detail,
  }));
}

/** The moment back to which `selectEvents` looks at subjects; null where it looks at all there are, or at none. */
export async function selectSearchedFrom(tx: TenantTx | OperatorTx, filter: EventFilter): Promise<Date | null> {
  const { searchedEventsMax } = mailflowLimits;
  if (filter.subject === undefined) return null;
  const [row] = await tx.sql<{ at: Date }[]>`
    select at from (${listOf(tx, filter, searchedEventsMax)}) e order by at desc, seq desc offset ${searchedEventsMax - 1} limit 1`;
  return row?.at ?? null;
}

export async function deleteEventsBefore(tx: TenantTx, before: Date, limit: number): Promise<number> {
  const gone = await tx.sql`
    delete from mailflow_events where tenant_id = ${tx.tenantId} and id in
      (select id from mailflow_events where tenant_id = ${tx.tenantId} and at < ${before} limit ${limit})`;
  return gone.count;
}

/** Adds recipients to the account's hour and returns the sum; the row's lock makes the limit exact. */
export async function addRate(tx: TenantTx, account: string, hour: Date, recipients: number): Promise<number> {
  const [row] = await tx.sql<{ recipients: number }[]>`
    insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients)
    values (${tx.tenantId}, ${account}, ${hour}, ${recipients})
    on conflict (tenant_id, mail_account_id, hour) do update set recipients = mailflow_rates.recipients + excluded.recipients
    returning recipients`;
  return row?.recipients ?? 0;
}

/** True for the first alarm of the account's hour. */
export async function markAlarmed(tx: TenantTx, account: string, hour: Date): Promise<boolean> {
  const rows = await tx.sql`
    insert into mailflow_rates (tenant_id, mail_account_id, hour, recipients, alarmed)
    values (${tx.tenantId}, ${account}, ${hour}, 0, true)
    on conflict (tenant_id, mail_account_id, hour) do update set alarmed = true where not mailflow_rates.alarmed
    returning 1`;
  return rows.length > 0;
}

export async function deleteRatesBefore(tx: TenantTx, before: Date): Promise<void> {
  await tx.sql`delete from mailflow_rates where tenant_id = ${tx.tenantId} and hour < ${before}`;
}
