import type { OperatorTx } from "@casaforte/platform/db";
import type { RetentionFinding } from "./retention-finding.ts";

export async function upsertFinding(tx: OperatorTx, f: RetentionFinding): Promise<void> {
  await tx.sql`
    insert into compliance_retention (class, checked_at, overdue, held)
    values (${f.class}, ${f.checkedAt}, ${f.overdue}, ${f.held})
    on conflict (class) do update set checked_at = excluded.checked_at, overdue = excluded.overdue, held = excluded.held`;
}

export async function selectFindings(tx: OperatorTx): Promise<RetentionFinding[]> {
  return tx.sql<RetentionFinding[]>`
    select class, checked_at as "checkedAt", overdue, held from compliance_retention order by class`;
}
