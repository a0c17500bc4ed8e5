import type { TenantTx } from "./tx.ts";

/** How many rows of a table `work` has the database read. */
export async function rowsRead(tx: TenantTx, table: string, work: () => Promise<void>): Promise<number> {
  const soFar = async () => {
    const [row] = await tx.sql<{ rows: bigint }[]>`select seq_tup_read + coalesce(idx_tup_fetch, 0) as rows
      from pg_stat_xact_user_tables where relname = ${table}`;
    return Number(row?.rows ?? 0n);
  };
  const before = await soFar();
  await work();
  return (await soFar()) - before;
}
