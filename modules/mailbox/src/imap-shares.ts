import type {
  AppendMessage,
  AppendResult,
  Hint,
  ImapAccount,
  ListRequest,
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
import { Failure, type MailAccountId, type MailboxId, parseId } from "@casaforte/kernel";
import { copyAcross } from "./copy-across.ts";
import { StoredImapAccount } from "./imap-account.ts";
import { lettersOf, ShareAcl } from "./imap-acl.ts";
import { StoredAnnotations } from "./imap-annotations.ts";
import type { TransferAcross } from "./imap-sharing.ts";
import { noSuchMailbox } from "./locked-account.ts";
import type { OpenedMailAccount } from "./mail-account.ts";
import { ancestorPaths, othersPrefix } from "./mailbox.ts";
import type { MailboxViews } from "./mailbox-views.ts";
import type { OpenDoor } from "./open-doors.ts";
import { type MailboxEdgeServices, mayUse, readHint } from "./services.ts";
import { accessAt } from "./share-access.ts";
import { enterShare, isShareEnded, sharedDb } from "./share-account.ts";
import type { SharedAccount } from "./store-shares.ts";

interface Guest {
  readonly account: StoredImapAccount;
  readonly shared: SharedAccount;
  /** `Other Users/address/` */
  readonly path: string;
}

/** A signed-in mail account together with the mail others share with it. What is asked of its own mail goes straight through. */
export class SharingImapAccount implements ImapAccount {
  readonly name: string;
  readonly ended: AbortSignal;
  readonly acl: ShareAcl;
  readonly annotations: StoredAnnotations;
  readonly otherUsers = `${othersPrefix}/`;
  readonly jmap: NonNullable<ImapAccount["jmap"]> | null;
  readonly #services: MailboxEdgeServices;
  readonly #views: MailboxViews;
  readonly #login: OpenedMailAccount & { readonly door: OpenDoor };
  readonly #own: StoredImapAccount;
  readonly #guests = new Map<MailAccountId, Guest>();
  /** Whose a mailbox is, as far as it was listed; others are one's own. */
  readonly #ownerOf = new Map<MailboxId, MailAccountId>();
  #onHint: ((hint: Hint) => void) | null = null;
  /** Whose changes are listened to though none of their mailboxes is open; null: nobody's. */
  #heard: Map<MailAccountId, Disposable> | null = null;

  constructor(
    services: MailboxEdgeServices,
    views: MailboxViews,
    login: OpenedMailAccount & { readonly door: OpenDoor },
    jmap: NonNullable<ImapAccount["jmap"]> | null = null,
  ) {
    this.jmap = jmap;
    this.#services = services;
    this.#views = views;
    this.#login = login;
    this.#own = new StoredImapAccount(services, views, login, { across: (transfer) => this.#across(transfer) });
    this.name = this.#own.name;
    this.ended = login.door.ended;
    this.acl = new ShareAcl(services, login);
    this.annotations = new StoredAnnotations(services, login, (id) => this.#ownerOf.get(id) ?? login.account.id);
  }

  async list(how: ListRequest = {}): Promise<readonly MailboxInfo[]> {
    if (how.name !== undefined && !isOthers(how.name)) return this.#own.list(how);
    const own = await this.#own.list(how);
    const guests = this.#meet(await this.#own.sharedWith());
    if (guests.length === 0) return own;
    const below = await Promise.all(guests.map(([owner, guest]) => this.#listOf(owner, guest, how)));
    const others = [pseudo(this.#login.account.id, othersPrefix), ...below.flat()];
    const taken = new Set(others.map(({ name }) => name));
    return [...own.filter(({ name }) => !taken.has(name)), ...others];
  }

  async #listOf(owner: MailAccountId, guest: Guest, how: ListRequest): Promise<readonly MailboxInfo[]> {
    const boxes = (await guest.account.list(how)).flatMap((box) => {
      const access = accessAt(guest.shared, box.id);
      return access === null ? [] : [{ box, rights: lettersOf[access] }];
    });
    for (const { box } of boxes) this.#ownerOf.set(box.id, owner);
    const shown = boxes.map(({ box, rights }) => ({
      ...box,
      name: guest.path + box.name,
      // A client that found two Sent mailboxes would file into the wrong one.
      specialUse: null,
      subscribed: true,
      rights,
    }));
    const names = new Set(shown.map(({ name }) => name));
    const levels = new Set(boxes.flatMap(({ box }) => ancestorPaths(box.name)).map((path) => guest.path + path));
    const between = [...levels].filter((name) => !names.has(name));
    return [...[guest.path.slice(0, -1), ...between].map((name) => pseudo(owner, name)), ...shown];
  }

  /** Opens what is shared now and lets go of the rest. */
  #meet(shared: readonly SharedAccount[]): readonly (readonly [MailAccountId, Guest])[] {
    for (const [id, guest] of this.#guests) {
      if (shared.some((one) => one.accountId === id && isSame(one, guest.shared))) continue;
      void guest.account.close();
      this.#guests.delete(id);
    }
    for (const one of shared) if (!this.#guests.has(one.accountId)) this.#guests.set(one.accountId, this.#invite(one));
    this.#hearGuests();
    return [...this.#guests];
  }

  #invite(shared: SharedAccount): Guest {
    const { accountId, address } = shared;
    const { tenantId, actor, account } = this.#login;
    const { db } = this.#services;
    const services = { ...this.#services, db: sharedDb(db, account.id, [accountId]) };
    const guard = (mailboxId: MailboxId) =>
      services.db.tenant(
        tenantId,
        async (tx) => {
          if (!mayUse(tx, actor, accountId, "read", mailboxId)) throw noSuchMailbox();
        },
        { readOnly: true },
      );
    const opened = { tenantId, actor, account: { id: accountId, address } };
    return {
      account: new StoredImapAccount(services, this.#views, opened, {
        isOfSome: shared.access === null,
        guard,
        across: (transfer) => this.#across(transfer),
        hear: () => this.#hear(accountId),
      }),
      shared,
      path: `${othersPrefix}/${pathName(address)}/`,
    };
  }

  /** Its changes, for as long as one of its mailboxes is open. */
  #hear(accountId: MailAccountId): Disposable {
    const stop = this.#services.bus.subscribe(`mail:${accountId}`, (payload) => this.#onHint?.(readHint(payload)));
    return { [Symbol.dispose]: stop };
  }

  hearOthers(): Disposable {
    this.#heard ??= new Map();
    this.#hearGuests();
    return { [Symbol.dispose]: () => this.#hearNobody() };
  }

  #hearGuests(): void {
    if (this.#heard === null) return;
    for (const [id, stop] of this.#heard) {
      if (this.#guests.has(id)) continue;
      stop[Symbol.dispose]();
      this.#heard.delete(id);
    }
    for (const id of this.#guests.keys()) if (!this.#heard.has(id)) this.#heard.set(id, this.#hear(id));
  }

  #hearNobody(): void {
    for (const stop of this.#heard?.values() ?? []) stop[Symbol.dispose]();
    this.#heard = null;
  }

  #homeOf(mailboxId: MailboxId): StoredImapAccount {
    const owner = this.#ownerOf.get(mailboxId);
    if (owner === undefined) return this.#own;
    const guest = this.#guests.get(owner);
    if (!guest) throw noSuchMailbox();
    return guest.account;
  }

  async #across({
    accountId,
    source,
    uids,
    target,
    isMove,
  }: TransferAcross): Promise<Awaited<ReturnType<typeof copyAcross>> | null> {
    const { tenantId, actor, account } = this.#login;
    const owner = this.#ownerOf.get(target) ?? account.id;
    if (owner === accountId) return null;
    const input = {
      source: { accountId, mailboxId: source },
      target: { accountId: owner, mailboxId: target },
      uids,
      isMove,
    };
    return this.#services.db.tenant(tenantId, async (tx) => {
      for (const id of [accountId, owner]) if (id !== account.id) await enterShare(tx, account.id, id, "read");
      return copyAcross(tx, actor, input, this.#services);
    });
  }

  async create(name: string, options: { readonly specialUse: SpecialUse | null }): Promise<MailboxInfo> {
    if (!isOthers(name)) return this.#own.create(name, options);
    const guest = await this.#guestAt(name);
    const made = await guest.account.create(name.slice(guest.path.length), { specialUse: null });
    return { ...made, name, specialUse: null };
  }

  async #guestAt(name: string): Promise<Guest> {
    for (const [, guest] of this.#meet(await this.#own.sharedWith())) if (name.startsWith(guest.path)) return guest;
    throw new Failure("forbidden", "mailbox.not_yours", "there is nothing of yours below this name");
  }

  async delete(mailboxId: MailboxId): Promise<void> {
    await this.#homeOf(mailboxId).delete(mailboxId);
  }

  async rename(mailboxId: MailboxId, newName: string): Promise<void> {
    const home = this.#homeOf(mailboxId);
    const guest = isOthers(newName) ? await this.#guestAt(newName) : null;
    if ((guest?.account ?? this.#own) !== home)
      throw new Failure("unsupported", "mailbox.rename_across", "a mailbox stays in its account: move its messages");
    await home.rename(mailboxId, newName.slice(guest?.path.length ?? 0));
  }

  /** Others' mailboxes are always subscribed: the flag is their owner's. */
  async subscribe(mailboxId: MailboxId, subscribed: boolean): Promise<void> {
    if (this.#ownerOf.has(mailboxId)) return;
    await this.#own.subscribe(mailboxId, subscribed);
  }

  async status(ids: readonly MailboxId[], how: StatusRequest = {}): Promise<readonly (MailboxStatus | null)[]> {
    const owners = Map.groupBy(ids, (id) => this.#ownerOf.get(id) ?? null);
    if (owners.size === 1 && owners.has(null)) return this.#own.status(ids, how);
    const found = new Map<MailboxId, MailboxStatus | null>();
    for (const [owner, asked] of owners) {
      const figures = owner === null ? await this.#own.status(asked, how) : await this.#statusOf(owner, asked, how);
      for (const [at, id] of asked.entries()) found.set(id, figures[at] ?? null);
    }
    return ids.map((id) => found.get(id) ?? null);
  }

  /** What is no longer shared is gone. */
  async #statusOf(owner: MailAccountId, ids: readonly MailboxId[], how: StatusRequest) {
    try {
      return (await this.#guests.get(owner)?.account.status(ids, how)) ?? [];
    } catch (error) {
      if (isShareEnded(error)) return [];
      throw error;
    }
  }

  async open(mailboxId: MailboxId, options: OpenOptions): Promise<OpenMailbox> {
    return this.#homeOf(mailboxId).open(mailboxId, options);
  }

  stage(mailboxId: MailboxId, message: MessageToStage): Promise<StagedMessage> {
    return this.#homeOf(mailboxId).stage(mailboxId, message);
  }

  append(mailboxId: MailboxId, messages: readonly AppendMessage[]): Promise<AppendResult> {
    return this.#homeOf(mailboxId).append(mailboxId, messages);
  }

  discard(messages: readonly StagedMessage[]): Promise<void> {
    return this.#own.discard(messages);
  }

  quota(): Promise<QuotaUsage> {
    return this.#own.quota();
  }

  watch(onHint: (hint: Hint) => void): Disposable {
    this.#onHint = onHint;
    return this.#own.watch(onHint);
  }

  async close(): Promise<void> {
    this.#onHint = null;
    this.#hearNobody();
    this.#login.door[Symbol.dispose]();
    for (const { account } of this.#guests.values()) await account.close();
    this.#guests.clear();
    await this.#own.close();
  }
}

const isOthers = (name: string): boolean => name === othersPrefix || name.startsWith(`${othersPrefix}/`);

const isSame = (one: SharedAccount, other: SharedAccount): boolean =>
  one.address === other.address &&
  one.access === other.access &&
  one.folders.size === other.folders.size &&
  [...one.folders].every(([id, access]) => other.folders.get(id) === access);

/** A level that only its children give. */
const pseudo = (accountId: MailAccountId, name: string): MailboxInfo => ({
  id: parseId<MailboxId>(accountId),
  name,
  selectable: false,
  specialUse: null,
  subscribed: false,
  rights: "l",
});

/** An address as one level of a name: without what divides levels or reads as a wildcard. */
const pathName = (address: string): string =>
  address.replace(/[/%*=]/g, (char) => `=${char.charCodeAt(0).toString(16).toUpperCase()}`);
