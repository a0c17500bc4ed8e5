import { Failure, type TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { ticketLimits } from "./limits.ts";
import { selectTicket } from "./store.ts";
import type { Language, Ticket, TicketId } from "./types.ts";

type AnyTx = TenantTx | OperatorTx;

/** Holds the ticket that goes on where this one's words go: itself, or the one that it was merged into. */
export async function lockSurvivor(tx: AnyTx, tenantId: TenantId, id: TicketId): Promise<Ticket | null> {
  const seen = await selectTicket(tx, tenantId, id);
  // Only the one that goes on is ever locked, so that nobody waits for two. It may be merged itself before it is held.
  for (let next = seen?.mergedInto ?? seen?.id; next; ) {
    const held = await selectTicket(tx, tenantId, next, true);
    if (held === null || held.mergedInto === null) return held;
    next = held.mergedInto;
  }
  return null;
}

/** Holds two tickets of one customer, in one order whoever asks. @throws not_found `tickets.missing`. */
export async function lockBoth(
  tx: OperatorTx,
  tenantId: TenantId,
  ids: readonly [TicketId, TicketId],
): Promise<readonly [Ticket, Ticket]> {
  const held = new Map<TicketId, Ticket>();
  for (const id of ids.toSorted()) {
    const ticket = await selectTicket(tx, tenantId, id, true);
    if (ticket !== null) held.set(id, ticket);
  }
  const [one, other] = [held.get(ids[0]), held.get(ids[1])];
  if (!one || !other) throw new Failure("not_found", "tickets.missing", "there is no such ticket of this customer");
  return [one, other];
}

/** Ends a ticket, and makes it and those that it had taken up part of another. Returns them all. */
export async function setMerged(tx: OperatorTx, from: Ticket, into: TicketId, now: Date): Promise<readonly TicketId[]> {
  const taken = await tx.sql<{ id: TicketId }[]>`
    update tickets_tickets set merged_into = ${into} where tenant_id = ${from.tenantId} and merged_into = ${from.id}
    returning id`;
  await tx.sql`
    update tickets_tickets set state = 'closed', waiting_since = null, solved_at = null, updated_at = ${now}, merged_at = ${now},
      merged_into = ${into}, is_survivor = false, into_survivor = true
    where tenant_id = ${from.tenantId} and id = ${from.id}`;
  return [from.id, ...taken.map(({ id }) => id)];
}

/** How many each of these has taken up, together. */
export async function countMerged(tx: OperatorTx, tenantId: TenantId, ids: readonly TicketId[]): Promise<number> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from tickets_tickets where tenant_id = ${tenantId} and merged_into = any(${[...ids]}::uuid[])`;
  return row?.count ?? 0;
}

/** Who else asked, in tickets that were merged into this one, or in some of them: each address once. */
export async function selectOtherRequesters(
  tx: AnyTx,
  ticket: Ticket,
  among?: readonly TicketId[],
): Promise<readonly { readonly id: TicketId; readonly requesterAddress: string; readonly language: Language }[]> {
  return tx.sql<{ id: TicketId; requesterAddress: string; language: Language }[]>`
    select distinct on (lower(requester_address)) id, requester_address as "requesterAddress", language
    from tickets_tickets
    where tenant_id = ${ticket.tenantId} and merged_into = ${ticket.id}
      and lower(requester_address) <> lower(${ticket.requesterAddress})
      ${among === undefined ? tx.sql`` : tx.sql`and id = any(${[...among]}::uuid[])`}
    order by lower(requester_address), id limit ${ticketLimits.mergedMax}`;
}
