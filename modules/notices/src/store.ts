import type { TenantId } from "@casaforte/kernel";
import type { LookupTx, OperatorTx, TenantTx, Tx } from "@casaforte/platform/db";
import { noticeLimits } from "./limits.ts";
import type { Author, Notice, NoticeId, NoticeUpdate, NoticeUpdateId } from "./types.ts";

const publicColumns = ({ sql }: Tx) =>
  sql`n.id, n.kind, n.severity, n.state, n.services, n.site_id as "siteId", n.title_it as "titleIt", n.title_en as "titleEn",
    n.planned_from as "plannedFrom", n.planned_until as "plannedUntil", n.began_at as "beganAt",
    n.opened_at as "openedAt", n.updated_at as "updatedAt",
    n.closed_at as "closedAt"`;
/** Customers' transactions do not see the host. */
const columns = (tx: OperatorTx) => tx.sql`${publicColumns(tx)}, n.host_id as "hostId"`;
type PublicRow = Omit<Notice, "hostId">;
const hidden = (row: PublicRow): Notice => ({ ...row, hostId: null });

export async function insertNotice(tx: OperatorTx, n: Notice, author: Author): Promise<void> {
  await tx.sql`
    insert into notices_notices (id, kind, severity, state, services, site_id, host_id, title_it, title_en, planned_from,
      planned_until, began_at, opened_at, updated_at, opened_by)
    values (${n.id}, ${n.kind}, ${n.severity}, ${n.state}, ${[...n.services]}, ${n.siteId}, ${n.hostId}, ${n.titleIt},
      ${n.titleEn}, ${n.plannedFrom}, ${n.plannedUntil}, ${n.beganAt}, ${n.openedAt}, ${n.updatedAt}, ${author})`;
}

export async function selectNotice(tx: OperatorTx, id: NoticeId, lock = false): Promise<Notice | null> {
  const [row] = await tx.sql<Notice[]>`
    select ${columns(tx)} from notices_notices n where n.id = ${id} ${lock ? tx.sql`for update` : tx.sql``}`;
  return row ?? null;
}

export async function updateNotice(tx: OperatorTx, n: Notice): Promise<void> {
  await tx.sql`
    update notices_notices set state = ${n.state}, severity = ${n.severity}, planned_from = ${n.plannedFrom},
      planned_until = ${n.plannedUntil}, host_id = ${n.hostId}, updated_at = ${n.updatedAt}, closed_at = ${n.closedAt}
    where id = ${n.id}`;
}

export async function insertUpdate(tx: OperatorTx, u: NoticeUpdate, author: Author): Promise<void> {
  await tx.sql`
    insert into notices_updates (notice_id, id, state, is_report, text_it, text_en, at, author_id)
    values (${u.noticeId}, ${u.id}, ${u.state}, ${u.isReport}, ${u.textIt}, ${u.textEn}, ${u.at}, ${author})`;
}

/** Whether anybody but a program has written an update. */
export async function hasWordOfPerson(tx: OperatorTx, id: NoticeId): Promise<boolean> {
  const rows = await tx.sql`
    select 1 from notices_updates where notice_id = ${id} and author_id is not null limit 1`;
  return rows.length > 0;
}

/** Open ones, and those closed since then; newest first. */
export async function selectNotices(tx: OperatorTx, since: Date): Promise<Notice[]> {
  return tx.sql<Notice[]>`
    select ${columns(tx)} from notices_notices n where n.closed_at is null or n.closed_at > ${since}
    order by n.opened_at desc, n.id limit ${noticeLimits.listedMax}`;
}

/** The open incidents that faults made, with whether one of those lasts; oldest first. Locked. */
export async function selectRaisedIncidents(tx: OperatorTx): Promise<(Notice & { readonly hasOpenFault: boolean })[]> {
  return tx.sql<(Notice & { hasOpenFault: boolean })[]>`
    select ${columns(tx)},
      exists (select from notices_faults f where f.notice_id = n.id and f.closed_at is null) as "hasOpenFault"
    from notices_notices n where n.closed_at is null and exists (select from notices_faults f where f.notice_id = n.id)
    order by n.opened_at, n.id for update of n`;
}

/** The same as the public sees it. */
export async function selectPublicNotices(tx: LookupTx, since: Date): Promise<Notice[]> {
  const rows = await tx.sql<PublicRow[]>`
    select ${publicColumns(tx)} from notices_notices n where n.closed_at is null or n.closed_at > ${since}
    order by n.opened_at desc, n.id limit ${noticeLimits.listedMax}`;
  return rows.map(hidden);
}

/**
 * What the figures rest on, however many notices there are: all that are open, and every incident of the time that was not
 * minor.
 */
export async function selectCountedNotices(tx: LookupTx, since: Date): Promise<Notice[]> {
  const rows = await tx.sql<PublicRow[]>`
    select ${publicColumns(tx)} from notices_notices n
    where n.closed_at is null or (n.closed_at > ${since} and n.kind = 'incident' and n.severity <> 'minor')`;
  return rows.map(hidden);
}

/** Those that concerned the tenant of the transaction. */
export async function selectOwnNotices(tx: TenantTx): Promise<Notice[]> {
  const rows = await tx.sql<PublicRow[]>`
    select ${publicColumns(tx)} from notices_affected a join notices_notices n on n.id = a.notice_id
    where a.tenant_id = ${tx.tenantId} order by n.opened_at desc, n.id limit ${noticeLimits.listedMax}`;
  return rows.map(hidden);
}

/** Oldest first. */
export async function selectUpdates(tx: Tx, ids: readonly NoticeId[]): Promise<NoticeUpdate[]> {
  return tx.sql<NoticeUpdate[]>`
    select u.notice_id as "noticeId", u.id, u.state, u.is_report as "isReport", u.text_it as "textIt", u.text_en as "textEn", u.at
    from notices_updates u where u.notice_id = any(${[...ids]}) order by u.at, u.id`;
}

export async function selectUpdate(tx: OperatorTx, id: NoticeUpdateId): Promise<NoticeUpdate | null> {
  const [row] = await tx.sql<NoticeUpdate[]>`
    select u.notice_id as "noticeId", u.id, u.state, u.is_report as "isReport", u.text_it as "textIt", u.text_en as "textEn", u.at
    from notices_updates u where u.id = ${id}`;
  return row ?? null;
}

export async function insertAffected(tx: TenantTx, noticeId: NoticeId, at: Date): Promise<void> {
  await tx.sql`
    insert into notices_affected (tenant_id, notice_id, at) values (${tx.tenantId}, ${noticeId}, ${at}) on conflict do nothing`;
}

/** Whom a notice concerned when it was last spread. */
export async function selectAffected(tx: OperatorTx, noticeId: NoticeId): Promise<TenantId[]> {
  const rows = await tx.sql<{ tenantId: TenantId }[]>`
    select tenant_id as "tenantId" from notices_affected where notice_id = ${noticeId}`;
  return rows.map(({ tenantId }) => tenantId);
}

export async function countAffected(tx: OperatorTx): Promise<Map<NoticeId, number>> {
  const rows = await tx.sql<{ noticeId: NoticeId; count: number }[]>`
    select notice_id as "noticeId", count(*)::int as count from notices_affected group by notice_id`;
  return new Map(rows.map(({ noticeId, count }) => [noticeId, count]));
}

/** Addresses that got this update, whoever's they are: none gets it twice. */
export async function selectDelivered(tx: OperatorTx, updateId: NoticeUpdateId): Promise<Set<string>> {
  const rows = await tx.sql<{ address: string }[]>`
    select address from notices_deliveries where update_id = ${updateId}`;
  return new Set(rows.map(({ address }) => address));
}

export async function insertDelivery(
  tx: TenantTx,
  delivery: {
    readonly updateId: NoticeUpdateId;
    readonly address: string;
    readonly messageId: string;
    readonly at: Date;
  },
): Promise<void> {
  await tx.sql`
    insert into notices_deliveries (tenant_id, update_id, address, at, message_id)
    values (${tx.tenantId}, ${delivery.updateId}, ${delivery.address}, ${delivery.at}, ${delivery.messageId})`;
}
