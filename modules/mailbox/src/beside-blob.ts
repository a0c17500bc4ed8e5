import type { TenantTx } from "@casaforte/platform/db";
import type { Fragment } from "postgres";

/**
 * Joins what is kept of a blob, by its key and one at a time whatever the planner thinks (`offset 0`): texts lie beside their
 * table, which looks so small without them that it would be read whole, with the texts of every account.
 */
export const besideBlob = (
  { sql, tenantId }: TenantTx,
  table: "mailbox_search" | "mailbox_contents",
  as: "s" | "c",
  blobId: Fragment,
): Fragment =>
  sql`cross join lateral (select * from ${sql(table)} where tenant_id = ${tenantId} and blob_id = ${blobId} offset 0) ${sql(as)}`;
