import { Batcher, MethodProblem, replyOf } from "./batcher.ts";
import { Lists } from "./list.ts";
import { listenForChanges } from "./push.ts";
import { MailStore } from "./store.ts";
import { Transport } from "./transport.ts";
import {
  type Email,
  type EmailBody,
  emailListProperties,
  type Identity,
  type Mailbox,
  mailboxProperties,
} from "./types.ts";

interface ChangesReply {
  readonly newState: string;
  readonly hasMoreChanges: boolean;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly destroyed: readonly string[];
}

/** Messages that were opened last and are kept true where the server does not tell what changed. */
const openedKept = 60;

const without = <Value>(map: ReadonlyMap<string, Value>, ids: ReadonlySet<string>): ReadonlyMap<string, Value> =>
  ids.size === 0 ? map : new Map([...map].filter(([id]) => !ids.has(id)));

/** The account in this page: its store, its lists, and how they are kept true. */
export class MailClient {
  readonly store = new MailStore();
  readonly transport: Transport;
  /** The account that is signed in: itself, or where messages are written while another's mail is shown. */
  readonly home: MailClient;
  readonly batcher: Batcher;
  readonly lists: Lists;
  readonly #opening = new Map<string, Promise<void>>();
  #syncing: Promise<void> | null = null;
  #isSyncWanted = false;

  private constructor(transport: Transport, home: MailClient | null) {
    this.transport = transport;
    this.home = home ?? this;
    this.batcher = new Batcher((calls) => transport.send(calls));
    this.lists = new Lists(this.store, this.batcher, transport.accountId);
  }

  get accountId(): string {
    return this.transport.accountId;
  }

  /** Opens the session and reads what every screen needs. @throws ApiProblem. */
  static async open(): Promise<MailClient> {
    const client = new MailClient(await Transport.open(), null);
    await client.#readMailboxes();
    return client;
  }

  /** The same person in an account that is shared with him, or back in his own. @throws ApiProblem, MethodProblem. */
  async enter(accountId: string): Promise<MailClient> {
    if (accountId === this.home.accountId) {
      // Nobody listened for it meanwhile.
      await this.home.sync();
      return this.home;
    }
    const client = new MailClient(this.home.transport.for(accountId), this.home);
    await client.#readMailboxes();
    return client;
  }

  /** Somebody else's mail that may only be read. */
  get isReadOnly(): boolean {
    return this.transport.session.accounts[this.accountId]?.isReadOnly ?? false;
  }

  /** Folders are the owner's and of those with whom he shares them too. */
  get mayCreateFolder(): boolean {
    const account = this.transport.session.accounts[this.accountId];
    return account?.accountCapabilities["urn:ietf:params:jmap:mail"]?.mayCreateTopLevelMailbox ?? false;
  }

  /** Null in one's own account: its address elsewhere. */
  get sharedName(): string | null {
    return this === this.home ? null : (this.transport.session.accounts[this.accountId]?.name ?? "");
  }

  /** Returns the account's state as of the mailboxes. */
  async #readMailboxes(): Promise<string> {
    const { accountId } = this;
    const [mailboxes, identities] = await this.batcher.group([
      ["Mailbox/get", { accountId, ids: null, properties: mailboxProperties }],
      ["Identity/get", { accountId, ids: null }],
    ]);
    const boxes = replyOf<{ list: readonly Mailbox[]; state: string }>(mailboxes);
    const people = replyOf<{ list: readonly Identity[] }>(identities);
    this.store.update((state) => ({
      mailboxes: new Map(boxes.list.map((mailbox) => [mailbox.id, mailbox])),
      identities: people.list,
      emailState: state.emailState ?? boxes.state,
    }));
    return boxes.state;
  }

  /** Follows the server's changes until stopped. */
  listen(): () => void {
    return listenForChanges(this.transport.session.eventSourceUrl, {
      change: () => void this.sync(),
      online: (isOnline) => this.store.update(() => ({ isOnline })),
    });
  }

  /** Reads what changed since the last time. Calls in between are joined into one more round. */
  sync(): Promise<void> {
    if (this.#syncing !== null) {
      this.#isSyncWanted = true;
      return this.#syncing;
    }
    this.#syncing = this.#syncRounds().finally(() => {
      this.#syncing = null;
    });
    return this.#syncing;
  }

  async #syncRounds(): Promise<void> {
    try {
      do {
        this.#isSyncWanted = false;
        await this.#syncOnce();
      } while (this.#isSyncWanted);
    } catch {
      // The next event, or the person's next act, tries again; what is shown stays.
    }
  }

  async #syncOnce(): Promise<void> {
    const { accountId } = this;
    const since = this.store.state.emailState;
    if (since === null) return;
    const mailboxes = this.#readMailboxes();
    try {
      const changes = await this.batcher.call<ChangesReply>("Email/changes", { accountId, sinceState: since });
      await this.#apply(changes);
      if (changes.hasMoreChanges) this.#isSyncWanted = true;
    } catch (error) {
      if (!(error instanceof MethodProblem) || error.type !== "cannotCalculateChanges") throw error;
      // A guest of single folders is not told what changed: what he did himself leaves the page as it is.
      if ((await mailboxes) === this.store.state.emailState) return;
      await this.#readAnew();
    }
    await mailboxes;
  }

  /** What changed is not known: what was opened last is read again while it stays on the screen, and the lists. */
  async #readAnew(): Promise<void> {
    const { found, state } = await this.#readLast([...this.store.state.bodies.keys()].slice(-openedKept));
    const gone = new Set([...this.store.state.bodies.keys()].filter((id) => !found.has(id)));
    this.store.update(({ emails, bodies }) => ({
      emails: without(emails, gone),
      bodies: without(bodies, gone),
      emailState: state,
    }));
    this.lists.refresh();
  }

  /** The conversations of the last of these messages, of as many as one request may ask for. */
  async #readLast(ids: readonly string[]): Promise<{ readonly found: ReadonlySet<string>; readonly state: string }> {
    try {
      return await this.#readConversations(ids);
    } catch (error) {
      if (ids.length === 0 || !(error instanceof MethodProblem) || error.type !== "requestTooLarge") throw error;
      return this.#readLast(ids.slice(Math.ceil(ids.length / 2)));
    }
  }

  async #apply(changes: ChangesReply): Promise<void> {
    const held = changes.updated.filter((id) => this.store.state.emails.has(id));
    const before = this.store.state.emails;
    if (held.length > 0) {
      const { accountId } = this;
      const reply = await this.batcher.call<{ list: readonly Email[] }>("Email/get", {
        accountId,
        ids: held,
        properties: emailListProperties,
      });
      this.store.putEmails(reply.list);
    }
    const after = this.store.state.emails;
    const hasMoved = changes.updated.some(
      (id) => JSON.stringify(before.get(id)?.mailboxIds) !== JSON.stringify(after.get(id)?.mailboxIds),
    );
    const isStranger = changes.updated.length > held.length;
    this.store.update(() => ({ emailState: changes.newState }));
    if (changes.created.length > 0 || changes.destroyed.length > 0 || hasMoved || isStranger) this.lists.refresh();
  }

  /** Reads a message and its conversation, for an address opened from outside the list. False: there is none such. */
  async openConversation(emailId: string): Promise<boolean> {
    return (await this.#readConversations([emailId])).found.size > 0;
  }

  /** Reads the conversations of messages. Returns which of these there are, and as of when. @throws ApiProblem, MethodProblem. */
  async #readConversations(
    ids: readonly string[],
  ): Promise<{ readonly found: ReadonlySet<string>; readonly state: string }> {
    const { accountId } = this;
    const answers = await this.batcher.group([
      ["Email/get", { accountId, ids, properties: ["threadId"] }],
      ["Thread/get", { accountId, "#ids": { resultOf: "0", name: "Email/get", path: "/list/*/threadId" } }],
      [
        "Email/get",
        {
          accountId,
          "#ids": { resultOf: "1", name: "Thread/get", path: "/list/*/emailIds" },
          properties: emailListProperties,
        },
      ],
    ]);
    const asked = replyOf<{ list: readonly { id: string }[]; state: string }>(answers[0]);
    const threads = replyOf<{ list: readonly { id: string; emailIds: readonly string[] }[] }>(answers[1]).list;
    this.store.putEmails(replyOf<{ list: readonly Email[] }>(answers[2]).list);
    this.store.update((state) => ({
      threads: new Map([...state.threads, ...threads.map((thread) => [thread.id, thread.emailIds] as const)]),
    }));
    return { found: new Set(asked.list.map(({ id }) => id)), state: asked.state };
  }

  /** Reads the bodies of messages that were not opened yet. @throws ApiProblem. */
  async openBodies(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.store.state.bodies.has(id) && !this.#opening.has(id));
    if (missing.length > 0) {
      const reading = this.#readBodies(missing).finally(() => {
        for (const id of missing) this.#opening.delete(id);
      });
      for (const id of missing) this.#opening.set(id, reading);
    }
    await Promise.all(ids.map((id) => this.#opening.get(id)));
  }

  async #readBodies(ids: readonly string[]): Promise<void> {
    const { accountId } = this;
    const reply = await this.batcher.call<{ list: readonly EmailBody[] }>("Email/get", {
      accountId,
      ids,
      properties: [
        "blobId",
        "cc",
        "bcc",
        "replyTo",
        "sender",
        "messageId",
        "references",
        "inReplyTo",
        "sentAt",
        "textBody",
        "htmlBody",
        "attachments",
        "bodyValues",
      ],
      bodyProperties: ["partId", "blobId", "size", "name", "type", "cid", "disposition"],
      fetchTextBodyValues: true,
      fetchHTMLBodyValues: true,
      maxBodyValueBytes: 1_000_000,
    });
    this.store.update((state) => {
      const bodies = new Map(state.bodies);
      for (const body of reply.list) bodies.set(body.id, body);
      return { bodies };
    });
  }
}
