import { Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Approval, ApprovalId, ApprovalKind, OperatorActor } from "./approval.ts";
import { insertRequest, selectRequest, updateRequest } from "./store.ts";

/** How long a request waits for the second person. */
export const approvalLifeMs = 7 * 24 * 3_600_000;

export interface RequestApproval {
  readonly id: ApprovalId;
  readonly subject: string;
  readonly payload: unknown;
  readonly nowMs: number;
}

const hasRole = (actor: OperatorActor, kind: ApprovalKind): boolean =>
  actor.roles.some((role) => kind.roles.includes(role));

/** Whether this person could approve it now: it waits, is another's and of their roles, and has not expired. */
export function mayApprove(
  actor: OperatorActor,
  kinds: readonly ApprovalKind[],
  request: Pick<Approval, "kind" | "state" | "requestedBy" | "expiresAt">,
  nowMs: number,
): boolean {
  const kind = kinds.find((each) => each.kind === request.kind);
  const isOpen = request.state === "pending" && request.expiresAt.getTime() > nowMs;
  return isOpen && kind !== undefined && hasRole(actor, kind) && request.requestedBy !== actor.principalId;
}

function assertRole(actor: OperatorActor, kind: ApprovalKind): void {
  if (!hasRole(actor, kind)) throw new Failure("forbidden", "approvals.role", "your roles do not allow this");
}

/** Asks for an act that a second operator must approve (R91). @throws forbidden `approvals.role`, invalid `approvals.payload`. */
export async function requestApproval(
  tx: OperatorTx,
  actor: OperatorActor,
  kind: ApprovalKind,
  input: RequestApproval,
): Promise<ApprovalId> {
  assertRole(actor, kind);
  const payload = kind.payload.safeParse(input.payload);
  if (!payload.success) throw new Failure("invalid", "approvals.payload", "the request's figures are not right");
  await insertRequest(tx, {
    id: input.id,
    kind: kind.kind,
    subject: input.subject,
    payload: input.payload,
    requestedBy: actor.principalId,
    requestedAt: new Date(input.nowMs),
    expiresAt: new Date(input.nowMs + approvalLifeMs),
  });
  await recordAudit(tx, actor, {
    action: "approvals.requested",
    object: { kind: "approval", id: input.id },
    details: { kind: kind.kind, subject: input.subject },
  });
  return input.id;
}

export interface DecideApproval {
  readonly id: ApprovalId;
  readonly decision: "approve" | "refuse" | "withdraw";
  readonly reason: string | null;
  readonly nowMs: number;
}

/**
 * Approves and does it, refuses, or withdraws one's own request; once, by another person, in time (R91).
 * @throws not_found `approvals.not_found`, conflict `approvals.decided`, precondition `approvals.expired`,
 * forbidden `approvals.role`, `approvals.same_person`.
 */
export async function decideApproval(
  tx: OperatorTx,
  actor: OperatorActor,
  kinds: readonly ApprovalKind[],
  input: DecideApproval,
): Promise<Approval["state"]> {
  const request = await selectRequest(tx, input.id);
  const kind = kinds.find((each) => each.kind === request?.kind);
  if (request === null || kind === undefined)
    throw new Failure("not_found", "approvals.not_found", "there is no such request");
  assertRole(actor, kind);
  if (request.state !== "pending") throw new Failure("conflict", "approvals.decided", "this was decided before");
  const isOwn = request.requestedBy === actor.principalId;
  if (isOwn !== (input.decision === "withdraw"))
    throw new Failure("forbidden", "approvals.same_person", "another person decides this");
  if (input.decision === "approve" && request.expiresAt.getTime() <= input.nowMs)
    throw new Failure("precondition", "approvals.expired", "the request waited too long; ask again");
  const state = ({ approve: "approved", refuse: "refused", withdraw: "withdrawn" } as const)[input.decision];
  await updateRequest(tx, input.id, {
    state,
    decidedBy: actor.principalId,
    decidedAt: new Date(input.nowMs),
    reason: input.reason,
  });
  if (state === "approved")
    await kind.execute(tx, actor, kind.payload.parse(request.payload), { approvalId: input.id, nowMs: input.nowMs });
  await recordAudit(tx, actor, {
    action: `approvals.${state}`,
    object: { kind: "approval", id: input.id },
    details: { kind: kind.kind, subject: request.subject, requestedBy: request.requestedBy },
  });
  return state;
}
