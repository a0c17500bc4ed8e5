import type { OperatorTx } from "@casaforte/platform/db";
import type { Approval, ApprovalId, ApprovalState } from "./approval.ts";

export async function insertRequest(
  tx: OperatorTx,
  request: Pick<Approval, "id" | "kind" | "subject" | "payload" | "requestedBy" | "requestedAt" | "expiresAt">,
): Promise<void> {
  await tx.sql`
    insert into approvals_requests (id, kind, subject, payload, requested_by, requested_at, expires_at)
    values (${request.id}, ${request.kind}, ${request.subject}, ${tx.sql.json(request.payload as never)},
      ${request.requestedBy}, ${request.requestedAt}, ${request.expiresAt})`;
}

export async function selectRequest(tx: OperatorTx, id: ApprovalId): Promise<Approval | null> {
  const [row] = await tx.sql<Approval[]>`
    select id, kind, subject, payload, state, requested_by as "requestedBy", requested_at as "requestedAt",
      expires_at as "expiresAt", decided_by as "decidedBy", decided_at as "decidedAt", reason
    from approvals_requests where id = ${id} for update`;
  return row ?? null;
}

export async function updateRequest(
  tx: OperatorTx,
  id: ApprovalId,
  decision: { state: ApprovalState; decidedBy: string; decidedAt: Date; reason: string | null },
): Promise<void> {
  await tx.sql`
    update approvals_requests set state = ${decision.state}, decided_by = ${decision.decidedBy},
      decided_at = ${decision.decidedAt}, reason = ${decision.reason}
    where id = ${id}`;
}

/** Pending ones first, newest first. */
export async function selectRequests(tx: OperatorTx, count: number): Promise<Approval[]> {
  return tx.sql<Approval[]>`
    select id, kind, subject, payload, state, requested_by as "requestedBy", requested_at as "requestedAt",
      expires_at as "expiresAt", decided_by as "decidedBy", decided_at as "decidedAt", reason
    from approvals_requests order by state = 'pending' desc, requested_at desc, id desc limit ${count}`;
}
