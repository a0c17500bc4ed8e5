import type { TenantTx } from "@casaforte/platform/db";

/** Rows whose age in one column says that they should be gone. `state`: only rows in that state are ever deleted by age. */
export interface AgeingRows {
  readonly table: string;
  readonly column: string;
  readonly state?: string;
  /** Only rows in which this column is empty. */
  readonly empty?: string;
}

/** How many rows of the tenant are older than that moment. */
export async function countOlder(tx: TenantTx, rows: AgeingRows, before: Date): Promise<number> {
  const { sql } = tx;
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from ${sql(rows.table)} t
    where tenant_id = ${tx.tenantId} and ${sql(rows.column)} < ${before}
      ${rows.state === undefined ? sql`` : sql`and state = ${rows.state}`}
      ${rows.empty === undefined ? sql`` : sql`and ${sql(rows.empty)} is null`}`;
  return row?.count ?? 0;
}
