import type { Id, MailAccountId, MailboxId } from "@casaforte/kernel";
import type { MailboxRole } from "@casaforte/modules/mailbox";

export type TransferId = Id<"Transfer">;

/** `tls`: encrypted from the first byte (993). `starttls`: encrypted before anything is said (143). Never in clear. */
export type TransferSecurity = "tls" | "starttls";

export interface TransferSource {
  readonly host: string;
  readonly port: number;
  readonly security: TransferSecurity;
  readonly user: string;
}

/** One mail account's mail on its way from another server. `paused` by somebody, or by `problem`, until it is resumed. */
export interface Transfer extends TransferSource {
  readonly id: TransferId;
  readonly accountId: MailAccountId;
  readonly address: string;
  readonly state: "waiting" | "running" | "paused" | "done" | "cancelled";
  /** An error code: why it stands still, or what it is tried again for. */
  readonly problem: string | null;
  readonly requestedAt: Date;
  readonly changedAt: Date;
  readonly endedAt: Date | null;
}

export interface TransferProgress {
  readonly folders: number;
  readonly foldersDone: number;
  /** Messages over there, as far as is known. */
  readonly total: number;
  readonly copied: number;
  /** Left alone because they were brought over before. */
  readonly known: number;
  readonly failed: number;
  readonly bytes: number;
}

export interface TransferFolder {
  readonly ordinal: number;
  readonly source: string;
  /** Path of the mailbox here. */
  readonly mailbox: string;
  readonly role: MailboxRole | null;
  readonly isCollection: boolean;
  readonly state: "waiting" | "running" | "done";
  readonly uidvalidity: number;
  readonly lastUid: number;
  readonly total: number;
  readonly copied: number;
  readonly known: number;
  readonly failed: number;
}

export interface TransferProblem {
  readonly mailbox: string;
  readonly uid: number;
  readonly subject: string;
  readonly sentAt: Date | null;
  readonly sizeBytes: number;
  readonly code: string;
}

/** Where messages of a folder go. */
export interface FolderTarget {
  readonly folder: TransferFolder;
  readonly mailboxId: MailboxId;
  /** As the folder was numbered when this turn opened it. */
  readonly uidvalidity: number;
}
