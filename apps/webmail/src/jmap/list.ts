import type { Batcher } from "./batcher.ts";
import { replyOf } from "./batcher.ts";
import type { ListView, MailStore } from "./store.ts";
import { type Email, emailListProperties } from "./types.ts";

/** What a list is of; its JSON is its key. */
export interface ListQuery {
  readonly filter: Readonly<Record<string, unknown>>;
  readonly collapseThreads: boolean;
}

export const listKey = (query: ListQuery): string => JSON.stringify(query);
const pageSize = 60;
/** Pages behind and before the one in sight that are kept fresh after a change. */
const listsKept = 6;

/** Fetches windows of lists, each page in one request with all that its rows show. */
export class Lists {
  readonly #store: MailStore;
  readonly #batcher: Batcher;
  readonly #accountId: string;
  readonly #pending = new Set<string>();
  readonly #queries = new Map<string, ListQuery>();
  readonly #visible = new Map<string, readonly [start: number, end: number]>();

  constructor(store: MailStore, batcher: Batcher, accountId: string) {
    this.#store = store;
    this.#batcher = batcher;
    this.#accountId = accountId;
  }

  /** Sees to it that rows `start` to `end` are there or on their way. */
  show(query: ListQuery, start: number, end: number): void {
    const key = listKey(query);
    this.#queries.set(key, query);
    this.#visible.set(key, [start, end]);
    const list = this.#store.state.lists.get(key);
    for (let page = Math.floor(start / pageSize); page <= Math.floor(Math.max(start, end - 1) / pageSize); page++) {
      const from = page * pageSize;
      const until = Math.min(from + pageSize, list?.total ?? from + pageSize);
      const isWhole = list !== undefined && list.total !== null && hasAll(list.ids, from, until);
      if (!isWhole) void this.#fetch(key, query, page);
    }
  }

  /** Reads the windows in sight again and forgets the others: after mail came, went or moved elsewhere. */
  refresh(): void {
    const keys = [...this.#store.state.lists.keys()].slice(-listsKept);
    this.#store.update((state) => ({
      lists: new Map([...state.lists].filter(([key]) => keys.includes(key))),
    }));
    for (const key of keys) {
      const query = this.#queries.get(key);
      const [start, end] = this.#visible.get(key) ?? [0, 1];
      if (query === undefined) continue;
      const first = Math.floor(start / pageSize);
      const last = Math.floor(Math.max(start, end - 1) / pageSize);
      for (let page = first; page <= last; page++) void this.#fetch(key, query, page, page === first);
    }
  }

  async #fetch(key: string, query: ListQuery, page: number, isReset = false): Promise<void> {
    const ticket = `${key}#${page}`;
    if (this.#pending.has(ticket)) return;
    this.#pending.add(ticket);
    try {
      const accountId = this.#accountId;
      const position = page * pageSize;
      const answers = await this.#batcher.group([
        [
          "Email/query",
          {
            accountId,
            filter: query.filter,
            sort: [{ property: "receivedAt", isAscending: false }],
            collapseThreads: query.collapseThreads,
            position,
            limit: pageSize,
            calculateTotal: true,
          },
        ],
        ["Email/get", { accountId, "#ids": from("0", "Email/query", "/ids"), properties: ["threadId"] }],
        ["Thread/get", { accountId, "#ids": from("1", "Email/get", "/list/*/threadId") }],
        [
          "Email/get",
          { accountId, "#ids": from("2", "Thread/get", "/list/*/emailIds"), properties: emailListProperties },
        ],
      ]);
      const found = replyOf<{ ids: readonly string[]; total: number }>(answers[0]);
      const threads = replyOf<{ list: readonly { id: string; emailIds: readonly string[] }[] }>(answers[2]);
      const emails = replyOf<{ list: readonly Email[]; state: string }>(answers[3]);
      this.#store.putEmails(emails.list);
      this.#store.update((state) => {
        const nextThreads = new Map(state.threads);
        for (const thread of threads.list) nextThreads.set(thread.id, thread.emailIds);
        const lists = new Map(state.lists);
        const old = isReset ? undefined : state.lists.get(key);
        lists.delete(key);
        lists.set(key, {
          key,
          ids: splice(old?.ids ?? [], position, found.ids, found.total),
          total: found.total,
          error: null,
        });
        return { threads: nextThreads, lists, emailState: state.emailState ?? emails.state };
      });
    } catch (error) {
      this.#store.update((state) => {
        const lists = new Map(state.lists);
        const old = state.lists.get(key);
        lists.set(key, { key, ids: old?.ids ?? [], total: old?.total ?? null, error });
        return { lists };
      });
    } finally {
      this.#pending.delete(ticket);
    }
  }
}

const from = (resultOf: string, name: string, path: string) => ({ resultOf, name, path });

function hasAll(ids: ListView["ids"], start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (ids[index] === undefined) return false;
  return true;
}

/** A sparse array with a page written in; a row that moved between pages is not shown twice. */
function splice(
  ids: ListView["ids"],
  position: number,
  page: readonly string[],
  total: number,
): readonly (string | undefined)[] {
  const fresh = new Set(page);
  const next: (string | undefined)[] = ids
    .slice(0, total)
    .map((id) => (id !== undefined && fresh.has(id) ? undefined : id));
  page.forEach((id, index) => {
    next[position + index] = id;
  });
  return next;
}
