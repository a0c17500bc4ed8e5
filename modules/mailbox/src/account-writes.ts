import { Failure, type MailAccountId, type TenantId } from "@casaforte/kernel";
import type { Db, TenantTx } from "@casaforte/platform/db";
import { mailboxLimits } from "./limits.ts";

interface Waiting {
  /** Gives what is to be told once the transaction is committed. */
  readonly send: (tx: TenantTx) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/**
 * Changes of mail accounts by the sessions of one process. Each locks its account until the commit has reached the disk, so
 * what comes for an account while one is under way goes together in its next transaction, in the order in which it came: one
 * lock and one sync for all of it. When one of them is refused each is tried alone, so that it harms nobody else.
 */
export class AccountWrites {
  readonly #db: Pick<Db, "tenant">;
  /** What waits, for each account that has a transaction under way. */
  readonly #waiting = new Map<MailAccountId, Waiting[]>();

  constructor({ db }: { readonly db: Pick<Db, "tenant"> }) {
    this.#db = db;
  }

  /** Resolves when it is committed. `work` is one of `TxOptions.oneTrip` and may be done twice. @throws what it throws. */
  run<T>(tenantId: TenantId, accountId: MailAccountId, work: (tx: TenantTx) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const send = async (tx: TenantTx) => {
      const result = await work(tx);
      return () => resolve(result);
    };
    const found = this.#waiting.get(accountId);
    if (found) found.push({ send, reject });
    else {
      const waiting = [{ send, reject }];
      this.#waiting.set(accountId, waiting);
      void this.#settleAll(tenantId, accountId, waiting);
    }
    return promise;
  }

  async #settleAll(tenantId: TenantId, accountId: MailAccountId, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) await this.#settle(tenantId, waiting.splice(0, mailboxLimits.writesTogetherMax));
    this.#waiting.delete(accountId);
  }

  async #settle(tenantId: TenantId, batch: readonly Waiting[]): Promise<void> {
    if (batch.length > 1) {
      try {
        const outcomes = await this.#db.tenant(
          tenantId,
          (tx) => Promise.allSettled(batch.map(({ send }) => send(tx))),
          { oneTrip: true },
        );
        for (const [at, outcome] of outcomes.entries())
          if (outcome.status === "fulfilled") outcome.value();
          // It sent nothing: what the database refuses fails the transaction.
          else batch[at]?.reject(outcome.reason);
        return;
      } catch (error) {
        if (!isUndone(error)) {
          for (const { reject } of batch) reject(error);
          return;
        }
      }
    }
    for (const { send, reject } of batch)
      await this.#db.tenant(tenantId, send, { oneTrip: true }).then((tell) => tell(), reject);
  }
}

/**
 * The database's own answer to a statement, also that it took too long, so that surely nothing was kept: after anything else,
 * as a connection that is lost, the outcome is unknown.
 */
const isUndone = (error: unknown): boolean => {
  const answer = error instanceof Failure ? error.cause : error;
  return answer instanceof Error && "severity" in answer && answer.severity === "ERROR";
};
