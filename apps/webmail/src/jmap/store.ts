import { useCallback, useSyncExternalStore } from "react";
import type { Email, EmailBody, Identity, Mailbox } from "./types.ts";

/** One list on the screen: ids by position with holes where nothing was fetched yet. */
export interface ListView {
  readonly key: string;
  readonly ids: readonly (string | undefined)[];
  /** Null before the first answer. */
  readonly total: number | null;
  readonly error: unknown;
}

/** Everything known of the account, replaced piece by piece, never changed in place. */
export interface MailState {
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly emails: ReadonlyMap<string, Email>;
  readonly threads: ReadonlyMap<string, readonly string[]>;
  readonly bodies: ReadonlyMap<string, EmailBody>;
  readonly lists: ReadonlyMap<string, ListView>;
  readonly identities: readonly Identity[];
  readonly emailState: string | null;
  readonly isOnline: boolean;
}

const emptyState: MailState = {
  mailboxes: new Map(),
  emails: new Map(),
  threads: new Map(),
  bodies: new Map(),
  lists: new Map(),
  identities: [],
  emailState: null,
  isOnline: true,
};

/** The one place that holds mail in the page; nothing of it is written to the disk. */
export class MailStore {
  #state: MailState = emptyState;
  readonly #listeners = new Set<() => void>();

  get state(): MailState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  update(change: (state: MailState) => Partial<MailState>): void {
    this.#state = { ...this.#state, ...change(this.#state) };
    for (const listener of this.#listeners) listener();
  }

  /** Adds or replaces emails. */
  putEmails(emails: readonly Email[]): void {
    if (emails.length === 0) return;
    this.update((state) => {
      const next = new Map(state.emails);
      for (const email of emails) next.set(email.id, email);
      return { emails: next };
    });
  }
}

/** A part of the state; `select` must answer the same object for the same state. */
export function useMailState<Part>(store: MailStore, select: (state: MailState) => Part): Part {
  const get = useCallback(() => select(store.state), [store, select]);
  return useSyncExternalStore(store.subscribe, get);
}
