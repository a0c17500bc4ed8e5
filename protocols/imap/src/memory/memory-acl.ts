import { Failure, type MailboxId } from "@casaforte/kernel";
import type { AclControl, AclEntry } from "../acl-control.ts";
import { type AclChange, rightsAfter } from "../acl-rights.ts";
import type { MemoryMail } from "./memory-mail.ts";

const wholeLevels = ["lr", "lrswite", "lrswitekx"];
const singleLevels = ["lr", "lrswite"];

/** Rights on a whole account, given at its INBOX, and on single mailboxes. */
export class MemoryAcl implements AclControl {
  readonly #mail: MemoryMail;

  constructor(mail: MemoryMail) {
    this.#mail = mail;
  }

  levels(name: string): readonly string[] {
    return name === "INBOX" ? wholeLevels : singleLevels;
  }

  async entries(id: MailboxId): Promise<readonly AclEntry[]> {
    const rights = new Map(this.#mail.given);
    for (const [name, single] of this.#mail.find(id).given) rights.set(name, longer(rights.get(name) ?? "", single));
    return [...rights].sort().map(([identifier, letters]) => ({ identifier, rights: letters }));
  }

  async change(id: MailboxId, identifier: string, change: AclChange): Promise<void> {
    const { given: whole, name } = this.#mail;
    const mailbox = this.#mail.find(id);
    if (identifier === name) throw new Failure("invalid", "mailbox.share_self", "The owner has all rights always");
    if (mailbox.name === "INBOX") {
      this.#keep(whole, identifier, rightsAfter(whole.get(identifier) ?? "", change, wholeLevels));
      return;
    }
    const byWhole = (whole.get(identifier) ?? "").replace("kx", "");
    const held = longer(byWhole, mailbox.given.get(identifier) ?? "");
    const rights = rightsAfter(held, change, singleLevels);
    if (rights.length < byWhole.length)
      throw new Failure(
        "precondition",
        "mailbox.share_is_whole",
        "This person may use the whole account: change that at INBOX",
      );
    this.#keep(mailbox.given, identifier, rights === byWhole ? "" : rights);
  }

  #keep(given: Map<string, string>, identifier: string, rights: string): void {
    if (rights === "") given.delete(identifier);
    else if (!this.#mail.isNeighbour(identifier))
      throw new Failure("not_found", "mailbox.account_not_found", "No such account in your organisation");
    else given.set(identifier, rights);
  }
}

/** Each level holds those before it. */
const longer = (one: string, other: string): string => (one.length >= other.length ? one : other);
