import { type Actor, Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { addEntry, noteSent } from "./add-entry.ts";
import { ticketLimits } from "./limits.ts";
import type { TicketServices } from "./services.ts";
import { insertTicket, takeNumber, updateTicket } from "./store.ts";
import { mailRequester } from "./ticket-mail.ts";
import type { Language, NewAttachment, Severity, Ticket, TicketChannel, TicketId, TicketKind } from "./types.ts";

export interface OpenTicketInput {
  readonly tenantId: TenantId;
  readonly kind: TicketKind;
  readonly severity: Severity;
  readonly channel: TicketChannel;
  readonly subject: string;
  readonly body: string;
  readonly concerns?: string;
  readonly language: Language;
  readonly requesterAddress: string;
  readonly requesterId: PrincipalId | null;
  readonly attachments?: readonly NewAttachment[];
  /** Of the mail it came by; the confirmation answers it. */
  readonly messageId?: string;
  readonly contentKey?: Uint8Array;
  /** The provider opens it of itself: nobody has asked anything, and what it says follows as an answer. */
  readonly byProvider?: boolean;
  /** False for a machine's mail and past the caps: then nobody is written to (R20). */
  readonly confirms: boolean;
}

/**
 * Opens a ticket with its first entry and, in the same transaction, promises the confirmation with the number (R17, R18).
 * @throws invalid `tickets.empty`, conflict `tickets.known` when this very mail was entered before.
 */
export async function openTicket(
  tx: TenantTx | OperatorTx,
  actor: Actor,
  input: OpenTicketInput,
  services: TicketServices,
): Promise<Ticket> {
  const { clock, random } = services;
  const body = input.body.trim().slice(0, ticketLimits.bodyCharsMax);
  const subject = oneLine(input.subject) || oneLine(body) || (input.language === "it" ? "Senza oggetto" : "No subject");
  if (input.channel !== "mail" && body === "" && !input.byProvider)
    throw new Failure("invalid", "tickets.empty", "say what it is about");
  const now = new Date(clock.nowMs());
  const ticket: Ticket = {
    tenantId: input.tenantId,
    id: newId<TicketId>(clock, random),
    number: await takeNumber(tx),
    kind: input.kind,
    severity: input.severity,
    state: "open",
    channel: input.channel,
    subject,
    language: input.language,
    requesterAddress: input.requesterAddress,
    requesterId: input.requesterId,
    concerns: (input.concerns ?? "").slice(0, ticketLimits.concernsCharsMax),
    assigneeId: null,
    automaticReplies: 0,
    remindersSent: 0,
    openedAt: now,
    updatedAt: now,
    reactionDueAt: new Date(now.getTime() + ticketLimits.reactionMs[input.severity]),
    reactedAt: null,
    waitingSince: null,
    solvedAt: null,
    cause: null,
    causeText: "",
    causeBy: null,
    causeConfirmedBy: null,
    mergedInto: null,
    mergedNumber: null,
    noticeId: null,
  };
  await insertTicket(tx, ticket);
  const isNew =
    input.byProvider ||
    (await addEntry(
      tx,
      ticket,
      {
        author: "customer",
        authorId: input.requesterId,
        authorAddress: input.requesterAddress,
        body,
        messageId: input.messageId ?? "",
        contentKey: input.contentKey ?? null,
        attachments: input.attachments ?? [],
      },
      services,
    ));
  if (!isNew) throw new Failure("conflict", "tickets.known", "this mail has a ticket already");
  await recordAudit(tx, actor, {
    action: "tickets.opened",
    object: { kind: "ticket", id: ticket.id },
    details: { number: Number(ticket.number), channel: ticket.channel, kind: ticket.kind, severity: ticket.severity },
    ...(tx.scope === "operator" ? { tenantId: ticket.tenantId } : {}),
  });
  if (!input.confirms) return ticket;
  const confirmed = { ...ticket, automaticReplies: 1 };
  await updateTicket(tx, confirmed);
  const sent = await mailRequester(
    tx,
    ticket,
    "opened",
    { text: body.slice(0, 2_000), ...(input.messageId ? { inReplyTo: input.messageId } : {}) },
    services,
  );
  await noteSent(tx, ticket, sent, services);
  return confirmed;
}

/** A subject as it is kept. */
const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, ticketLimits.subjectCharsMax);
