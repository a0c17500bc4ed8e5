import type { PrincipalId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { pseudonymise, selectEntriesOfPerson, selectTicketsOfPerson } from "./store-person.ts";
import type { Ticket, TicketEntry, TicketPerson } from "./types.ts";

/** A person's own tickets, and what they or the desk said there; never what a colleague or a note says (R80). */
export async function ticketsOfPerson(
  tx: TenantTx,
  person: TicketPerson,
): Promise<readonly { readonly ticket: Ticket; readonly entries: readonly TicketEntry[] }[]> {
  const tickets = await selectTicketsOfPerson(tx, person);
  const entries = await selectEntriesOfPerson(tx, person);
  const ids = new Set(tickets.map(({ id }) => id));
  return [
    ...tickets.map((ticket) => ({ ticket, entries: entries.filter(({ ticketId }) => ticketId === ticket.id) })),
    ...(await selectTicketsOfPerson(tx, person, [...new Set(entries.map(({ ticketId }) => ticketId))]))
      .filter(({ id }) => !ids.has(id))
      .map((ticket) => ({ ticket, entries: entries.filter(({ ticketId }) => ticketId === ticket.id) })),
  ];
}

/** The address that stands for somebody who was erased: the same person stays the same, and nobody is reached by it. */
export const pseudonymOf = (principalId: PrincipalId): string => `erased-${principalId.slice(-12)}@erased.invalid`;

/** Takes a person's address out of the desk's rows. What they wrote stays: it is the organisation's (R81). */
export const forgetPerson = (tx: TenantTx, person: TicketPerson): Promise<void> =>
  pseudonymise(tx, person, pseudonymOf(person.principalId));
