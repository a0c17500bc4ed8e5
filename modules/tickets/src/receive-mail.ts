import { type Actor, providerTenantId, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import { addEntry } from "./add-entry.ts";
import { answerAsCustomer } from "./answer-ticket.ts";
import { ticketLimits } from "./limits.ts";
import { takesAnswers } from "./next-state.ts";
import { openTicket } from "./open-ticket.ts";
import { type InboundMail, readInbound } from "./read-inbound.ts";
import { numberInAddress, numberInSubject } from "./reply-address.ts";
import type { TicketServices } from "./services.ts";
import { countAutomaticReplies, selectTicket, selectTicketByNumber } from "./store.ts";
import { hasContent, selectTicketOfMessages } from "./store-entries.ts";
import { lockSurvivor } from "./store-merges.ts";
import { type KnownSender, type NewAttachment, nobodysAddress, type Ticket } from "./types.ts";

const actor: Actor = { kind: "system", name: "tickets" };

export type Received =
  | { readonly kind: "opened" | "answered"; readonly ticket: Ticket }
  | { readonly kind: "known" }
  | { readonly kind: "own" };

/**
 * Takes one mail to the support address (R16): an answer goes to its ticket, anything else opens one. What a machine sent
 * is kept but never answered, and our own mail is let lie (R20). The same mail twice changes nothing (R17).
 */
export async function receiveMail(services: TicketServices, bytes: Uint8Array): Promise<Received> {
  const mail = readInbound(bytes);
  if (isOwn(services, mail)) return { kind: "own" };
  if (await services.db.operator((tx) => hasContent(tx, mail.contentKey))) return { kind: "known" };
  const sender = mail.isForged || mail.from === "" ? null : await services.senderOf(mail.from);
  const home = await services.db.operator((tx) => homeOf(tx, services, mail, sender));
  const tenantId = home?.tenantId ?? sender?.tenantId ?? providerTenantId;
  const attachments = await storeFiles(services, tenantId, mail);
  return services.db.operator(async (tx) => {
    const ticket = home && (await lockSurvivor(tx, home.tenantId, home.id));
    if (ticket && takesAnswers(ticket, services.clock.nowMs())) {
      const entry = {
        authorId: sender?.principalId ?? null,
        authorAddress: mail.from,
        ...contentOf(mail),
        attachments,
      };
      // A bounce or a vacation notice is worth reading, but it is no answer of the customer's.
      const isNew = mail.isAutomatic
        ? await addEntry(tx, ticket, { ...entry, author: "system" }, services)
        : await answerAsCustomer(tx, actor, ticket, entry, services);
      return isNew ? { kind: "answered", ticket } : { kind: "known" };
    }
    const ticketOpened = await openTicket(
      tx,
      actor,
      {
        tenantId,
        kind: "question",
        severity: "normal",
        channel: "mail",
        subject: mail.subject,
        ...contentOf(mail),
        language: (await readTenant(tx, tenantId)).language,
        requesterAddress: mail.from || nobodysAddress,
        requesterId: sender?.principalId ?? null,
        attachments,
        confirms: await mayConfirm(tx, services, mail),
      },
      services,
    );
    return { kind: "opened", ticket: ticketOpened };
  });
}

const contentOf = (mail: InboundMail) => ({
  body: mail.text,
  messageId: mail.messageId,
  contentKey: mail.contentKey,
});

/** Our own addresses, tokens left out of account: answering them would be talking to ourselves. */
function isOwn(services: TicketServices, mail: InboundMail): boolean {
  const at = services.supportAddress.lastIndexOf("@");
  const [local, domain] = [services.supportAddress.slice(0, at), services.supportAddress.slice(at + 1).toLowerCase()];
  const own = [local, "noreply"].map((name) => `${name}@${domain}`.toLowerCase());
  return own.includes(mail.from.replace(/\+[^@]*@/, "@"));
}

/**
 * The ticket that a mail belongs to (R20): by our signed reply address; by the mails it answers and by the number in its
 * subject only when that ticket is the sender's own, so that a stranger who quotes a number reaches nothing.
 */
async function homeOf(
  tx: OperatorTx,
  services: TicketServices,
  mail: InboundMail,
  sender: KnownSender | null,
): Promise<Ticket | null> {
  for (const recipient of mail.recipients) {
    const number = numberInAddress(services.secret, services.supportAddress, recipient);
    const ticket = number === null ? null : await selectTicketByNumber(tx, number);
    if (ticket) return ticket;
  }
  const tenantId: TenantId = sender?.tenantId ?? providerTenantId;
  const isTheirs = (ticket: Ticket | null) =>
    ticket?.tenantId === tenantId && (sender !== null || ticket.requesterAddress === mail.from) ? ticket : null;
  if (mail.answers.length > 0) {
    const id = await selectTicketOfMessages(tx, tenantId, mail.answers);
    const answered = isTheirs(id && (await selectTicket(tx, tenantId, id)));
    if (answered) return answered;
  }
  const number = numberInSubject(mail.subject);
  return number === null ? null : isTheirs(await selectTicketByNumber(tx, number));
}

async function mayConfirm(tx: OperatorTx, services: TicketServices, mail: InboundMail): Promise<boolean> {
  if (mail.isAutomatic || mail.isForged || mail.from === "") return false;
  const since = new Date(services.clock.nowMs() - ticketLimits.dayMs);
  return (await countAutomaticReplies(tx, mail.from, since)) < ticketLimits.automaticRepliesPerAddressMax;
}

async function storeFiles(
  services: TicketServices,
  tenantId: TenantId,
  mail: InboundMail,
): Promise<readonly NewAttachment[]> {
  const stored: NewAttachment[] = [];
  for (const { name, mediaType, bytes } of mail.files) {
    const blob = await services.blobs.put(tenantId, bytes);
    stored.push({ name, mediaType, sizeBytes: blob.size, blobId: blob.id });
  }
  return stored;
}
