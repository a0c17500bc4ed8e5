import type { TenantId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Hold, HoldId, LegalRequest, LegalRequestId } from "./legal-request.ts";

export const requestColumns = (tx: OperatorTx) => tx.sql`
  id, number, kind, authority, act, legal_basis as "legalBasis", about_tenant as "aboutTenant", scope,
  received_at as "receivedAt", deadline_at as "deadlineAt", gag, gag_until as "gagUntil", state,
  registered_by as "registeredBy", registered_at as "registeredAt", decided_by as "decidedBy", decided_at as "decidedAt",
  reason, delivered_at as "deliveredAt", delivered_bytes as "deliveredBytes", delivered_sha256 as "deliveredSha256",
  told_at as "toldAt", closed_at as "closedAt"`;

export type NewLegalRequest = Pick<
  LegalRequest,
  | "id"
  | "kind"
  | "authority"
  | "act"
  | "legalBasis"
  | "aboutTenant"
  | "scope"
  | "receivedAt"
  | "deadlineAt"
  | "gag"
  | "gagUntil"
  | "registeredBy"
  | "registeredAt"
>;

export async function insertRequest(tx: OperatorTx, row: NewLegalRequest): Promise<void> {
  await tx.sql`
    insert into compliance_requests (id, kind, authority, act, legal_basis, about_tenant, scope, received_at, deadline_at,
      gag, gag_until, registered_by, registered_at)
    values (${row.id}, ${row.kind}, ${row.authority}, ${row.act}, ${row.legalBasis}, ${row.aboutTenant},
      ${tx.sql.json(row.scope as never)}, ${row.receivedAt}, ${row.deadlineAt}, ${row.gag}, ${row.gagUntil},
      ${row.registeredBy}, ${row.registeredAt})`;
}

/** Open ones first, the nearest deadline first. */
export async function selectRequests(tx: OperatorTx, count: number): Promise<LegalRequest[]> {
  return tx.sql<LegalRequest[]>`
    select ${requestColumns(tx)} from compliance_requests
    order by state in ('registered', 'approved') desc, deadline_at, number limit ${count}`;
}

export async function selectRequest(tx: OperatorTx, id: LegalRequestId, lock = false): Promise<LegalRequest | null> {
  const [row] = await tx.sql<LegalRequest[]>`
    select ${requestColumns(tx)} from compliance_requests where id = ${id} ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

export async function updateDecision(
  tx: OperatorTx,
  id: LegalRequestId,
  decision: {
    readonly state: "approved" | "refused";
    readonly by: string;
    readonly at: Date;
    readonly reason: string | null;
  },
): Promise<void> {
  await tx.sql`
    update compliance_requests set state = ${decision.state}, decided_by = ${decision.by}, decided_at = ${decision.at},
      reason = ${decision.reason}
    where id = ${id}`;
}

export async function updateDelivery(
  tx: OperatorTx,
  id: LegalRequestId,
  delivery: { readonly by: string; readonly at: Date; readonly bytes: bigint; readonly sha256: Uint8Array },
): Promise<void> {
  await tx.sql`
    update compliance_requests set state = 'delivered', delivered_by = ${delivery.by}, delivered_at = ${delivery.at},
      delivered_bytes = ${delivery.bytes}, delivered_sha256 = ${Buffer.from(delivery.sha256)}
    where id = ${id}`;
}

export async function updateGagEnd(tx: OperatorTx, id: LegalRequestId, at: Date): Promise<void> {
  await tx.sql`update compliance_requests set gag_until = ${at} where id = ${id}`;
}

export async function updateTold(tx: OperatorTx, id: LegalRequestId, at: Date): Promise<void> {
  await tx.sql`update compliance_requests set told_at = ${at} where id = ${id}`;
}

export async function updateClosed(tx: OperatorTx, id: LegalRequestId, at: Date): Promise<void> {
  await tx.sql`update compliance_requests set state = 'closed', closed_at = ${at} where id = ${id}`;
}

/** Decided requests whose customer may know by now and does not. */
export async function selectToTell(tx: OperatorTx, now: Date): Promise<LegalRequest[]> {
  return tx.sql<LegalRequest[]>`
    select ${requestColumns(tx)} from compliance_requests
    where told_at is null and state in ('approved', 'delivered', 'closed') and (not gag or gag_until <= ${now})
    order by number limit 100 for update`;
}

export type LookedAt = "list" | "request" | "delivery";

export async function insertLook(
  tx: OperatorTx,
  look: { readonly requestId: LegalRequestId; readonly by: string; readonly what: LookedAt; readonly at: Date },
): Promise<void> {
  await tx.sql`
    insert into compliance_looks (request_id, by, what, at) values (${look.requestId}, ${look.by}, ${look.what}, ${look.at})`;
}

export interface Look {
  readonly at: Date;
  readonly by: string;
  readonly what: LookedAt;
}

/** Newest first. */
export async function selectLooks(tx: OperatorTx, requestId: LegalRequestId): Promise<Look[]> {
  return tx.sql<Look[]>`
    select at, by, what from compliance_looks where request_id = ${requestId} order by at desc, id limit 200`;
}

const holdColumns = (tx: OperatorTx) => tx.sql`
  id, about_tenant as "aboutTenant", request_id as "requestId", reason, placed_by as "placedBy", placed_at as "placedAt",
  lift_asked_by as "liftAskedBy", lift_asked_at as "liftAskedAt", lifted_by as "liftedBy", lifted_at as "liftedAt"`;

export async function insertHold(
  tx: OperatorTx,
  hold: Pick<Hold, "id" | "aboutTenant" | "requestId" | "reason" | "placedBy" | "placedAt">,
): Promise<void> {
  await tx.sql`
    insert into compliance_holds (id, about_tenant, request_id, reason, placed_by, placed_at)
    values (${hold.id}, ${hold.aboutTenant}, ${hold.requestId}, ${hold.reason}, ${hold.placedBy}, ${hold.placedAt})`;
}

/** Standing ones first, newest first; of one customer or all. */
export async function selectHolds(tx: OperatorTx, about: TenantId | null, count: number): Promise<Hold[]> {
  return tx.sql<Hold[]>`
    select ${holdColumns(tx)} from compliance_holds where (${about}::uuid is null or about_tenant = ${about})
    order by lifted_at is null desc, placed_at desc, id limit ${count}`;
}

export async function selectHold(tx: OperatorTx, id: HoldId): Promise<Hold | null> {
  const [row] = await tx.sql<Hold[]>`select ${holdColumns(tx)} from compliance_holds where id = ${id} for update`;
  return row ?? null;
}

export async function askLift(tx: OperatorTx, id: HoldId, by: string | null, at: Date | null): Promise<void> {
  await tx.sql`update compliance_holds set lift_asked_by = ${by}, lift_asked_at = ${at} where id = ${id}`;
}

export async function updateLifted(tx: OperatorTx, id: HoldId, by: string, at: Date): Promise<void> {
  await tx.sql`update compliance_holds set lifted_by = ${by}, lifted_at = ${at} where id = ${id}`;
}

export async function hasStandingHold(tx: OperatorTx, about: TenantId): Promise<boolean> {
  const [row] = await tx.sql<{ held: boolean }[]>`
    select exists (select 1 from compliance_holds where about_tenant = ${about} and lifted_at is null) as held`;
  return row?.held ?? false;
}
