import type { OperatorTx } from "@casaforte/platform/db";
import type { DueRequests, LegalRequest, LegalRequestId } from "./legal-request.ts";
import { requestColumns } from "./store.ts";

/** What waits for us and has a quarter of its time left or less. What only preserves is done when it is decided. */
const isDue = (tx: OperatorTx, now: Date) => tx.sql`
  (state = 'registered' or (state = 'approved' and kind <> 'preservation'))
  and deadline_at - greatest(deadline_at - received_at, interval '0') / 4 <= ${now}`;

/** Those whose next reminder has not gone out, the nearest deadline first. */
export async function selectToRemind(tx: OperatorTx, now: Date): Promise<LegalRequest[]> {
  return tx.sql<LegalRequest[]>`
    select ${requestColumns(tx)} from compliance_requests
    where ${isDue(tx, now)} and reminders < case when deadline_at <= ${now} then 2 else 1 end
    order by deadline_at, number for update`;
}

export async function updateReminders(tx: OperatorTx, id: LegalRequestId, count: 1 | 2): Promise<void> {
  await tx.sql`update compliance_requests set reminders = ${count} where id = ${id}`;
}

export async function selectDueRequests(tx: OperatorTx, now: Date): Promise<DueRequests[]> {
  return tx.sql<DueRequests[]>`
    select kind, count(*) filter (where deadline_at > ${now})::int as soon,
      count(*) filter (where deadline_at <= ${now})::int as late
    from compliance_requests where ${isDue(tx, now)} group by kind order by kind`;
}
