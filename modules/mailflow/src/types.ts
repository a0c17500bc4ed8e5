import type { BlobId, Id, MailAccountId, TenantId } from "@casaforte/kernel";
import type { DsnRequest } from "@casaforte/smtp";

export type DeliveryId = Id<"Delivery">;
export type OutgoingId = Id<"Outgoing">;
export type QueueId = Id<"QueueEntry">;
export type SystemMailId = Id<"SystemMail">;
/** Names one message through all its events; the sender is told it in the 250. */
export type TraceId = Id<"Trace">;

/** Where in an account a message arrives. */
export type Place = "inbox" | "junk";

export interface MessageBlob {
  readonly blobId: BlobId;
  readonly sizeBytes: bigint;
  readonly sha256: Uint8Array;
}

export interface Delivery extends MessageBlob {
  readonly tenantId: TenantId;
  readonly id: DeliveryId;
  readonly traceId: TraceId;
  readonly mailAccountId: MailAccountId;
  /** Empty for the null sender. */
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  readonly place: Place;
  readonly state: "accepted" | "done" | "failed";
  readonly attempts: number;
  readonly acceptedAt: Date;
  readonly dsn: DsnRequest;
  readonly isDelayTold: boolean;
}

export interface Outgoing extends MessageBlob {
  readonly tenantId: TenantId;
  readonly id: OutgoingId;
  readonly traceId: TraceId;
  /** Who submitted it. */
  readonly mailAccountId: MailAccountId | null;
  /** Whose rules sent it on or answered by themselves. */
  readonly rulesOf: MailAccountId | null;
  /** A mail of the service itself, which goes to one recipient. */
  readonly isSystem: boolean;
  readonly sender: string;
  readonly headerMessageId: string;
  readonly hops: number;
  readonly createdAt: Date;
}

export type QueueState = "waiting" | "sent" | "failed" | "dropped";

/** Of what waits: held because its account may not send, or let go all the same. */
export type Hold = "held" | "let_go";

/** The step of a message that is held. Kept as one that was put off, which every version reads. */
export const heldDetail = "held: sending from this account is stopped";

export interface QueueEntry {
  readonly id: QueueId;
  readonly recipient: string;
  readonly domain: string;
  readonly state: QueueState;
  readonly attempts: number;
  readonly nextAt: Date;
  readonly expiresAt: Date;
  readonly lastReply: string | null;
  readonly createdAt: Date;
  readonly dsn: DsnRequest;
  readonly isDelayTold: boolean;
  readonly hold: Hold | null;
  readonly outgoing: Outgoing;
}

export type EventKind =
  | "accepted"
  | "queued"
  | "delivered"
  | "deferred"
  | "sent"
  | "failed"
  | "bounced"
  | "dropped"
  | "retried"
  | "rate_limited"
  | "quarantined"
  | "released"
  | "refused";

export interface MailEvent {
  readonly tenantId: TenantId;
  readonly traceId: TraceId;
  readonly at: Date;
  readonly kind: EventKind;
  readonly sender: string;
  readonly recipient: string;
  readonly headerMessageId: string;
  /** Decoded; empty where it is not known. */
  readonly subject: string;
  readonly detail: string;
}
