import type { MailAccountId, MailboxId, TenantId } from "@casaforte/kernel";
import { AccountList } from "./account-list.ts";
import { AccountWrites } from "./account-writes.ts";
import { FactCache } from "./fact-cache.ts";
import { mailboxLimits } from "./limits.ts";
import { type MailboxAddress, MailboxView } from "./mailbox-view.ts";
import { type MailboxEdgeServices, readHint } from "./services.ts";

interface Held {
  readonly view: MailboxView;
  readonly stop: () => void;
  users: number;
  /** What its table of flags is counted with. */
  flagBytes: number;
  /** It is given up, or forgotten: whatever still reads into it counts no more. */
  isGone: boolean;
}

/** What a process spends on combinations of flags; see `mailboxLimits`. */
export interface ViewBounds {
  readonly flagBytesMax: number;
  readonly allFlagBytesMax: number;
}

/** A view that the caller may use until it gives it back. */
export interface ViewLease extends Disposable {
  readonly view: MailboxView;
}

/**
 * The views of one process. Sessions of the same mailbox share one; a view that nobody uses any more is kept for a while
 * and goes on hearing hints, since most clients come back. One that knows too many combinations of flags is given up, and
 * whoever asks next gets a new one.
 */
export class MailboxViews {
  readonly facts: FactCache;
  readonly writes: AccountWrites;
  readonly #services: MailboxEdgeServices;
  readonly #held = new Map<string, Held>();
  readonly #lists = new Map<string, { readonly list: AccountList; readonly stop: () => void; users: number }>();
  /** Those nobody uses, least lately used first. */
  readonly #idle = new Map<string, Held>();

  readonly #bounds: ViewBounds;
  #flagBytes = 0;

  constructor(services: MailboxEdgeServices, bounds: Partial<ViewBounds> = {}) {
    this.#services = services;
    this.#bounds = {
      flagBytesMax: mailboxLimits.viewFlagBytesMax,
      allFlagBytesMax: mailboxLimits.allViewFlagBytesMax,
      ...bounds,
    };
    this.facts = services.facts ?? new FactCache();
    this.writes = new AccountWrites(services);
  }

  /** The account's mailboxes, until the lease is given back. */
  takeList(tenantId: TenantId, accountId: MailAccountId): Disposable & { readonly list: AccountList } {
    const key = `${tenantId}/${accountId}`;
    let held = this.#lists.get(key);
    if (!held) {
      const list = new AccountList(this.#services, tenantId, accountId);
      const stop = this.#services.bus.subscribe(`mail:${accountId}`, (payload) => {
        // A change of messages says its modseq.
        if (readHint(payload).modseq === undefined) list.hint();
      });
      held = { list, stop, users: 0 };
      this.#lists.set(key, held);
    }
    const { list } = held;
    held.users++;
    let given = true;
    return {
      list,
      [Symbol.dispose]: () => {
        if (!given) return;
        given = false;
        if (--held.users > 0) return;
        held.stop();
        this.#lists.delete(key);
      },
    };
  }

  take(tenantId: TenantId, accountId: MailAccountId, mailboxId: MailboxId): ViewLease {
    const key = `${tenantId}/${accountId}/${mailboxId}`;
    const held = this.#held.get(key) ?? this.#hold(key, { tenantId, accountId, mailboxId });
    this.#idle.delete(key);
    held.users++;
    let given = true;
    return {
      view: held.view,
      [Symbol.dispose]: () => {
        if (given) this.#giveBack(key, held);
        given = false;
      },
    };
  }

  #hold(key: string, address: MailboxAddress): Held {
    const view: MailboxView = new MailboxView(this.#services, address, {
      bytesMax: this.#bounds.flagBytesMax,
      grew: () => this.#count(held),
    });
    const stop = this.#services.bus.subscribe(`mail:${address.accountId}`, (payload) => {
      const hint = readHint(payload);
      if (hint.mailboxId === null || hint.mailboxId === address.mailboxId) view.hint(hint.modseq);
    });
    const held: Held = { view, stop, users: 0, flagBytes: 0, isGone: false };
    this.#held.set(key, held);
    // Whoever has it still ends; the next one begins with a new view.
    view.spent.addEventListener("abort", () => this.#drop(key, held), { once: true });
    return held;
  }

  /** Where all know too many combinations, the view that knows most is given up. */
  #count(held: Held): void {
    if (held.isGone) return;
    const { bytes } = held.view.table;
    this.#flagBytes += bytes - held.flagBytes;
    held.flagBytes = bytes;
    while (this.#flagBytes > this.#bounds.allFlagBytesMax) {
      let largest = held;
      for (const one of this.#held.values()) if (one.flagBytes > largest.flagBytes) largest = one;
      largest.view.giveUp();
    }
  }

  #giveBack(key: string, held: Held): void {
    if (--held.users > 0 || held.view.spent.aborted) return;
    held.view.forgetChanges();
    held.view.keepSummary();
    this.#idle.set(key, held);
    let bytes = 0;
    for (const { view } of this.#idle.values()) bytes += view.bytes;
    for (const [oldest, idle] of this.#idle) {
      const fits = this.#idle.size <= mailboxLimits.idleViewsKept && bytes <= mailboxLimits.idleViewBytesKept;
      // One that was never filled, or is gone, is not worth keeping, nor one with more flags that were than messages.
      if (fits && (idle !== held || (idle.view.highestModseq >= 0 && !idle.view.isOutgrown))) continue;
      this.#drop(oldest, idle);
      bytes -= idle.view.bytes;
    }
  }

  #drop(key: string, held: Held): void {
    held.stop();
    this.#flagBytes -= held.flagBytes;
    held.flagBytes = 0;
    held.isGone = true;
    // Another one may have its place since.
    if (this.#held.get(key) === held) this.#held.delete(key);
    if (this.#idle.get(key) === held) this.#idle.delete(key);
  }
}
