import { type Actor, Failure, type PrincipalId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { addEntry } from "./add-entry.ts";
import { afterEvent } from "./answer-ticket.ts";
import { ticketLimits } from "./limits.ts";
import type { TicketServices } from "./services.ts";
import { updateTicket } from "./store.ts";
import { mailRequester } from "./ticket-mail.ts";
import type { Severity, Ticket, TicketCause, TicketKind } from "./types.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;

export interface ChangeTicketInput {
  readonly severity?: Severity;
  readonly kind?: TicketKind;
  readonly assigneeId?: PrincipalId | null;
  readonly state?: "solved" | "closed";
}

const audit = (tx: TenantTx | OperatorTx, actor: Actor, ticket: Ticket, action: string, details: object) =>
  recordAudit(tx, actor, {
    action,
    object: { kind: "ticket", id: ticket.id },
    details: { number: Number(ticket.number), ...details },
    ...(tx.scope === "operator" ? { tenantId: ticket.tenantId } : {}),
  });

/** An operator sorts a ticket: severity moves the time of reaction while nobody has reacted (R26). */
export async function changeTicket(
  tx: OperatorTx,
  actor: OperatorActor,
  ticket: Ticket,
  input: ChangeTicketInput,
  services: TicketServices,
): Promise<Ticket> {
  const nowMs = services.clock.nowMs();
  const severity = input.severity ?? ticket.severity;
  const moved = input.state === undefined ? ticket : afterEvent(ticket, input.state, nowMs);
  const after: Ticket = {
    ...moved,
    severity,
    kind: input.kind ?? ticket.kind,
    assigneeId: input.assigneeId === undefined ? ticket.assigneeId : input.assigneeId,
    updatedAt: new Date(nowMs),
    reactionDueAt:
      severity === ticket.severity || ticket.reactedAt !== null
        ? moved.reactionDueAt
        : new Date(ticket.openedAt.getTime() + ticketLimits.reactionMs[severity]),
  };
  await updateTicket(tx, after);
  if (input.state === "solved" && ticket.state !== "solved") await mailRequester(tx, after, "solved", {}, services);
  await audit(tx, actor, ticket, "tickets.changed", {
    severity: after.severity,
    kind: after.kind,
    state: after.state,
    assignee: after.assigneeId,
  });
  return after;
}

/** The customer says that it is done. @throws precondition `tickets.closed`. */
export async function solveAsCustomer(
  tx: TenantTx,
  actor: Actor,
  ticket: Ticket,
  services: TicketServices,
): Promise<Ticket> {
  const after = afterEvent(ticket, "solved", services.clock.nowMs());
  await updateTicket(tx, after);
  await audit(tx, actor, ticket, "tickets.solved", { state: after.state });
  return after;
}

/**
 * What the trouble came from (R23, R26). Improper use needs words that the customer will read and a second operator: the
 * first names it, another confirms, and only then the customer is told.
 * @throws invalid `tickets.cause_text`, precondition `tickets.second_person`.
 */
export async function setCause(
  tx: OperatorTx,
  actor: OperatorActor,
  ticket: Ticket,
  input: { readonly cause: TicketCause; readonly text: string },
  services: TicketServices,
): Promise<Ticket> {
  const text = input.text.trim().slice(0, ticketLimits.causeCharsMax);
  const isConfirmation =
    input.cause === "improper_use" && ticket.cause === "improper_use" && ticket.causeConfirmedBy === null;
  if (input.cause === "improper_use" && text === "" && !isConfirmation)
    throw new Failure("invalid", "tickets.cause_text", "say in words the customer understands what was improper");
  if (isConfirmation && ticket.causeBy === actor.principalId)
    throw new Failure("precondition", "tickets.second_person", "another operator must confirm improper use");
  const after: Ticket = isConfirmation
    ? { ...ticket, causeConfirmedBy: actor.principalId, updatedAt: new Date(services.clock.nowMs()) }
    : {
        ...ticket,
        cause: input.cause,
        causeText: text,
        causeBy: actor.principalId,
        causeConfirmedBy: null,
        updatedAt: new Date(services.clock.nowMs()),
      };
  await updateTicket(tx, after);
  if (isConfirmation) {
    const messageId = await mailRequester(tx, after, "cause", { text: after.causeText }, services);
    const said = { author: "operator", authorId: actor.principalId, authorAddress: "", body: after.causeText } as const;
    await addEntry(tx, after, { ...said, messageId }, services);
  }
  await audit(tx, actor, ticket, "tickets.cause_set", {
    cause: after.cause,
    confirmed: after.causeConfirmedBy !== null,
  });
  return after;
}
