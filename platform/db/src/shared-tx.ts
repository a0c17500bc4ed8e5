import { AsyncLocalStorage } from "node:async_hooks";
import type { TenantId } from "@casaforte/kernel";
import { toFailure } from "./errors.ts";
import type { OperatorTx, Sql, TenantTx } from "./tx.ts";

type Effect = () => void | Promise<void>;

/** Whose transactions join: one tenant's, or the operators'. */
export type Scope = TenantId | "operator";
type ScopedTx<S extends Scope> = S extends "operator" ? OperatorTx : TenantTx;

/** One open transaction that others of its scope join, one after the other, each under a savepoint. */
interface Shared<S extends Scope = Scope> {
  readonly scope: S;
  readonly sql: Sql;
  readonly effects: Effect[];
  /** The last of those who joined. */
  tail: Promise<unknown>;
  isOver: boolean;
}

const current = new AsyncLocalStorage<Shared>();

/** The transaction that work of this scope joins here; null where it opens its own. */
export function sharedOf<S extends Scope>(scope: S): Shared<S> | null {
  const shared = current.getStore();
  return shared !== undefined && !shared.isOver && shared.scope === scope ? (shared as Shared<S>) : null;
}

/** Whether somebody's shared transaction is open around what runs here. */
export const isInside = (): boolean => current.getStore()?.isOver === false;

/** Work under a savepoint of the shared transaction: what throws is undone alone, as if it had had its own. */
export function join<T, S extends Scope>(shared: Shared<S>, work: (tx: ScopedTx<S>) => Promise<T>): Promise<T> {
  const joined = shared.tail.then(async () => {
    const effects: Effect[] = [];
    try {
      const { value } = (await shared.sql.savepoint(async (sql) => ({
        value: await share({ scope: shared.scope, sql: sql as Sql, effects }, work),
      }))) as { value: T };
      shared.effects.push(...effects);
      return value;
    } catch (error) {
      throw toFailure(error);
    }
  });
  shared.tail = joined.catch(() => {});
  return joined;
}

/** Runs work whose transactions of the same scope join this one. Whatever it left running is waited for. */
export async function share<T, S extends Scope>(
  open: Pick<Shared<S>, "scope" | "sql" | "effects">,
  work: (tx: ScopedTx<S>) => Promise<T>,
): Promise<T> {
  const shared: Shared<S> = { ...open, tail: Promise.resolve(), isOver: false };
  try {
    return await current.run(shared, () => work(txOf(open)));
  } finally {
    for (let last: unknown; last !== shared.tail; ) {
      last = shared.tail;
      await shared.tail;
    }
    shared.isOver = true;
  }
}

function txOf<S extends Scope>({ scope, sql, effects }: Pick<Shared<S>, "scope" | "sql" | "effects">): ScopedTx<S> {
  const base = { sql, afterCommit: (effect: Effect) => void effects.push(effect) };
  const tx: TenantTx | OperatorTx =
    scope === "operator" ? { ...base, scope: "operator" } : { ...base, scope: "tenant", tenantId: scope };
  return tx as ScopedTx<S>;
}

/** The way back into the context that asks. */
export const caller = (): (<T>(work: () => T) => T) => AsyncLocalStorage.snapshot();

/** Runs what must not join. */
export const apart = <T>(work: () => T): T => current.exit(work);
