import { Failure, type MailboxId } from "@casaforte/kernel";
import type { AclControl, AclEntry } from "../acl-control.ts";
import { type AclChange, rightsAfter } from "../acl-rights.ts";
import type { MemoryMail } from "./memory-mail.ts";

/** Rights on a whole account, given at its INBOX. */
export class MemoryAcl implements AclControl {
  readonly levels = ["lr", "lrswite", "lrswitekx"];
  readonly #mail: MemoryMail;

  constructor(mail: MemoryMail) {
    this.#mail = mail;
  }

  async entries(): Promise<readonly AclEntry[]> {
    return [...this.#mail.given].sort().map(([identifier, rights]) => ({ identifier, rights }));
  }

  async change(id: MailboxId, identifier: string, change: AclChange): Promise<void> {
    const { given, name } = this.#mail;
    if (this.#mail.find(id).name !== "INBOX")
      throw new Failure(
        "unsupported",
        "mailbox.acl_inbox_only",
        "Rights hold for the whole account: give them on INBOX",
      );
    if (identifier === name) throw new Failure("invalid", "mailbox.share_self", "The owner has all rights always");
    const rights = rightsAfter(given.get(identifier) ?? "", change, this.levels);
    if (rights === "") given.delete(identifier);
    else if (!this.#mail.isNeighbour(identifier))
      throw new Failure("not_found", "mailbox.account_not_found", "No such account in your organisation");
    else given.set(identifier, rights);
  }
}
