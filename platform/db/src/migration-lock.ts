import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";

/** Held alone by whoever changes the schema, and shared by whoever saves it. */
export const migrationLockKey = 0x63666d67;

const retryMs = 250;

/**
 * Takes the lock for as long as the connection lasts. It is asked for again and again: a question that waits inside the
 * database has a snapshot, and who builds an index beside the writers waits for all snapshots while it holds the lock. The
 * database would end one of both. `onWait` is told once. @throws the signal's reason.
 */
export async function takeMigrationLock(
  sql: postgres.ISql,
  how: "alone" | "shared",
  { onWait, signal }: { readonly onWait?: () => void; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  for (let hasWaited = false; !(await tryLock(sql, how)); hasWaited = true) {
    if (!hasWaited) onWait?.();
    await sleep(retryMs, undefined, signal ? { signal } : {}).catch(() => {});
    signal?.throwIfAborted();
  }
}

async function tryLock(sql: postgres.ISql, how: "alone" | "shared"): Promise<boolean> {
  const [row] = await (how === "alone"
    ? sql<{ isTaken: boolean }[]>`select pg_try_advisory_lock(${migrationLockKey}) as "isTaken"`
    : sql<{ isTaken: boolean }[]>`select pg_try_advisory_lock_shared(${migrationLockKey}) as "isTaken"`);
  return row?.isTaken === true;
}
