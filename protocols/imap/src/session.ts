import { assert, type Clock, type Connection, type Logger } from "@casaforte/kernel";
import type { ImapAccount, ImapBackend, MailboxSnapshot, OpenMailbox } from "./backend.ts";
import { DeflatedConnection } from "./deflated-connection.ts";
import { Input } from "./input.ts";
import { defaultLimits, type ImapLimits } from "./limits.ts";
import type { NotifyState } from "./notify-state.ts";
import type { ImapOptions, ServeImapServices } from "./options.ts";
import { Output } from "./output.ts";
import { type FollowBudget, FollowedResults } from "./search-context.ts";
import { SequenceTracker } from "./sequence-tracker.ts";

/** A mailbox the session looks into. */
export interface Selected {
  readonly mailbox: OpenMailbox;
  readonly tracker: SequenceTracker;
  readonly name: string;
  readonly readOnly: boolean;
  /** Keywords told to the client in FLAGS, in lower case. */
  readonly announcedKeywords: Map<string, string>;
  /** Numbers of the flag table below this hold announced keywords only. */
  announcedFlagSets: number;
  /** The saved search result `$` (RFC 5182), as UIDs. */
  savedUids: Uint32Array;
  /** Results that the client follows (RFC 5267). */
  readonly contexts: FollowedResults;
}

/** RFC 9051 §3. */
export type SessionState =
  | { readonly name: "not_authenticated" }
  | { readonly name: "authenticated"; readonly account: ImapAccount }
  | { readonly name: "selected"; readonly account: ImapAccount; readonly selected: Selected }
  | { readonly name: "logout" };

/** Extensions that change what the server says, once the client asked for them. */
export interface Enabled {
  condstore: boolean;
  qresync: boolean;
  utf8: boolean;
  /** RFC 9051: ESEARCH for every SEARCH, no \Recent, names in UTF-8. */
  rev2: boolean;
  /** RFC 9586: messages are named by UID alone. */
  uidOnly: boolean;
}

/** One client's conversation: the state, the pipes, and what every command needs. */
export class Session {
  connection: Connection;
  readonly backend: ImapBackend;
  readonly clock: Clock;
  readonly limits: ImapLimits;
  readonly options: ImapOptions;
  readonly input: Input;
  readonly out: Output;
  readonly enabled: Enabled = { condstore: false, qresync: false, utf8: false, rev2: false, uidOnly: false };
  state: SessionState = { name: "not_authenticated" };
  logger: Logger;
  /** The store must be asked before the next answer ends. */
  hinted = false;
  /** The highest modseq hinted since the last look at the store; infinite when a hint did not say. */
  hintedModseq = 0;
  /** BAD answers in a row. */
  badCommands = 0;
  failedLogins = 0;
  /** A command runs, so silence of the client is no idleness. */
  busy = false;
  isCompressed = false;
  /** How far the command that runs is, where it knows: parts done of those there are, more than none. */
  progress: { readonly done: number; readonly goal: number } | null = null;
  #notifier: NotifyState | null = null;
  #others: Disposable | null = null;
  #watch: Disposable | null = null;
  readonly #followed: FollowBudget | null;

  constructor(connection: Connection, services: ServeImapServices) {
    this.connection = connection;
    this.backend = services.backend;
    this.clock = services.clock;
    this.logger = services.logger;
    this.limits = { ...defaultLimits, ...services.limits };
    this.options = services.options ?? {};
    this.#followed = services.followed ?? null;
    this.input = new Input(connection);
    this.out = new Output(connection);
    this.input.onWait = () => this.out.flush();
  }

  get account(): ImapAccount {
    assert(this.state.name === "authenticated" || this.state.name === "selected", "the session is signed in");
    return this.state.account;
  }

  get isSignedIn(): boolean {
    return this.state.name === "authenticated" || this.state.name === "selected";
  }

  get selected(): Selected {
    assert(this.state.name === "selected", "a mailbox is selected");
    return this.state.selected;
  }

  get selectedOrNull(): Selected | null {
    return this.state.name === "selected" ? this.state.selected : null;
  }

  /** Whether a password may be sent now (RFC 9051 §11.1). */
  get mayLogin(): boolean {
    if (this.connection.secure) return true;
    const { remoteAddress } = this.connection;
    const loopback = /^(?:127\.|::1$|::ffff:127\.)/.test(remoteAddress);
    return this.options.cleartextLogin === "loopback" && loopback;
  }

  /** From now on both directions are compressed (RFC 4978). */
  compress(): void {
    this.connection = new DeflatedConnection(this.connection);
    this.isCompressed = true;
    this.input.use(this.connection);
    this.out.use(this.connection);
  }

  signIn(account: ImapAccount): void {
    this.state = { name: "authenticated", account };
    this.logger = this.logger.with({ account: account.name });
    const { ended } = account;
    if (ended?.aborted) this.#signOut();
    else ended?.addEventListener("abort", () => this.#signOut(), { once: true });
    this.#watch = account.watch((hint) => {
      const selected = this.selectedOrNull;
      this.#notifier?.hint(hint.mailboxId);
      if (this.#notifier) this.input.wake();
      if (!selected || (hint.mailboxId !== null && hint.mailboxId !== selected.mailbox.id)) return;
      this.hintedModseq = Math.max(this.hintedModseq, hint.modseq ?? Number.POSITIVE_INFINITY);
      this.input.wake();
    });
  }

  #signOut(): void {
    if (!this.isSignedIn) return;
    this.logger.info("imap.signed_out");
    this.input.interrupt("signed_out");
    // A long answer would go on.
    if (this.busy) this.connection.close();
  }

  /** The selected mailbox cannot be followed any longer. */
  readonly #outgrow = (): void => {
    this.logger.warn("imap.mailbox_outgrown", { mailboxId: this.selected.mailbox.id });
    this.input.interrupt("outgrown");
    // One that does not read what it is told would hold on to it.
    if (this.busy && this.out.isFull) this.connection.close();
  };

  async select(mailbox: OpenMailbox, name: string, readOnly: boolean): Promise<Selected> {
    await this.unselect();
    const selected: Selected = {
      mailbox,
      tracker: new SequenceTracker(this.enabled.rev2 ? withoutRecent(mailbox.snapshot) : mailbox.snapshot),
      name,
      readOnly,
      announcedKeywords: new Map(),
      announcedFlagSets: 0,
      savedUids: new Uint32Array(),
      contexts: new FollowedResults(this.limits, this.#followed),
    };
    this.state = { name: "selected", account: this.account, selected };
    mailbox.ended?.addEventListener("abort", this.#outgrow);
    if (mailbox.ended?.aborted) this.#outgrow();
    this.hinted = false;
    this.hintedModseq = 0;
    return selected;
  }

  /** Null: NOTIFY was not used (RFC 5465). */
  get notifier(): NotifyState | null {
    return this.#notifier;
  }

  /** From now on what happens is told as asked; others' mailboxes are listened to where they may be meant. */
  tellBy(notifier: NotifyState | null): void {
    this.#notifier = notifier;
    const hears = notifier !== null && notifier.wishes.groups.length > 0;
    if (hears) this.#others ??= this.account.hearOthers?.() ?? null;
    else this.#stopHearing();
  }

  #stopHearing(): void {
    this.#others?.[Symbol.dispose]();
    this.#others = null;
  }

  async unselect(): Promise<void> {
    if (this.state.name !== "selected") return;
    const { account, selected } = this.state;
    const { mailbox, tracker } = selected;
    mailbox.ended?.removeEventListener("abort", this.#outgrow);
    selected.contexts.clear();
    this.#notifier?.leave(mailbox.id, {
      messages: tracker.count,
      uidNext: tracker.uidNext,
      uidValidity: mailbox.snapshot.uidValidity,
      highestModseq: tracker.modseq,
    });
    this.state = { name: "authenticated", account };
    await mailbox.close();
  }

  /** Gives everything back; whatever happened. */
  async end(): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    this.#watch = null;
    this.#stopHearing();
    const account = this.isSignedIn ? this.account : null;
    try {
      await this.unselect();
    } finally {
      this.state = { name: "logout" };
      await account?.close();
    }
  }
}

const withoutRecent = (snapshot: MailboxSnapshot): MailboxSnapshot => ({
  ...snapshot,
  recentFromUid: snapshot.uidNext,
  recentUpToUid: snapshot.uidNext,
});
