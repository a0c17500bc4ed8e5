import type { AccountInfo, AccountStore, Backend, PushStore } from "../backend.ts";

/** A user with accounts in memory. */
export class MemoryBackend implements Backend {
  readonly username: string;
  readonly push?: PushStore;
  readonly #accounts: readonly AccountStore[];

  constructor(username: string, accounts: readonly AccountStore[], push?: PushStore) {
    this.username = username;
    if (push !== undefined) this.push = push;
    this.#accounts = accounts;
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    return this.#accounts.map((account) => account.info);
  }

  async account(accountId: string): Promise<AccountStore | null> {
    return this.#accounts.find((account) => account.info.id === accountId) ?? null;
  }
}
