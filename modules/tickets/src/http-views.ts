import type { OperatorTicketReply, TicketReply, TicketThreadReply } from "@casaforte/contract/tickets";
import { Failure, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";
import { isReachable } from "./is-reachable.ts";
import { ticketLimits } from "./limits.ts";
import { safeName } from "./read-inbound.ts";
import type { LinkedNotice, NewAttachment, Ticket, TicketAttachment, TicketState, TicketThread } from "./types.ts";

export const statesOf = (asked: "active" | "ended" | "all"): { readonly states?: readonly TicketState[] } => {
  if (asked === "all") return {};
  return { states: asked === "active" ? ["open", "waiting_customer"] : ["solved", "closed"] };
};

export const toReply = (ticket: Ticket): TicketReply => ({
  id: ticket.id,
  number: Number(ticket.number),
  kind: ticket.kind,
  severity: ticket.severity,
  state: ticket.state,
  channel: ticket.channel,
  subject: ticket.subject,
  concerns: ticket.concerns,
  requesterAddress: ticket.requesterAddress,
  openedAt: ticket.openedAt.toISOString(),
  updatedAt: ticket.updatedAt.toISOString(),
  reactionDueAt: ticket.reactionDueAt.toISOString(),
  reactedAt: ticket.reactedAt?.toISOString() ?? null,
  mergedInto:
    ticket.mergedInto === null || ticket.mergedNumber === null
      ? null
      : { id: ticket.mergedInto, number: Number(ticket.mergedNumber) },
});

/** What a ticket is about, where it is about an incident or maintenance. */
export const toNotice = (notice: LinkedNotice | null): TicketThreadReply["notice"] =>
  notice === null
    ? null
    : {
        id: notice.id,
        kind: notice.kind,
        titleIt: notice.titleIt,
        titleEn: notice.titleEn,
        closedAt: notice.closedAt?.toISOString() ?? null,
      };

export const toOperatorReply = (ticket: Ticket, tenantName: string, nowMs: number): OperatorTicketReply => ({
  ...toReply(ticket),
  tenantId: ticket.tenantId,
  tenantName,
  isQuarantined: ticket.tenantId === providerTenantId,
  isReachable: isReachable(ticket.requesterAddress),
  language: ticket.language,
  assigneeId: ticket.assigneeId,
  isOverdue: ticket.state === "open" && ticket.reactedAt === null && ticket.reactionDueAt.getTime() < nowMs,
  cause: ticket.cause,
  causeText: ticket.causeText,
  causeBy: ticket.causeBy,
  causeConfirmedBy: ticket.causeConfirmedBy,
});

/** What was said, with the files of each entry. */
export function toEntries(thread: TicketThread): Pick<TicketThreadReply, "entries" | "hasOlder"> {
  const entries = thread.entries.map((entry) => ({
    id: entry.id,
    author: entry.author,
    authorAddress: entry.authorAddress,
    body: entry.body,
    fromNumber: entry.ticketId === thread.ticket.id ? null : Number(entry.number),
    at: entry.at.toISOString(),
    files: thread.attachments
      .filter((file) => file.entryId === entry.id)
      .map(({ id, name, mediaType, sizeBytes }) => ({ id, name, mediaType, sizeBytes: Number(sizeBytes) })),
  }));
  return { entries, hasOlder: thread.hasOlder };
}

export interface UploadedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: string;
}

/** Stores uploaded files before the transaction that names them. @throws too_large `tickets.file_too_large`. */
export async function storeUploads(
  blobs: BlobStore,
  tenantId: TenantId,
  files: readonly UploadedFile[] | undefined,
): Promise<readonly NewAttachment[]> {
  const stored: NewAttachment[] = [];
  for (const file of files ?? []) {
    const bytes = Buffer.from(file.content, "base64");
    if (bytes.length > ticketLimits.attachmentBytesMax)
      throw new Failure("too_large", "tickets.file_too_large", "a file may have at most 25 MiB");
    const blob = await blobs.put(tenantId, bytes);
    const mediaType = /^[\w.+-]+\/[\w.+-]+$/.test(file.mediaType) ? file.mediaType : "application/octet-stream";
    stored.push({ name: safeName(file.name), mediaType, sizeBytes: blob.size, blobId: blob.id });
  }
  return stored;
}

/** Headers that make a browser save a file and never show it (R21): names by RFC 6266, the type told but not trusted. */
export const fileHeaders = (file: TicketAttachment): Readonly<Record<string, string>> => ({
  "content-type": "application/octet-stream",
  "content-disposition": `attachment; filename="${file.name.replace(/[^\x20-\x7e]|["\\]/g, "_")}"; filename*=UTF-8''${encodeURIComponent(file.name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`,
  "content-security-policy": "default-src 'none'; sandbox",
  "content-length": String(file.sizeBytes),
});
