import type { MailboxId } from "@casaforte/kernel";
import type { AclChange } from "./acl-rights.ts";

/** Rights on the account's own mailboxes; the owner's are always all and stand nowhere. */
export interface AclControl {
  /** What can be given on a mailbox of this name, ascending, each holding the one before. */
  levels(name: string): readonly string[];
  entries(id: MailboxId): Promise<readonly AclEntry[]>;
  /**
   * Gives, changes or takes (`rightsAfter`), by address, among accounts of the same organisation.
   * What is given on INBOX holds for every mailbox. @throws not_found for an address that is none of those, unless nothing is to
   * be given; invalid for the owner's own; unsupported `imap.rights_not_offered`; precondition for less on another mailbox than INBOX gives.
   */
  change(id: MailboxId, identifier: string, change: AclChange): Promise<void>;
}

/** Who may do what in a mailbox. */
export interface AclEntry {
  readonly identifier: string;
  /** Letters of RFC 4314 §2.1. */
  readonly rights: string;
}
