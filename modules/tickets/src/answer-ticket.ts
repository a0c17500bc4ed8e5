import { type Actor, Failure, type PrincipalId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { addEntry, type NewEntry } from "./add-entry.ts";
import { ticketLimits } from "./limits.ts";
import { nextState, type TicketEvent } from "./next-state.ts";
import type { TicketServices } from "./services.ts";
import { updateTicket } from "./store.ts";
import { mailRequester } from "./ticket-mail.ts";
import type { NewAttachment, Ticket } from "./types.ts";

/** The ticket after an event. @throws precondition `tickets.closed`. */
export function afterEvent(ticket: Ticket, event: TicketEvent, nowMs: number): Ticket {
  const state = nextState(ticket.state, event);
  if (state === null) throw new Failure("precondition", "tickets.closed", "this ticket is closed; open a new one");
  const now = new Date(nowMs);
  const isWaiting = state === "waiting_customer";
  return {
    ...ticket,
    state,
    updatedAt: now,
    waitingSince: isWaiting ? now : null,
    remindersSent: isWaiting ? 0 : ticket.remindersSent,
    solvedAt: state === "solved" ? (ticket.solvedAt ?? now) : null,
    reactedAt:
      event === "operator_replied" || event === "operator_asked" ? (ticket.reactedAt ?? now) : ticket.reactedAt,
    // A customer who writes to a ticket that was answered waits for an answer again.
    reactionDueAt:
      event === "customer_wrote" && ticket.reactedAt !== null
        ? new Date(nowMs + ticketLimits.reactionMs[ticket.severity])
        : ticket.reactionDueAt,
  };
}

/** Adds what the customer said. False when the same mail was entered before. @throws precondition `tickets.closed`. */
export async function answerAsCustomer(
  tx: TenantTx | OperatorTx,
  actor: Actor,
  ticket: Ticket,
  entry: Omit<NewEntry, "author">,
  services: TicketServices,
): Promise<boolean> {
  const after = afterEvent(ticket, "customer_wrote", services.clock.nowMs());
  if (!(await addEntry(tx, ticket, { ...entry, author: "customer" }, services))) return false;
  await updateTicket(tx, after);
  await recordAudit(tx, actor, {
    action: "tickets.customer_wrote",
    object: { kind: "ticket", id: ticket.id },
    details: { number: Number(ticket.number), state: after.state },
    ...(tx.scope === "operator" ? { tenantId: ticket.tenantId } : {}),
  });
  return true;
}

export interface OperatorAnswer {
  readonly body: string;
  /** `note` stays inside; `ask` waits for the customer; `solve` answers and ends. */
  readonly how: "reply" | "ask" | "solve" | "note";
  readonly attachments?: readonly NewAttachment[];
  /** What makes the same answer one entry however often it is given. */
  readonly contentKey?: Uint8Array;
}

/** What an operator says, and the mail that carries it. @throws invalid `tickets.empty`, precondition `tickets.closed`. */
export const answerAsOperator = (
  tx: OperatorTx,
  actor: Extract<Actor, { kind: "operator" }>,
  ticket: Ticket,
  answer: OperatorAnswer,
  services: TicketServices,
): Promise<Ticket> => answerFor(tx, { actor, authorId: actor.principalId }, ticket, answer, services);

/** The same in an operator's name, whoever brings it. @throws invalid `tickets.empty`, precondition `tickets.closed`. */
export async function answerFor(
  tx: OperatorTx,
  { actor, authorId }: { readonly actor: Actor; readonly authorId: PrincipalId },
  ticket: Ticket,
  answer: OperatorAnswer,
  services: TicketServices,
): Promise<Ticket> {
  const body = answer.body.trim().slice(0, ticketLimits.bodyCharsMax);
  if (body === "") throw new Failure("invalid", "tickets.empty", "write something");
  const { attachments = [], contentKey = null } = answer;
  const entry = { authorId, authorAddress: "", body, attachments, contentKey };
  if (answer.how === "note") {
    await addEntry(tx, ticket, { ...entry, author: "note" }, services);
    return ticket;
  }
  const event = ({ reply: "operator_replied", ask: "operator_asked", solve: "solved" } as const)[answer.how];
  const nowMs = services.clock.nowMs();
  const after = {
    ...afterEvent(ticket, event, nowMs),
    reactedAt: ticket.reactedAt ?? new Date(nowMs),
    assigneeId: ticket.assigneeId ?? authorId,
  };
  const messageId = await mailRequester(
    tx,
    ticket,
    answer.how === "ask" ? "asked" : "replied",
    { text: body },
    services,
  );
  await addEntry(tx, ticket, { ...entry, author: "operator", messageId }, services);
  await updateTicket(tx, after);
  await recordAudit(tx, actor, {
    action: `tickets.${event}`,
    object: { kind: "ticket", id: ticket.id },
    details: { number: Number(ticket.number), state: after.state },
    tenantId: ticket.tenantId,
  });
  return after;
}
