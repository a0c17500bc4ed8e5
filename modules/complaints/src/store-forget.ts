import type { TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { ComplaintId } from "./complaint.ts";

/** Decided before that moment, with the words and the name still there. */
export async function selectForgettable(
  tx: OperatorTx,
  before: Date,
): Promise<readonly { readonly id: ComplaintId; readonly aboutTenant: TenantId | null }[]> {
  return tx.sql<{ id: ComplaintId; aboutTenant: TenantId | null }[]>`
    select id, about_tenant as "aboutTenant" from complaints_complaints
    where decided_at < ${before} and forgotten_at is null order by decided_at`;
}

/** Keeps where it was, what was decided and when; not who complained, nor their words. */
export async function forgetComplaint(tx: OperatorTx, id: ComplaintId, at: Date): Promise<void> {
  await tx.sql`
    update complaints_complaints set name = null, address = null, reasons = '—', forgotten_at = ${at}
    where id = ${id} and forgotten_at is null`;
}
