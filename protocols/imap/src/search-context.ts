import type { ImapLimits } from "./limits.ts";
import type { SearchQuery, SortCriterion } from "./search-query.ts";

/** A searching command whose result its client follows (RFC 5267 §4.3). */
export interface SearchContext {
  readonly tag: string;
  /** Told by UID; else by message number, until UIDONLY is enabled. */
  readonly uid: boolean;
  readonly query: SearchQuery;
  /** Null: of SEARCH, whose result has the mailbox's order. */
  readonly program: readonly SortCriterion[] | null;
  /** What the client knows, as UIDs in the order of the result. */
  uids: Uint32Array;
  /** Every change up to here is in it. */
  modseq: number;
}

/** How many messages the results that are followed may hold together, in 4 bytes each; within a wider budget perhaps. */
export class FollowBudget {
  readonly #within: FollowBudget | null;
  #left: number;

  constructor(messages: number, within: FollowBudget | null = null) {
    this.#left = messages;
    this.#within = within;
  }

  has(messages: number): boolean {
    return messages <= this.#left && (this.#within === null || this.#within.has(messages));
  }

  /** Takes room for so many, or gives back where they are below none; false, and nothing is taken, where there is not as much. */
  take(messages: number): boolean {
    if (!this.has(messages)) return false;
    this.#within?.take(messages);
    this.#left -= messages;
    return true;
  }
}

/** The results that a client follows in one mailbox. */
export class FollowedResults {
  readonly #results = new Map<string, SearchContext>();
  readonly #searched: FollowBudget;
  readonly #sorted: FollowBudget;

  /** `within`: what other sessions have part in. */
  constructor(limits: ImapLimits, within: FollowBudget | null = null) {
    this.#searched = new FollowBudget(limits.searchContextMessages, within);
    this.#sorted = new FollowBudget(limits.sortContextMessages, this.#searched);
  }

  get count(): number {
    return this.#results.size;
  }

  /** As they are now: one may be let go of meanwhile. */
  get all(): readonly SearchContext[] {
    return [...this.#results.values()];
  }

  has(tag: string): boolean {
    return this.#results.has(tag);
  }

  /** Whether a result of this kind may hold so many messages more. */
  hasRoom(context: Pick<SearchContext, "program">, messages: number): boolean {
    return this.#budgetOf(context).has(messages);
  }

  /** From now on the client knows these of a result; false, and it is followed no longer, where they are too many. */
  keep(context: SearchContext, uids: Uint32Array): boolean {
    const before = this.#results.has(context.tag) ? context.uids.length : 0;
    if (!this.#budgetOf(context).take(uids.length - before)) {
      this.letGo(context.tag);
      return false;
    }
    context.uids = uids;
    this.#results.set(context.tag, context);
    return true;
  }

  letGo(tag: string): void {
    const known = this.#results.get(tag);
    if (!known) return;
    this.#results.delete(tag);
    this.#budgetOf(known).take(-known.uids.length);
  }

  clear(): void {
    for (const tag of [...this.#results.keys()]) this.letGo(tag);
  }

  #budgetOf({ program }: Pick<SearchContext, "program">): FollowBudget {
    return program === null ? this.#searched : this.#sorted;
  }
}
