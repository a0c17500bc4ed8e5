import type { TenantTx } from "@casaforte/platform/db";
import type { DueNotice } from "./due-notices.ts";

/** False when it was written of before. */
export async function insertNotice(
  tx: TenantTx,
  notice: Pick<DueNotice, "kind" | "subjectId" | "key">,
  now: Date,
): Promise<boolean> {
  const rows = await tx.sql`
    insert into backup_notices (tenant_id, kind, subject_id, key, sent_at)
    values (${tx.tenantId}, ${notice.kind}, ${notice.subjectId}, ${notice.key}, ${now})
    on conflict do nothing returning 1`;
  return rows.length === 1;
}
