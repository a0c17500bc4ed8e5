import type { BlobId, Id, PrincipalId, TenantId } from "@casaforte/kernel";

export type TicketId = Id<"Ticket">;
export type TicketEntryId = Id<"TicketEntry">;
export type TicketAttachmentId = Id<"TicketAttachment">;
export type LinkedAnswerId = Id<"LinkedAnswer">;

export type TicketKind = "question" | "incident" | "billing" | "abuse";
export type Severity = "low" | "normal" | "high" | "urgent";
export type TicketState = "open" | "waiting_customer" | "solved" | "closed";
export type TicketChannel = "mail" | "portal" | "phone";
export type TicketCause = "provider" | "third_party" | "customer" | "improper_use";
export type Language = "it" | "en";

/** Stands where a mail names no sender. */
export const nobodysAddress = "unknown@invalid";

export interface Ticket {
  readonly tenantId: TenantId;
  readonly id: TicketId;
  readonly number: bigint;
  readonly kind: TicketKind;
  readonly severity: Severity;
  readonly state: TicketState;
  readonly channel: TicketChannel;
  readonly subject: string;
  readonly language: Language;
  readonly requesterAddress: string;
  readonly requesterId: PrincipalId | null;
  readonly concerns: string;
  readonly assigneeId: PrincipalId | null;
  readonly automaticReplies: number;
  readonly remindersSent: number;
  readonly openedAt: Date;
  readonly updatedAt: Date;
  readonly reactionDueAt: Date;
  readonly reactedAt: Date | null;
  readonly waitingSince: Date | null;
  readonly solvedAt: Date | null;
  readonly cause: TicketCause | null;
  readonly causeText: string;
  readonly causeBy: PrincipalId | null;
  readonly causeConfirmedBy: PrincipalId | null;
  /** The request that it was merged into; what is said goes there. */
  readonly mergedInto: TicketId | null;
  readonly mergedNumber: bigint | null;
  /** The incident or maintenance that it is about. */
  readonly noticeId: string | null;
}

export interface TicketEntry {
  readonly id: TicketEntryId;
  readonly ticketId: TicketId;
  /** `note` is the operators' own and never shown to the customer. */
  readonly author: "customer" | "operator" | "note" | "system";
  readonly authorId: PrincipalId | null;
  readonly authorAddress: string;
  readonly body: string;
  readonly contentKey: Uint8Array | null;
  readonly messageId: string;
  readonly at: Date;
}

export interface TicketAttachment {
  readonly id: TicketAttachmentId;
  readonly entryId: TicketEntryId;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: bigint;
  readonly blobId: BlobId;
}

/** A file of an entry whose bytes are stored already. */
export type NewAttachment = Omit<TicketAttachment, "id" | "entryId">;

/** An entry with the number of the request that it came to. */
export interface ThreadEntry extends TicketEntry {
  readonly number: bigint;
}

/** A ticket with everything that was said, in it and in those that were merged into it. */
export interface TicketThread {
  readonly ticket: Ticket;
  readonly entries: readonly ThreadEntry[];
  /** Older ones are left out. */
  readonly hasOlder: boolean;
  readonly attachments: readonly TicketAttachment[];
}

/** Whose an address is: a console user's or a mail account's. */
export interface KnownSender {
  readonly tenantId: TenantId;
  readonly principalId: PrincipalId;
}

/** An incident or maintenance as the desk sees it. */
export interface LinkedNotice {
  readonly id: string;
  readonly kind: "incident" | "maintenance";
  readonly state: string;
  readonly titleIt: string;
  readonly titleEn: string;
  /** Null while it lasts. */
  readonly closedAt: Date | null;
}

/** Who somebody is to the desk: by account, and by the address that they write from. */
export interface TicketPerson {
  readonly principalId: PrincipalId;
  readonly address: string;
}
