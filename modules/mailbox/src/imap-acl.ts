import { type AclChange, type AclControl, type AclEntry, rightsAfter } from "@casaforte/imap";
import { Failure, type MailboxId } from "@casaforte/kernel";
import type { OpenedMailAccount } from "./mail-account.ts";
import type { MailboxEdgeServices } from "./services.ts";
import { accessAt, type FolderAccess, reachesFor, type ShareAccess, shareAccesses } from "./share-access.ts";
import { changeShare } from "./share-account.ts";
import { changeFolderShare } from "./share-folder.ts";
import { selectMailbox } from "./store-mailboxes.ts";
import { selectFolderShares, selectShares } from "./store-shares.ts";

/** What each share gives, in letters of RFC 4314 §2.1. */
export const lettersOf: Readonly<Record<ShareAccess, string>> = {
  read: "lr",
  write: "lrswite",
  manage: "lrswitekx",
};

const folderAccesses: readonly FolderAccess[] = ["read", "write"];

/** Shares as access control lists: of the whole account at INBOX, of one mailbox at any other (docs/adr/0005). */
export class ShareAcl implements AclControl {
  readonly #services: MailboxEdgeServices;
  readonly #login: OpenedMailAccount;

  constructor(services: MailboxEdgeServices, login: OpenedMailAccount) {
    this.#services = services;
    this.#login = login;
  }

  levels(name: string): readonly string[] {
    return (name === "INBOX" ? shareAccesses : folderAccesses).map((access) => lettersOf[access]);
  }

  async entries(mailboxId: MailboxId): Promise<readonly AclEntry[]> {
    const { tenantId, account } = this.#login;
    const [whole, single] = await this.#services.db.tenant(
      tenantId,
      (tx) => Promise.all([selectShares(tx, account.id), selectFolderShares(tx, mailboxId)]),
      { readOnly: true },
    );
    const rights = new Map<string, ShareAccess | null>(whole.map(({ address, access }) => [address, access]));
    for (const { address, access } of single) {
      const share = { access: rights.get(address) ?? null, folders: new Map([[mailboxId, access]]) };
      rights.set(address, accessAt(share, mailboxId));
    }
    return [...rights]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([identifier, access]) => ({ identifier, rights: access === null ? "" : lettersOf[access] }));
  }

  async change(mailboxId: MailboxId, memberAddress: string, change: AclChange): Promise<void> {
    const { tenantId, actor, account } = this.#login;
    if (memberAddress === account.address)
      throw new Failure("invalid", "mailbox.share_self", "the owner has all rights always");
    const [accountId, services] = [account.id, this.#services];
    await services.db.tenant(tenantId, async (tx) => {
      const mailbox = await selectMailbox(tx, accountId, mailboxId);
      if (mailbox?.role === "inbox") {
        const after = (held: ShareAccess | null) => accessAfter(held, change, shareAccesses);
        await changeShare(tx, actor, { accountId, memberAddress, change: after }, services);
        // What webmail gave in INBOX alone is told among the rights here, so it is taken away here too.
        const alone = (held: FolderAccess | null, whole: FolderAccess | null) => aloneAfter(held, whole, change);
        await changeFolderShare(tx, actor, { accountId, mailboxId, memberAddress, change: alone }, services);
      } else {
        const after = (held: FolderAccess | null) => accessAfter(held, change, folderAccesses);
        await changeFolderShare(tx, actor, { accountId, mailboxId, memberAddress, change: after }, services);
      }
    });
  }
}

/** What somebody may do in INBOX alone after a change there: no less than in the account, no more than before. */
function aloneAfter(held: FolderAccess | null, whole: FolderAccess | null, change: AclChange): FolderAccess | null {
  if (change.mode === "add") return held;
  const left = change.mode === "remove" ? accessAfter(held, change, folderAccesses) : null;
  return whole !== null && (left === null || !reachesFor(left, whole)) ? whole : left;
}

/** @throws unsupported `imap.rights_not_offered`. */
function accessAfter<A extends ShareAccess>(held: A | null, change: AclChange, offered: readonly A[]): A | null {
  const levels = offered.map((access) => lettersOf[access]);
  const letters = rightsAfter(held === null ? "" : lettersOf[held], change, levels);
  return offered.find((access) => lettersOf[access] === letters) ?? null;
}
