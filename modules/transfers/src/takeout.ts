import type { BlobId, Id, MailAccountId } from "@casaforte/kernel";

export type TakeoutId = Id<"Takeout">;
export type TakeoutFormat = "mbox" | "maildir" | "eml";

/** One account's mail as a ZIP, made by a job, for its owner alone, for some days. */
export interface Takeout {
  readonly id: TakeoutId;
  readonly accountId: MailAccountId;
  readonly format: TakeoutFormat;
  readonly state: "waiting" | "running" | "ready" | "failed" | "expired";
  readonly requestedAt: Date;
  /** Messages. */
  readonly total: number;
  readonly done: number;
  /** Of the archive once it is ready, of the messages so far before. */
  readonly bytes: number;
  readonly blobId: BlobId | null;
  readonly readyAt: Date | null;
  readonly expiresAt: Date | null;
  readonly failedCode: string | null;
}
