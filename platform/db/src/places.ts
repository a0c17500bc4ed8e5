import type postgres from "postgres";
import { toFailure } from "./errors.ts";
import type { PgTypes, Place } from "./tx.ts";

/**
 * Places that all processes on one database share, kept as session locks on one connection of this process: nothing is
 * written to disk, and who is killed has given back all it held as soon as PostgreSQL sees its connection go. A session may
 * take a lock that it holds again, so what this process holds is remembered here and the questions go one after the other.
 */
export function openPlaces(pool: postgres.Sql<PgTypes>): {
  take(name: string, count: number): Promise<Place | null>;
  close(): Promise<void>;
} {
  const held = new Map<string, Set<number>>();
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  async function take(name: string, count: number): Promise<Place | null> {
    const mine = held.get(name) ?? new Set();
    const free = Array.from({ length: count }, (_, number) => number).filter((number) => !mine.has(number));
    if (free.length === 0) return null;
    // Without an order the rows are tried one by one, up to the first that is taken.
    const [row] = await pool<{ number: number }[]>`select number from unnest(${free}::int[]) number
      where pg_try_advisory_lock(hashtextextended(${name} || ' ' || number, 0)) limit 1`;
    if (row === undefined) return null;
    held.set(name, mine.add(row.number));
    return { [Symbol.asyncDispose]: () => inTurn(() => giveBack(name, row.number)) };
  }

  async function giveBack(name: string, number: number): Promise<void> {
    // A connection that is gone took its locks with it.
    await pool`select pg_advisory_unlock(hashtextextended(${name} || ' ' || ${number}::int, 0))`.catch(() => {});
    const mine = held.get(name);
    mine?.delete(number);
    if (mine?.size === 0) held.delete(name);
  }

  return {
    take: (name, count) =>
      inTurn(() => take(name, count)).catch((error: unknown) => {
        throw toFailure(error);
      }),
    close: () => pool.end({ timeout: 1 }),
  };
}
