import { createHash } from "node:crypto";
import { type Actor, Failure, newId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { Db, OperatorTx } from "@casaforte/platform/db";
import { answerFor } from "./answer-ticket.ts";
import type { TicketServices } from "./services.ts";
import { selectTicket } from "./store.ts";
import { hasContent } from "./store-entries.ts";
import {
  countLinked,
  insertLinkedAnswer,
  type LinkedAnswer,
  selectLinkedAnswer,
  selectLinkedLive,
  setNotice,
} from "./store-links.ts";
import type { LinkedAnswerId, LinkedNotice, Ticket, TicketId } from "./types.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;
const system: Actor = { kind: "system", name: "tickets" };
export const answerLinkedTask = "tickets.answer_linked";

/** Says which incident or maintenance a request is about; null: none. @throws conflict `tickets.merged`. */
export async function linkNotice(
  tx: OperatorTx,
  actor: OperatorActor,
  ticket: Ticket,
  notice: LinkedNotice | null,
): Promise<Ticket> {
  if (ticket.mergedInto !== null) throw new Failure("conflict", "tickets.merged", "this ticket was merged");
  const noticeId = notice?.id ?? null;
  if (noticeId === ticket.noticeId) return ticket;
  await setNotice(tx, ticket, noticeId);
  await recordAudit(tx, actor, {
    action: noticeId === null ? "tickets.unlinked" : "tickets.linked",
    object: { kind: "ticket", id: ticket.id },
    details: { number: Number(ticket.number), notice: noticeId ?? ticket.noticeId },
    tenantId: ticket.tenantId,
  });
  return { ...ticket, noticeId };
}

/**
 * Promises the live requests about what is over one answer each, in their language (O6). Returns how many live.
 * @throws conflict `tickets.notice_live`.
 */
export async function answerLinked(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly notice: LinkedNotice; readonly textIt: string; readonly textEn: string },
  services: Pick<TicketServices, "clock" | "random" | "jobs">,
): Promise<number> {
  const { notice, textIt, textEn } = input;
  if (notice.closedAt === null)
    throw new Failure("conflict", "tickets.notice_live", "the requests are answered when it is over");
  const live = (await countLinked(tx)).find(({ noticeId }) => noticeId === notice.id)?.live ?? 0;
  const id = newId<LinkedAnswerId>(services.clock, services.random);
  const at = new Date(services.clock.nowMs());
  await insertLinkedAnswer(tx, { id, noticeId: notice.id, textIt, textEn, authorId: actor.principalId, at });
  await recordAudit(tx, actor, {
    action: "tickets.linked_answered",
    object: { kind: "notice", id: notice.id },
    details: { requests: live },
  });
  await services.jobs.enqueue(tx, answerLinkedTask, { answerId: id }, { key: id });
  return live;
}

/**
 * Sends what was promised: an ordinary answer that solves each request, once, however often this runs. One request's trouble
 * is logged and keeps no other from its answer. @throws unavailable `tickets.unanswered` at the end, with `failed` and the
 * first trouble as its cause, so that the job is tried again.
 */
export async function sendLinkedAnswer(
  services: TicketServices,
  id: LinkedAnswerId,
  signal: AbortSignal,
): Promise<void> {
  const { db, logger } = services;
  const answer = await db.operator((tx) => selectLinkedAnswer(tx, id), { readOnly: true });
  if (answer === null) throw new Failure("not_found", "tickets.missing", "the job names no answer");
  let failed = 0;
  let cause: unknown;
  let after: TicketId | null = null;
  do {
    const page: readonly Ticket[] = await pageAfter(db, answer, after);
    for (const { tenantId, id: ticketId, number } of page) {
      signal.throwIfAborted();
      try {
        await db.operator(async (tx) => {
          const ticket = await selectTicket(tx, tenantId, ticketId, true);
          if (ticket !== null && isStillAbout(ticket, answer)) await answerOnce(tx, ticket, answer, services);
        });
      } catch (error) {
        signal.throwIfAborted();
        if (failed++ === 0) cause = error;
        logger.error("tickets.unanswered", error, { tenantId, number: Number(number) });
      }
    }
    after = page.at(-1)?.id ?? null;
  } while (after !== null);
  if (failed > 0)
    throw new Failure("unavailable", "tickets.unanswered", "some requests could not be answered", {
      cause,
      details: { failed },
    });
}

const pageAfter = (db: Db, { noticeId }: LinkedAnswer, after: TicketId | null): Promise<readonly Ticket[]> =>
  db.operator((tx) => selectLinkedLive(tx, noticeId, after), { readOnly: true });

const isStillAbout = ({ noticeId, state }: Ticket, answer: LinkedAnswer): boolean =>
  noticeId === answer.noticeId && (state === "open" || state === "waiting_customer");

async function answerOnce(
  tx: OperatorTx,
  ticket: Ticket,
  answer: LinkedAnswer,
  services: TicketServices,
): Promise<void> {
  const contentKey = createHash("sha256").update(`linked answer ${answer.id} ${ticket.id}`).digest();
  // A customer who opened it again since then is not told the same twice.
  if (await hasContent(tx, contentKey)) return;
  const body = ticket.language === "it" ? answer.textIt : answer.textEn;
  const by = { actor: system, authorId: answer.authorId };
  await answerFor(tx, by, ticket, { how: "solve", body, contentKey }, services);
}
