import type { MailboxId } from "@casaforte/kernel";

/** A note with its full name in lower case: `/private/…` is the account's own, `/shared/…` everybody's who sees the mailbox. */
export interface Annotation {
  readonly entry: string;
  readonly value: string;
}

export interface AnnotationStore {
  /** All of a mailbox, or of the account for null; by name. @throws not_found. */
  read(id: MailboxId | null): Promise<readonly Annotation[]>;
  /** Of several places: by name what differs when the value does. Each that the account may see is there. */
  digests(ids: readonly (MailboxId | null)[]): Promise<ReadonlyMap<MailboxId | null, ReadonlyMap<string, string>>>;
  /**
   * Sets and, for null, removes; all or none. @throws not_found; forbidden for what is shared where the account may not write;
   * over_quota `mailbox.annotations_full`.
   */
  write(
    id: MailboxId | null,
    changes: readonly { readonly entry: string; readonly value: string | null }[],
  ): Promise<void>;
}
