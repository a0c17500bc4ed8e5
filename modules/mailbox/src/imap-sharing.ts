import type { MailAccountId, MailboxId } from "@casaforte/kernel";
import type { CopyResult } from "./copy-messages.ts";

/** A copy or move whose target may lie in another account. */
export interface TransferAcross {
  readonly accountId: MailAccountId;
  readonly source: MailboxId;
  readonly uids: ArrayLike<number>;
  readonly target: MailboxId;
  readonly isMove: boolean;
}

/** What ties an account to others whose mail is shared. */
export interface AccountSharing {
  /** Some mailboxes of the account alone: what is kept of all of it is not told. */
  readonly isOfSome?: boolean;
  /**
   * Asked before anything is told from memory of a mailbox that is somebody else's. @throws not_found when it is shared no more.
   */
  readonly guard?: (mailboxId: MailboxId) => Promise<void>;
  /** Called when a mailbox is opened, given back when it is closed. */
  readonly hear?: () => Disposable;
  readonly across: (transfer: TransferAcross) => Promise<CopyResult | null>;
}
