import type {
  AppendMessage,
  AppendResult,
  Hint,
  ImapAccount,
  MailboxInfo,
  MailboxStatus,
  MessageToStage,
  OpenMailbox,
  OpenOptions,
  QuotaUsage,
  SpecialUse,
  StagedMessage,
  StatusRequest,
} from "@casaforte/imap";
import { type Actor, assert, Failure, type MailboxId, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { appendMessages } from "./append-message.ts";
import { createMailbox, deleteMailbox, renameMailbox, updateMailbox } from "./change-mailboxes.ts";
import { StoredImapMailbox } from "./imap-mailbox.ts";
import type { AccountSharing } from "./imap-sharing.ts";
import { ingestMessage } from "./ingest-message.ts";
import { mailboxLimits } from "./limits.ts";
import { noSuchAccount, noSuchMailbox } from "./locked-account.ts";
import type { MailAccount, OpenedMailAccount } from "./mail-account.ts";
import type { Mailbox, MailboxRole } from "./mailbox.ts";
import type { MailboxViews } from "./mailbox-views.ts";
import { type MailboxEdgeServices, mayUse, readHint } from "./services.ts";
import { Staged, toAppendResult, toMessage } from "./staged-message.ts";
import { selectAccount } from "./store-accounts.ts";
import { selectMailbox } from "./store-mailboxes.ts";
import type { SharedAccount } from "./store-shares.ts";
import { selectStatus } from "./store-view.ts";

const useOfRole: Readonly<Record<MailboxRole, SpecialUse | null>> = {
  inbox: null,
  drafts: "\\Drafts",
  sent: "\\Sent",
  junk: "\\Junk",
  trash: "\\Trash",
  archive: "\\Archive",
};

const roleOfUse = new Map<SpecialUse, MailboxRole>([
  ["\\Drafts", "drafts"],
  ["\\Sent", "sent"],
  ["\\Junk", "junk"],
  ["\\Trash", "trash"],
  ["\\Archive", "archive"],
]);

const toInfo = (box: Mailbox): MailboxInfo => ({
  id: box.id,
  name: box.path,
  selectable: box.selectable,
  specialUse: box.role === null ? null : useOfRole[box.role],
  subscribed: box.subscribed,
});

/** A signed-in mail account as the IMAP server sees it. Every method is one transaction. */
export class StoredImapAccount implements ImapAccount {
  readonly name: string;
  readonly #services: MailboxEdgeServices;
  readonly #tenantId: TenantId;
  readonly #actor: Actor;
  readonly #account: Pick<MailAccount, "id" | "address">;
  readonly #sharing: AccountSharing | null;
  readonly #views: MailboxViews;
  readonly #boxes: ReturnType<MailboxViews["takeList"]>;

  constructor(
    services: MailboxEdgeServices,
    views: MailboxViews,
    login: Omit<OpenedMailAccount, "account"> & { readonly account: Pick<MailAccount, "id" | "address"> },
    sharing: AccountSharing | null = null,
  ) {
    const { tenantId, actor, account } = login;
    this.#services = services;
    this.#views = views;
    this.#boxes = views.takeList(tenantId, account.id);
    this.#tenantId = tenantId;
    this.#actor = actor;
    this.#account = account;
    this.#sharing = sharing;
    this.name = account.address;
  }

  async list(how: { readonly anew?: boolean } = {}): Promise<readonly MailboxInfo[]> {
    return (await this.#boxes.list.read(how.anew === true)).map(toInfo);
  }

  /** What others share with the account. */
  sharedWith(how: { readonly anew?: boolean } = {}): Promise<readonly SharedAccount[]> {
    return this.#boxes.list.shared(how.anew === true);
  }

  async create(name: string, options: { readonly specialUse: SpecialUse | null }): Promise<MailboxInfo> {
    const role = options.specialUse === null ? null : roleOfUse.get(options.specialUse);
    if (role === undefined) throw new Failure("unsupported", "mailbox.special_use", "this special use is not offered");
    const input = { accountId: this.#account.id, path: name, role };
    return toInfo(
      await this.#services.db.tenant(this.#tenantId, (tx) => createMailbox(tx, this.#actor, input, this.#services)),
    );
  }

  delete(mailboxId: MailboxId): Promise<void> {
    const input = { accountId: this.#account.id, mailboxId };
    return this.#services.db.tenant(this.#tenantId, (tx) => deleteMailbox(tx, this.#actor, input, this.#services));
  }

  rename(mailboxId: MailboxId, newName: string): Promise<void> {
    const input = { accountId: this.#account.id, mailboxId, path: newName };
    return this.#services.db.tenant(this.#tenantId, (tx) => renameMailbox(tx, this.#actor, input, this.#services));
  }

  subscribe(mailboxId: MailboxId, subscribed: boolean): Promise<void> {
    const input = { accountId: this.#account.id, mailboxId, subscribed };
    return this.#services.db.tenant(this.#tenantId, (tx) => updateMailbox(tx, this.#actor, input, this.#services));
  }

  async status(ids: readonly MailboxId[], how: StatusRequest = {}): Promise<readonly (MailboxStatus | null)[]> {
    const rows = await this.#services.db.tenant(
      this.#tenantId,
      async (tx) => {
        const found = await selectStatus(tx, this.#account.id, ids, how.deleted !== false);
        return found.filter(({ mailbox }) => mayUse(tx, this.#actor, this.#account.id, "read", mailbox.id));
      },
      { readOnly: true, oneTrip: true },
    );
    const byId = new Map(rows.map((row) => [row.mailbox.id, row]));
    return ids.map((id) => {
      const row = byId.get(id);
      if (!row?.mailbox.selectable) return null;
      const { mailbox } = row;
      return {
        messages: mailbox.total,
        unseen: mailbox.unseen,
        deleted: row.deleted,
        deletedBytes: row.deletedBytes,
        recent: row.recent,
        uidNext: mailbox.uidnext,
        uidValidity: mailbox.uidvalidity,
        highestModseq: mailbox.highestModseq,
        sizeBytes: mailbox.sizeBytes,
      };
    });
  }

  open(id: MailboxId, options: OpenOptions): Promise<OpenMailbox> {
    return StoredImapMailbox.open(
      {
        services: this.#services,
        tenantId: this.#tenantId,
        actor: this.#actor,
        accountId: this.#account.id,
        views: this.#views,
        sharing: this.#sharing,
        write: (work) => this.#write(work),
      },
      id,
      options.readOnly,
    );
  }

  async stage(mailboxId: MailboxId, message: MessageToStage): Promise<StagedMessage> {
    const { sizeBytes, stagedBytes = 0 } = message;
    if (sizeBytes > mailboxLimits.messageBytesMax)
      throw new Failure("too_large", "mailbox.message_too_large", "the message is larger than this server takes");
    const ingest = () => ingestMessage(this.#services, this.#tenantId, message.body);
    // Much is not even asked for when there is no room; of little the append says so, under its lock.
    const neededBytes = stagedBytes + sizeBytes;
    if (neededBytes > mailboxLimits.earlyStageBytesMax) await this.#assertRoom(mailboxId, neededBytes);
    const ingested = await ingest();
    assert(Number(ingested.blob.size) === sizeBytes, "a staged body has the size announced");
    return new Staged(ingested);
  }

  async #assertRoom(mailboxId: MailboxId, neededBytes: number): Promise<void> {
    const [account, mailbox] = await this.#services.db.tenant(
      this.#tenantId,
      (tx) => Promise.all([selectAccount(tx, this.#account.id), selectMailbox(tx, this.#account.id, mailboxId)]),
      { readOnly: true, oneTrip: true },
    );
    if (!account || account.state === "deleted") throw noSuchAccount();
    if (!mailbox?.selectable) throw noSuchMailbox();
    if (account.quotaBytes !== null && account.usedBytes + BigInt(neededBytes) > account.quotaBytes)
      throw new Failure("over_quota", "mailbox.over_quota", "the mail account is full");
  }

  async append(mailboxId: MailboxId, messages: readonly AppendMessage[]): Promise<AppendResult> {
    const input = {
      accountId: this.#account.id,
      mailboxIds: [mailboxId],
      messages: messages.map(toMessage),
    };
    return toAppendResult(await this.#write((tx) => appendMessages(tx, this.#actor, input, this.#services)));
  }

  /** Work of one trip. In mail that is somebody else's each transaction asks for itself whether it still may. */
  #write<T>(work: (tx: TenantTx) => Promise<T>): Promise<T> {
    if (this.#sharing?.guard) return this.#services.db.tenant(this.#tenantId, work, { oneTrip: true });
    return this.#views.writes.run(this.#tenantId, this.#account.id, work);
  }

  async discard(messages: readonly StagedMessage[]): Promise<void> {
    for (const staged of messages)
      if (staged instanceof Staged) await this.#services.blobs.delete(this.#tenantId, staged.message.blob.id);
  }

  async quota(): Promise<QuotaUsage> {
    const account = await this.#services.db.tenant(this.#tenantId, (tx) => selectAccount(tx, this.#account.id), {
      readOnly: true,
      oneTrip: true,
    });
    if (!account) throw noSuchAccount();
    return {
      usedBytes: Number(account.usedBytes),
      limitBytes: account.quotaBytes === null ? null : Number(account.quotaBytes),
    };
  }

  watch(onHint: (hint: Hint) => void): Disposable {
    const stop = this.#services.bus.subscribe(`mail:${this.#account.id}`, (payload) => onHint(readHint(payload)));
    return { [Symbol.dispose]: stop };
  }

  async close(): Promise<void> {
    this.#boxes[Symbol.dispose]();
  }
}
