import type { OperatorTx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import type { Fault, FaultId, NoticeId } from "./types.ts";

const columns = ({ sql }: OperatorTx) =>
  sql`f.id, f.check_key as "checkKey", f.service, f.site_id as "siteId", f.host_id as "hostId", f.usual_ms as "usualMs",
    f.detected_at as "detectedAt", f.acknowledged_at as "acknowledgedAt", f.started_at as "startedAt",
    f.replaced_at as "replacedAt", f.closed_at as "closedAt", f.notice_id as "noticeId"`;

export async function insertFault(tx: OperatorTx, f: Fault): Promise<void> {
  await tx.sql`
    insert into notices_faults (id, check_key, service, site_id, host_id, usual_ms, detected_at)
    values (${f.id}, ${f.checkKey}, ${f.service}, ${f.siteId}, ${f.hostId}, ${f.usualMs}, ${f.detectedAt})
    on conflict do nothing`;
}

/** Who is away longest first; of those noticed at once, storage servers first. Locked. */
export async function selectOpenFaults(tx: OperatorTx): Promise<Fault[]> {
  return tx.sql<Fault[]>`
    select ${columns(tx)} from notices_faults f where f.closed_at is null
    order by f.detected_at, f.host_id is null for update`;
}

export async function selectFaults(tx: OperatorTx): Promise<Fault[]> {
  return tx.sql<Fault[]>`
    select ${columns(tx)} from notices_faults f order by f.closed_at is null desc, f.detected_at desc limit ${noticeLimits.listedMax}`;
}

export async function closeFault(tx: OperatorTx, id: FaultId, at: Date): Promise<void> {
  await tx.sql`update notices_faults set closed_at = ${at} where id = ${id} and closed_at is null`;
}

/**
 * Counts the looks in a row that passed these open faults over, and those that a look confirmed from the start again. Returns
 * whom as many passed over as `looksMissedMax`.
 */
export async function countLooks(
  tx: OperatorTx,
  { confirmed, missed }: { readonly confirmed: readonly FaultId[]; readonly missed: readonly FaultId[] },
): Promise<FaultId[]> {
  await tx.sql`update notices_faults set looks_missed = 0 where id = any(${[...confirmed]}) and looks_missed > 0`;
  const rows = await tx.sql<{ id: FaultId; looksMissed: number }[]>`
    update notices_faults set looks_missed = looks_missed + 1 where id = any(${[...missed]})
    returning id, looks_missed as "looksMissed"`;
  return rows.filter(({ looksMissed }) => looksMissed >= noticeLimits.looksMissedMax).map(({ id }) => id);
}

export async function setFaultNotice(tx: OperatorTx, id: FaultId, noticeId: NoticeId): Promise<void> {
  await tx.sql`update notices_faults set notice_id = ${noticeId} where id = ${id}`;
}

export const repairSteps = ["acknowledged", "started", "replaced"] as const;
export type RepairStep = (typeof repairSteps)[number];

/**
 * Notes how far the repair is; a step implies those before it, and what was noted stays. The replacement may be noted after
 * the part answers again: then it was done by that moment. False: there is no such fault, or it is over.
 */
export async function noteRepair(tx: OperatorTx, id: FaultId, step: RepairStep, at: Date): Promise<boolean> {
  const reached = repairSteps.indexOf(step);
  const done = await tx.sql`
    update notices_faults set acknowledged_at = coalesce(acknowledged_at, ${at}),
      started_at = case when ${reached >= 1} then coalesce(started_at, ${at}) else started_at end,
      replaced_at = case when ${reached >= 2} then coalesce(replaced_at, least(${at}, closed_at)) else replaced_at end
    where id = ${id} and (closed_at is null or (${reached >= 2} and started_at is not null))`;
  return done.count === 1;
}
