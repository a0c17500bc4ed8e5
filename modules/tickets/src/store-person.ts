import type { TenantTx } from "@casaforte/platform/db";
import { ticketLimits } from "./limits.ts";
import { ticketColumns } from "./store.ts";
import type { Ticket, TicketEntry, TicketId, TicketPerson } from "./types.ts";

/** Tickets that the person opened; or, of these, whoever opened them. Newest first. */
export async function selectTicketsOfPerson(
  tx: TenantTx,
  { principalId, address }: TicketPerson,
  ids: readonly TicketId[] | null = null,
): Promise<Ticket[]> {
  const own = tx.sql`(t.requester_id = ${principalId} or (t.requester_id is null and lower(t.requester_address) = lower(${address})))`;
  return tx.sql<Ticket[]>`
    select ${ticketColumns(tx)} from tickets_tickets t
    where t.tenant_id = ${tx.tenantId} and ${ids === null ? own : tx.sql`t.id = any(${[...ids]}::uuid[])`}
    order by t.opened_at desc limit ${ticketLimits.ofPersonMax}`;
}

/**
 * What the person wrote, and in the person's own tickets what the desk answered or the program
 * noted; in a colleague's that theirs was merged into, what the desk has answered both since then.
 */
export async function selectEntriesOfPerson(
  tx: TenantTx,
  { principalId, address }: TicketPerson,
): Promise<TicketEntry[]> {
  return tx.sql<TicketEntry[]>`
    select e.id, e.ticket_id as "ticketId", e.author, e.author_id as "authorId", e.author_address as "authorAddress", e.body,
      e.content_key as "contentKey", e.message_id as "messageId", e.at
    from tickets_entries e join tickets_tickets t on t.tenant_id = e.tenant_id and t.id = e.ticket_id
    where e.tenant_id = ${tx.tenantId} and (
      (e.author = 'customer' and (e.author_id = ${principalId} or (e.author_id is null and lower(e.author_address) = lower(${address}))))
      or (e.author in ('operator', 'system')
        and (e.author = 'operator' or e.author_address = '' or lower(e.author_address) = lower(${address}))
        and (t.requester_id = ${principalId} or (t.requester_id is null and lower(t.requester_address) = lower(${address}))))
      or (e.author = 'operator' and exists (
        select 1 from tickets_tickets m where m.tenant_id = t.tenant_id and m.merged_into = t.id and m.merged_at <= e.at
          and (m.requester_id = ${principalId} or (m.requester_id is null and lower(m.requester_address) = lower(${address}))))))
    order by e.id limit ${ticketLimits.ofPersonMax}`;
}

export async function pseudonymise(
  tx: TenantTx,
  { principalId, address }: TicketPerson,
  pseudonym: string,
): Promise<void> {
  await tx.sql`
    update tickets_tickets set requester_address = ${pseudonym}
    where tenant_id = ${tx.tenantId} and (requester_id = ${principalId} or lower(requester_address) = lower(${address}))`;
  await tx.sql`
    update tickets_entries set author_address = ${pseudonym}
    where tenant_id = ${tx.tenantId} and author = 'customer'
      and (author_id = ${principalId} or lower(author_address) = lower(${address}))`;
}
