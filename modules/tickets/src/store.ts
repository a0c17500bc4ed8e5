import type { PrincipalId, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import { ticketLimits } from "./limits.ts";
import type { Ticket, TicketId, TicketState } from "./types.ts";

type AnyTx = TenantTx | OperatorTx;

export interface TicketRow extends Omit<Ticket, "tenantId"> {
  readonly tenant_id: TenantId;
}

/** Every column of a ticket, of the table under the name `t`. */
export const ticketColumns = (tx: Tx) =>
  tx.sql`t.tenant_id, t.id, t.number, t.kind, t.severity, t.state, t.channel, t.subject, t.language,
    t.requester_address as "requesterAddress", t.requester_id as "requesterId", t.concerns, t.assignee_id as "assigneeId",
    t.automatic_replies as "automaticReplies", t.reminders_sent as "remindersSent", t.opened_at as "openedAt",
    t.updated_at as "updatedAt", t.reaction_due_at as "reactionDueAt", t.reacted_at as "reactedAt",
    t.waiting_since as "waitingSince", t.solved_at as "solvedAt", t.cause, t.cause_text as "causeText",
    t.cause_by as "causeBy", t.cause_confirmed_by as "causeConfirmedBy", t.merged_into as "mergedInto",
    (select s.number from tickets_tickets s where s.tenant_id = t.tenant_id and s.id = t.merged_into) as "mergedNumber",
    t.notice_id as "noticeId"`;

export function toTicket({ tenant_id, ...row }: TicketRow): Ticket {
  return { tenantId: tenant_id, ...row };
}

/** A number that no ticket had before, taken outside any order of commits. */
export async function takeNumber(tx: Tx): Promise<bigint> {
  const [row] = await tx.sql<{ number: bigint }[]>`select nextval('tickets_number') as number`;
  return row?.number ?? 0n;
}

export async function insertTicket(tx: AnyTx, t: Ticket): Promise<void> {
  await tx.sql`
    insert into tickets_tickets (tenant_id, id, number, kind, severity, state, channel, subject, language, requester_address,
      requester_id, concerns, automatic_replies, opened_at, updated_at, reaction_due_at)
    values (${t.tenantId}, ${t.id}, ${t.number}, ${t.kind}, ${t.severity}, ${t.state}, ${t.channel}, ${t.subject}, ${t.language},
      ${t.requesterAddress}, ${t.requesterId}, ${t.concerns}, ${t.automaticReplies}, ${t.openedAt}, ${t.updatedAt}, ${t.reactionDueAt})`;
}

export async function selectTicket(tx: AnyTx, tenantId: TenantId, id: TicketId, lock = false): Promise<Ticket | null> {
  const [row] = await tx.sql<TicketRow[]>`
    select ${ticketColumns(tx)} from tickets_tickets t where t.tenant_id = ${tenantId} and t.id = ${id} ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ? toTicket(row) : null;
}

/** Across tenants: which ticket has that number. */
export async function selectTicketByNumber(tx: OperatorTx, number: bigint): Promise<Ticket | null> {
  const [row] = await tx.sql<
    TicketRow[]
  >`select ${ticketColumns(tx)} from tickets_tickets t where t.number = ${number}`;
  return row ? toTicket(row) : null;
}

export interface TicketFilter {
  readonly tenantId?: TenantId;
  readonly states?: readonly TicketState[];
  readonly assigneeId?: PrincipalId;
  /** In the subject, the requester's address, or the number. */
  readonly search?: string;
  readonly order: "recent" | "due";
  readonly cursor?: string;
  readonly count: number;
}

/** A page of tickets. The cursor is opaque: what the order sorts by, and the id. */
export async function selectTickets(
  tx: AnyTx,
  filter: TicketFilter,
): Promise<{ readonly tickets: readonly Ticket[]; readonly nextCursor: string | null }> {
  const { sql } = tx;
  const tenantId = tx.scope === "tenant" ? tx.tenantId : filter.tenantId;
  const count = Math.min(Math.max(1, filter.count), ticketLimits.pageSizeMax);
  const [at, id] = (filter.cursor ?? "").split("/");
  const from = at && id && !Number.isNaN(Date.parse(at)) ? { at: new Date(at), id } : null;
  const pattern = filter.search ? `%${filter.search.replace(/[\\%_]/g, "\\$&")}%` : null;
  const number = /^#?(\d{1,15})$/.exec(filter.search?.trim() ?? "")?.[1];
  const rows = await sql<TicketRow[]>`
    select ${ticketColumns(tx)} from tickets_tickets t
    where ${tenantId === undefined ? sql`true` : sql`t.tenant_id = ${tenantId}`}
      ${filter.states ? sql`and t.state = any(${[...filter.states]})` : sql``}
      ${filter.assigneeId ? sql`and t.assignee_id = ${filter.assigneeId}` : sql``}
      ${
        pattern
          ? sql`and (t.subject ilike ${pattern} or t.requester_address ilike ${pattern} or t.number = ${number ?? 0}
        or exists (select 1 from tickets_tickets m where m.tenant_id = t.tenant_id and m.merged_into = t.id and m.number = ${number ?? 0}))`
          : sql``
      }
      ${from ? (filter.order === "due" ? sql`and (t.reaction_due_at, t.id) > (${from.at}, ${from.id})` : sql`and (t.updated_at, t.id) < (${from.at}, ${from.id})`) : sql``}
    order by ${filter.order === "due" ? sql`t.reaction_due_at, t.id` : sql`t.updated_at desc, t.id desc`}
    limit ${count + 1}`;
  const tickets = rows.slice(0, count).map(toTicket);
  const last = tickets.at(-1);
  const lastAt = filter.order === "due" ? last?.reactionDueAt : last?.updatedAt;
  return { tickets, nextCursor: rows.length > count && last && lastAt ? `${lastAt.toISOString()}/${last.id}` : null };
}

/**
 * The words that opened each customer's live incidents, where they were an operator's. Who asks is alone to open some until
 * the end of its Tx.
 */
export async function selectToldIncidents(tx: OperatorTx): Promise<ReadonlyMap<TenantId, string>> {
  await tx.sql`select pg_advisory_xact_lock(hashtext('tickets.told'))`;
  const rows = await tx.sql<{ tenantId: TenantId; words: string }[]>`
    select t.tenant_id as "tenantId", string_agg(e.body, E'\n') as words
    from tickets_tickets t
    join tickets_tickets s on s.tenant_id = t.tenant_id and s.id = coalesce(t.merged_into, t.id)
    join lateral (
      select e.author, e.body from tickets_entries e
      where e.tenant_id = t.tenant_id and e.ticket_id = t.id order by e.id limit 1) e on e.author = 'operator'
    where t.kind = 'incident' and s.state in ('open', 'waiting_customer')
    group by 1`;
  return new Map(rows.map(({ tenantId, words }) => [tenantId, words]));
}

export async function countTicketsByState(tx: OperatorTx): Promise<Readonly<Record<TicketState, number>>> {
  const rows = await tx.sql<{ state: TicketState; count: number }[]>`
    select state, count(*)::int as count from tickets_tickets group by state`;
  const counts: Record<TicketState, number> = { open: 0, waiting_customer: 0, solved: 0, closed: 0 };
  for (const row of rows) counts[row.state] = row.count;
  return counts;
}

/** Open ones that nobody answered in time. */
export async function countOverdue(tx: OperatorTx, now: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from tickets_tickets
    where state = 'open' and reacted_at is null and reaction_due_at < ${now}`;
  return row?.count ?? 0;
}

/** Writes what may change of a ticket. */
export async function updateTicket(tx: AnyTx, t: Ticket): Promise<void> {
  await tx.sql`
    update tickets_tickets set kind = ${t.kind}, severity = ${t.severity}, state = ${t.state}, assignee_id = ${t.assigneeId},
      automatic_replies = ${t.automaticReplies}, reminders_sent = ${t.remindersSent}, updated_at = ${t.updatedAt},
      reaction_due_at = ${t.reactionDueAt}, reacted_at = ${t.reactedAt}, waiting_since = ${t.waitingSince},
      solved_at = ${t.solvedAt}, cause = ${t.cause}, cause_text = ${t.causeText}, cause_by = ${t.causeBy},
      cause_confirmed_by = ${t.causeConfirmedBy}
    where tenant_id = ${t.tenantId} and id = ${t.id}`;
}

/** Gives a ticket of the provider's quarantine to the customer it belongs to; entries and files follow by their keys. */
export async function moveTicket(tx: OperatorTx, from: Ticket, tenantId: TenantId): Promise<void> {
  await tx.sql`update tickets_tickets set tenant_id = ${tenantId} where tenant_id = ${from.tenantId} and id = ${from.id}`;
}

/** Tickets that wait for their customer, oldest first: the clock's work. */
export async function selectWaiting(tx: TenantTx, before: Date): Promise<readonly Ticket[]> {
  const rows = await tx.sql<TicketRow[]>`
    select ${ticketColumns(tx)} from tickets_tickets t
    where t.tenant_id = ${tx.tenantId} and t.state = 'waiting_customer' and t.waiting_since <= ${before}
    order by t.waiting_since limit 500 for update`;
  return rows.map(toTicket);
}

export async function closeSolved(tx: TenantTx, before: Date, now: Date): Promise<number> {
  const closed = await tx.sql`
    update tickets_tickets set state = 'closed', updated_at = ${now}
    where tenant_id = ${tx.tenantId} and state = 'solved' and solved_at <= ${before}`;
  return closed.count;
}

/** How many confirmations that address was sent since then, whoever's tickets they were. */
export async function countAutomaticReplies(tx: OperatorTx, address: string, since: Date): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select coalesce(sum(automatic_replies), 0)::int as count from tickets_tickets
    where requester_address = ${address} and updated_at > ${since}`;
  return row?.count ?? 0;
}
