import { formatRomeTime } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { noteSent } from "./add-entry.ts";
import { isReachable } from "./is-reachable.ts";
import { numberedSubject, replyAddress } from "./reply-address.ts";
import type { TicketServices } from "./services.ts";
import { selectOtherRequesters } from "./store-merges.ts";
import { type TicketMail, ticketText } from "./texts.ts";
import type { Ticket, TicketId } from "./types.ts";

interface MailValues {
  readonly text?: string;
  readonly untilMs?: number;
  readonly inReplyTo?: string;
  /** The number that is no more one of its own. */
  readonly merged?: bigint;
  /** Of those that were merged into it, whose requesters are written to; all where it is absent. */
  readonly among?: readonly TicketId[];
}

/**
 * Promises a mail about a ticket to its requester, and to whoever else asked in those that were merged into it; to
 * nobody whom no mail reaches. Returns the Message-ID of the requester's; empty where there is none.
 */
export async function mailRequester(
  tx: TenantTx | OperatorTx,
  ticket: Ticket,
  mail: TicketMail,
  values: MailValues,
  services: TicketServices,
): Promise<string> {
  const messageId = await mailOne(tx, ticket, mail, values, services);
  for (const { id, ...to } of await selectOtherRequesters(tx, ticket, values.among)) {
    const copy = await mailOne(tx, { ...ticket, ...to }, mail, { ...values, inReplyTo: "" }, services);
    await noteSent(tx, { tenantId: ticket.tenantId, id }, copy, services);
  }
  return messageId;
}

async function mailOne(
  tx: TenantTx | OperatorTx,
  ticket: Ticket,
  mail: TicketMail,
  values: MailValues,
  services: TicketServices,
): Promise<string> {
  if (!isReachable(ticket.requesterAddress)) return "";
  const { subject, text } = ticketText(mail, ticket.language, {
    subject: numberedSubject(ticket.number, ticket.subject),
    number: `#${ticket.number}`,
    due: formatRomeTime(ticket.reactionDueAt.getTime(), ticket.language),
    until: values.untilMs === undefined ? "" : formatRomeTime(values.untilMs, ticket.language),
    link: `${services.consoleUrl}/tickets/${ticket.id}`,
    text: values.text ?? "",
    merged: `#${values.merged ?? ""}`,
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
