import type { Actor, TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import { answerAsOperator } from "./answer-ticket.ts";
import { type OpenTicketInput, openTicket } from "./open-ticket.ts";
import type { TicketServices } from "./services.ts";
import { selectToldIncidents } from "./store.ts";
import type { Ticket } from "./types.ts";

/** What operators told each customer by incidents that live, so that nobody is told the same twice. */
export const whatWasTold = (tx: OperatorTx): Promise<ReadonlyMap<TenantId, string>> => selectToldIncidents(tx);

/**
 * A ticket that the provider opens of itself, since it saw something before the customer did: the first words are the
 * operator's, and go out by mail (R16). It waits for the customer's answer, so it ends without one, too (R19).
 * @throws invalid `tickets.empty`.
 */
export async function openForCustomer(
  tx: OperatorTx,
  actor: Extract<Actor, { kind: "operator" }>,
  input: Pick<
    OpenTicketInput,
    "tenantId" | "kind" | "severity" | "subject" | "body" | "concerns" | "language" | "requesterAddress" | "requesterId"
  >,
  services: TicketServices,
): Promise<Ticket> {
  const opened = { ...input, body: "", channel: "portal", byProvider: true, confirms: false } as const;
  const ticket = await openTicket(tx, actor, opened, services);
  return answerAsOperator(tx, actor, ticket, { how: "ask", body: input.body }, services);
}
