import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { pseudonymise, selectEntriesOfPerson, selectTicketsOfPerson } from "./store-person.ts";
import type { Ticket, TicketEntry, TicketPerson } from "./types.ts";

/**
 * A person's own tickets with what they or the desk said there, and what they said in a colleague's (`isOwn` false: its
 * subject is the colleague's). Never what a colleague, their mailbox's automatic answer or a note says (R80).
 */
export async function ticketsOfPerson(
  tx: TenantTx,
  person: TicketPerson,
): Promise<readonly { readonly ticket: Ticket; readonly isOwn: boolean; readonly entries: readonly TicketEntry[] }[]> {
  const tickets = await selectTicketsOfPerson(tx, person);
  const entries = await selectEntriesOfPerson(tx, person);
  const ids = new Set(tickets.map(({ id }) => id));
  const others = await selectTicketsOfPerson(tx, person, [...new Set(entries.map(({ ticketId }) => ticketId))]);
  return [...tickets, ...others.filter(({ id }) => !ids.has(id))].map((ticket) => ({
    ticket,
    isOwn: ids.has(ticket.id),
    entries: entries.filter(({ ticketId }) => ticketId === ticket.id),
  }));
}

/** The address that stands for somebody who was erased: the same person stays the same, and nobody is reached by it. */
export const pseudonymOf = (principalId: PrincipalId): string => `erased-${principalId.slice(-12)}@erased.invalid`;

/** Takes a person's address out of the desk's rows. What they wrote stays: it is the organisation's (R81). */
export const forgetPerson = (tx: TenantTx, person: TicketPerson): Promise<void> =>
  pseudonymise(tx, person, pseudonymOf(person.principalId));
