import { AsyncLocalStorage } from "node:async_hooks";
import type { TenantId } from "@casaforte/kernel";
import { toFailure } from "./errors.ts";
import type { Sql, TenantTx } from "./tx.ts";

type Effect = () => void | Promise<void>;

/** One open transaction of a tenant that others join, one after the other, each under a savepoint. */
interface Shared {
  readonly tenantId: TenantId;
  readonly sql: Sql;
  readonly effects: Effect[];
  /** The last of those who joined. */
  tail: Promise<unknown>;
  isOver: boolean;
}

const current = new AsyncLocalStorage<Shared>();

/** The transaction that work of this tenant joins here; null where it opens its own. */
export function sharedOf(tenantId: TenantId): Shared | null {
  const shared = current.getStore();
  return shared !== undefined && !shared.isOver && shared.tenantId === tenantId ? shared : null;
}

/** Whether somebody's shared transaction is open around what runs here. */
export const isInside = (): boolean => current.getStore()?.isOver === false;

/** Work under a savepoint of the shared transaction: what throws is undone alone, as if it had had its own. */
export function join<T>(shared: Shared, work: (tx: TenantTx) => Promise<T>): Promise<T> {
  const joined = shared.tail.then(async () => {
    const effects: Effect[] = [];
    try {
      const { value } = (await shared.sql.savepoint(async (sql) => ({
        value: await share({ tenantId: shared.tenantId, sql: sql as Sql, effects }, work),
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

/** Runs work whose transactions of the same tenant join this one. Whatever it left running is waited for. */
export async function share<T>(
  open: Pick<Shared, "tenantId" | "sql" | "effects">,
  work: (tx: TenantTx) => Promise<T>,
): Promise<T> {
  const shared: Shared = { ...open, tail: Promise.resolve(), isOver: false };
  const { tenantId, sql, effects } = open;
  const tx: TenantTx = { scope: "tenant", tenantId, sql, afterCommit: (effect) => void effects.push(effect) };
  try {
    return await current.run(shared, () => work(tx));
  } finally {
    for (let last: unknown; last !== shared.tail; ) {
      last = shared.tail;
      await shared.tail;
    }
    shared.isOver = true;
  }
}

/** The way back into the context that asks. */
export const caller = (): (<T>(work: () => T) => T) => AsyncLocalStorage.snapshot();

/** Runs what must not join. */
export const apart = <T>(work: () => T): T => current.exit(work);
