import { type AclChange, type AclControl, type AclEntry, rightsAfter } from "@casaforte/imap";
import { Failure, type MailboxId } from "@casaforte/kernel";
import type { OpenedMailAccount } from "./mail-account.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { type ShareAccess, shareAccesses } from "./share-access.ts";
import { changeShare } from "./share-account.ts";
import { selectMailbox } from "./store-mailboxes.ts";
import { selectShares } from "./store-shares.ts";

/** What each share gives, in letters of RFC 4314 §2.1. */
export const lettersOf: Readonly<Record<ShareAccess, string>> = {
  read: "lr",
  write: "lrswite",
  manage: "lrswitekx",
};

const accessOf = (letters: string): ShareAccess | null =>
  shareAccesses.find((access) => lettersOf[access] === letters) ?? null;

/** Shares of the whole account as an access control list (docs/adr/0005). */
export class ShareAcl implements AclControl {
  readonly levels = shareAccesses.map((access) => lettersOf[access]);
  readonly #services: MailboxEdgeServices;
  readonly #login: OpenedMailAccount;

  constructor(services: MailboxEdgeServices, login: OpenedMailAccount) {
    this.#services = services;
    this.#login = login;
  }

  async entries(): Promise<readonly AclEntry[]> {
    const { tenantId, account } = this.#login;
    const shares = await this.#services.db.tenant(tenantId, (tx) => selectShares(tx, account.id), { readOnly: true });
    return shares.map(({ address, access }) => ({ identifier: address, rights: lettersOf[access] }));
  }

  async change(mailboxId: MailboxId, memberAddress: string, change: AclChange): Promise<void> {
    const { tenantId, actor, account } = this.#login;
    const input = {
      accountId: account.id,
      memberAddress,
      change: (held: ShareAccess | null) =>
        accessOf(rightsAfter(held === null ? "" : lettersOf[held], change, this.levels)),
    };
    if (memberAddress === account.address)
      throw new Failure("invalid", "mailbox.share_self", "the owner has all rights always");
    await this.#services.db.tenant(tenantId, async (tx) => {
      const mailbox = await selectMailbox(tx, account.id, mailboxId);
      // One folder given away alone would give the whole account away: whoever asks for that is told.
      if (mailbox?.role !== "inbox")
        throw new Failure(
          "unsupported",
          "mailbox.acl_inbox_only",
          "rights hold for the whole account: give them on INBOX",
        );
      await changeShare(tx, actor, input, this.#services);
    });
  }
}
