import { newId, type PrincipalId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { TicketServices } from "./services.ts";
import { insertAttachment, insertEntry } from "./store-entries.ts";
import type { NewAttachment, Ticket, TicketAttachmentId, TicketEntryId } from "./types.ts";

export interface NewEntry {
  readonly author: "customer" | "operator" | "note" | "system";
  readonly authorId: PrincipalId | null;
  readonly authorAddress: string;
  readonly body: string;
  readonly messageId?: string;
  readonly contentKey?: Uint8Array | null;
  readonly attachments?: readonly NewAttachment[];
}

/** Adds what was said, with its files. False when the same content was entered before. */
export async function addEntry(
  tx: TenantTx | OperatorTx,
  ticket: Pick<Ticket, "tenantId" | "id">,
  entry: NewEntry,
  services: Pick<TicketServices, "clock" | "random">,
): Promise<boolean> {
  const { clock, random } = services;
  const id = newId<TicketEntryId>(clock, random);
  const isNew = await insertEntry(tx, ticket.tenantId, {
    id,
    ticketId: ticket.id,
    author: entry.author,
    authorId: entry.authorId,
    authorAddress: entry.authorAddress,
    body: entry.body,
    contentKey: entry.contentKey ?? null,
    messageId: entry.messageId ?? "",
    at: new Date(clock.nowMs()),
  });
  if (!isNew) return false;
  for (const file of entry.attachments ?? [])
    await insertAttachment(tx, ticket.tenantId, { ...file, id: newId<TicketAttachmentId>(clock, random), entryId: id });
  return true;
}

/** Remembers the Message-ID of a mail that says nothing new, so that an answer to it finds the ticket. Empty: none was sent. */
export async function noteSent(
  tx: TenantTx | OperatorTx,
  ticket: Pick<Ticket, "tenantId" | "id">,
  messageId: string,
  services: Pick<TicketServices, "clock" | "random">,
): Promise<void> {
  if (messageId === "") return;
  const entry = { author: "system", authorId: null, authorAddress: "", body: "confirmed", messageId } as const;
  await addEntry(tx, ticket, entry, services);
}
