import type { PrincipalId } from "@casaforte/kernel";
import type { OperatorTx } from "@casaforte/platform/db";
import { ticketLimits } from "./limits.ts";
import { type TicketRow, ticketColumns, toTicket } from "./store.ts";
import type { LinkedAnswerId, Ticket, TicketId } from "./types.ts";

export async function setNotice(
  tx: OperatorTx,
  { tenantId, id }: Pick<Ticket, "tenantId" | "id">,
  noticeId: string | null,
): Promise<void> {
  await tx.sql`update tickets_tickets set notice_id = ${noticeId} where tenant_id = ${tenantId} and id = ${id}`;
}

export interface NoticeCount {
  readonly noticeId: string;
  /** Requests about it, those that were merged into another left out. */
  readonly linked: number;
  readonly live: number;
}

/** Of every customer. */
export async function countLinked(tx: OperatorTx): Promise<readonly NoticeCount[]> {
  return tx.sql<NoticeCount[]>`
    select notice_id as "noticeId", count(*)::int as linked,
      (count(*) filter (where state in ('open', 'waiting_customer')))::int as live
    from tickets_tickets where notice_id is not null and merged_into is null group by 1`;
}

/** Requests about a notice that wait for us or for their customer, oldest first, after one that was given before. */
export async function selectLinkedLive(
  tx: OperatorTx,
  noticeId: string,
  after: TicketId | null = null,
): Promise<readonly Ticket[]> {
  const rows = await tx.sql<TicketRow[]>`
    select ${ticketColumns(tx)} from tickets_tickets t
    where t.notice_id = ${noticeId} and t.merged_into is null and t.state in ('open', 'waiting_customer')
      ${after === null ? tx.sql`` : tx.sql`and t.id > ${after}`}
    order by t.id limit ${ticketLimits.linkedBatch}`;
  return rows.map(toTicket);
}

/** What was answered to all requests about a notice at once. */
export interface LinkedAnswer {
  readonly id: LinkedAnswerId;
  readonly noticeId: string;
  readonly textIt: string;
  readonly textEn: string;
  readonly authorId: PrincipalId;
  readonly at: Date;
}

export async function insertLinkedAnswer(tx: OperatorTx, a: LinkedAnswer): Promise<void> {
  await tx.sql`
    insert into tickets_linked_answers (id, notice_id, text_it, text_en, author_id, at)
    values (${a.id}, ${a.noticeId}, ${a.textIt}, ${a.textEn}, ${a.authorId}, ${a.at})`;
}

export async function selectLinkedAnswer(tx: OperatorTx, id: LinkedAnswerId): Promise<LinkedAnswer | null> {
  const [row] = await tx.sql<LinkedAnswer[]>`
    select id, notice_id as "noticeId", text_it as "textIt", text_en as "textEn", author_id as "authorId", at
    from tickets_linked_answers where id = ${id}`;
  return row ?? null;
}
