import { formatRomeTime } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { numberedSubject, replyAddress } from "./reply-address.ts";
import type { TicketServices } from "./services.ts";
import { type TicketMail, ticketText } from "./texts.ts";
import type { Ticket } from "./types.ts";

/** Promises a mail about a ticket to its requester. Returns its Message-ID. */
export function mailRequester(
  tx: TenantTx | OperatorTx,
  ticket: Ticket,
  mail: TicketMail,
  values: { readonly text?: string; readonly untilMs?: number; readonly inReplyTo?: string },
  services: TicketServices,
): Promise<string> {
  const { subject, text } = ticketText(mail, ticket.language, {
    subject: numberedSubject(ticket.number, ticket.subject),
    number: `#${ticket.number}`,
    due: formatRomeTime(ticket.reactionDueAt.getTime(), ticket.language),
    until: values.untilMs === undefined ? "" : formatRomeTime(values.untilMs, ticket.language),
    link: `${services.consoleUrl}/tickets/${ticket.id}`,
    text: values.text ?? "",
  });
  return services.sendMail(tx, {
    to: ticket.requesterAddress,
    subject,
    text,
    language: ticket.language,
    replyTo: replyAddress(services.secret, services.supportAddress, ticket.number),
    inReplyTo: values.inReplyTo ?? "",
  });
}
