import type { Bytes, Clock, Logger, Random } from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Db, OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Jobs } from "@casaforte/platform/jobs";
import type { KnownSender, Language, LinkedNotice } from "./types.ts";

/** A mail about a ticket: promised in the caller's transaction, sent by the mail flow's job (R18). */
export interface OutgoingTicketMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly language: Language;
  readonly replyTo: string;
  readonly inReplyTo: string;
}

/** What the support desk works with. */
export interface TicketServices {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly jobs: Jobs;
  /** Signs reply addresses. */
  readonly secret: Bytes;
  /** `assistenza@provider.example`; answers come back to it with a token. */
  readonly supportAddress: string;
  /** Where a customer reads a ticket: the console's address, without a slash at the end. */
  readonly consoleUrl: string;
  /** Returns the Message-ID it will have. */
  sendMail(tx: TenantTx | OperatorTx, mail: OutgoingTicketMail): Promise<string>;
  /** Whose address it is, console users before mail accounts; null for a stranger. */
  senderOf(address: string): Promise<KnownSender | null>;
  /** An incident or maintenance by its id: for operators any, for customers one that concerned them; null where there is none. */
  noticeOf(tx: TenantTx | OperatorTx, id: string): Promise<LinkedNotice | null>;
}
