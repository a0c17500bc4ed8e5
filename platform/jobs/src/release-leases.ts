import type { Db } from "@casaforte/platform/db";

/**
 * Gives every job back that a dead worker held, so that nothing waits for a lease to run out. Only for a database that no
 * other process uses: a job that still runs elsewhere would run twice. Returns how many jobs there were.
 */
export async function releaseLeases(db: Db): Promise<number> {
  const [row] = await db.lookup((tx) => tx.sql<{ count: number }[]>`select jobs_release_all() as count`);
  return row?.count ?? 0;
}
