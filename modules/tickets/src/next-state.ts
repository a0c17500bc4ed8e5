import { ticketLimits } from "./limits.ts";
import type { TicketState } from "./types.ts";

export type TicketEvent = "customer_wrote" | "operator_replied" | "operator_asked" | "solved" | "closed" | "gave_up";

/** What an event makes of a state (R19); null where it makes no sense. A closed ticket stays closed for ever. */
const transitions = {
  open: {
    customer_wrote: "open",
    operator_replied: "open",
    operator_asked: "waiting_customer",
    solved: "solved",
    closed: "closed",
    gave_up: null,
  },
  waiting_customer: {
    customer_wrote: "open",
    operator_replied: "open",
    operator_asked: "waiting_customer",
    solved: "solved",
    closed: "closed",
    gave_up: "solved",
  },
  solved: {
    customer_wrote: "open",
    operator_replied: "solved",
    operator_asked: "waiting_customer",
    solved: "solved",
    closed: "closed",
    gave_up: null,
  },
  closed: {
    customer_wrote: null,
    operator_replied: null,
    operator_asked: null,
    solved: null,
    closed: null,
    gave_up: null,
  },
} as const satisfies Record<TicketState, Record<TicketEvent, TicketState | null>>;

export const nextState = (state: TicketState, event: TicketEvent): TicketState | null => transitions[state][event];

/** True while a customer's mail belongs to this ticket; afterwards it opens a new one. */
export function takesAnswers(
  ticket: { readonly state: TicketState; readonly solvedAt: Date | null },
  nowMs: number,
): boolean {
  if (ticket.state === "closed") return false;
  return ticket.solvedAt === null || nowMs - ticket.solvedAt.getTime() <= ticketLimits.reopenMs;
}

/** How many reminders are due to a customer who owes an answer since then, and whether we stop waiting (R19). */
export function waitingVerdict(
  waitingSince: Date,
  nowMs: number,
): { readonly reminders: number; readonly givesUp: boolean } {
  const waitedMs = nowMs - waitingSince.getTime();
  return {
    reminders: ticketLimits.reminderAfterMs.filter((afterMs) => waitedMs >= afterMs).length,
    givesUp: waitedMs >= ticketLimits.giveUpAfterMs,
  };
}
