import type { BlobId, MailAccountId } from "@casaforte/kernel";

/** Messages that a user called spam, or took out of Junk again. */
export interface JunkMove {
  readonly accountId: MailAccountId;
  readonly blobIds: readonly BlobId[];
  readonly kind: "spam" | "ham";
}
