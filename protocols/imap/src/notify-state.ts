import type { MailboxId } from "@casaforte/kernel";
import type { MailboxInfo, MailboxStatus } from "./backend.ts";
import type { EventName, Wishes } from "./notify-wishes.ts";

/** A mailbox as a session was told of it last. */
export interface Known {
  readonly info: MailboxInfo;
  readonly events: ReadonlySet<EventName>;
  /** Null: not asked for, since nothing of its messages is told, or it holds none. */
  readonly figures: MailboxStatus | null;
  /** It was left with these figures: how many are unseen was not told, but what flags were until the modseq. */
  readonly wasSelected: boolean;
  /** Digests of its annotations by name; null: not asked for. */
  readonly notes: ReadonlyMap<string, string> | null;
}

/** What one session asked to be told of by NOTIFY, what it was told last, and where hints say to look again. */
export class NotifyState {
  readonly wishes: Wishes;
  known: ReadonlyMap<MailboxId, Known> = new Map();
  /** Of the account itself; null: not asked for. */
  accountNotes: ReadonlyMap<string, string> | null = null;
  /** The first UID that came into the selected mailbox and of which nothing but EXISTS was told. */
  newFromUid: number | null = null;
  readonly #ownUids = new Set<number>();
  /** Null: everywhere. */
  #hinted: Set<MailboxId> | null = new Set();

  constructor(wishes: Wishes) {
    this.wishes = wishes;
  }

  hint(mailboxId: MailboxId | null): void {
    if (mailboxId === null) this.#hinted = null;
    else this.#hinted?.add(mailboxId);
  }

  /** Where to look; null: everywhere. What is hinted from now on is for the next time. */
  takeHints(): ReadonlySet<MailboxId> | null {
    const hinted = this.#hinted;
    this.#hinted = new Set();
    return hinted;
  }

  /** The session put messages into the selected mailbox itself: what was asked of new ones is not told of them. */
  noteOwn(uids: Iterable<number>): void {
    for (const uid of uids) this.#ownUids.add(uid);
  }

  isOwn(uid: number): boolean {
    return this.#ownUids.has(uid);
  }

  /** The selected mailbox is left: what was told of its messages is not told again by figures, and what was not is told next. */
  leave(
    mailboxId: MailboxId,
    told: Pick<MailboxStatus, "messages" | "uidNext" | "uidValidity" | "highestModseq">,
  ): void {
    this.forgetNews();
    const known = this.known.get(mailboxId);
    if (!known?.figures) return;
    const { selected } = this.wishes;
    // Flags that changed were passed over.
    const isSilent = selected !== null && !selected.events.has("FLAGCHANGE");
    const figures = { ...known.figures, ...told, ...(isSilent ? { highestModseq: 0 } : {}) };
    this.known = new Map(this.known).set(mailboxId, { ...known, figures, wasSelected: true });
    this.hint(mailboxId);
  }

  forgetNews(): void {
    this.newFromUid = null;
    this.#ownUids.clear();
  }
}
