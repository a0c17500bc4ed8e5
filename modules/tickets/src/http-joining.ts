import {
  answerLinkedReplySchema,
  answerLinkedSchema,
  linkedCountsSchema,
  linkedTicketsSchema,
  linkNoticeSchema,
  mergeTicketSchema,
  operatorTicketSchema,
} from "@casaforte/contract/tickets";
import { type Actor, Failure, parseId, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { toOperatorReply } from "./http-views.ts";
import { answerLinked, linkNotice } from "./link-notice.ts";
import { mergeTickets } from "./merge-tickets.ts";
import type { TicketServices } from "./services.ts";
import { selectTicket } from "./store.ts";
import { countLinked, selectLinkedLive } from "./store-links.ts";
import type { LinkedNotice, Ticket, TicketId } from "./types.ts";

interface JoiningServices extends TicketServices {
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<Extract<Actor, { kind: "operator" }>>;
}

const ticketParams = z.object({ tenantId: z.uuid(), id: z.uuid() });
const noticeParams = z.object({ noticeId: z.uuid() });

/** Two requests made one, and requests about an incident or maintenance (O6). */
export function registerJoining(app: Face, services: JoiningServices): void {
  registerOfTicket(app, services);
  registerOfNotice(app, services);
}

const replied = async (tx: OperatorTx, ticket: Ticket, { clock }: JoiningServices) =>
  toOperatorReply(ticket, (await readTenant(tx, ticket.tenantId)).name, clock.nowMs());

async function requireNotice(tx: OperatorTx, id: string, { noticeOf }: JoiningServices): Promise<LinkedNotice> {
  const notice = await noticeOf(tx, id);
  if (notice === null) throw new Failure("not_found", "notices.not_found", "there is no such notice");
  return notice;
}

function registerOfTicket(app: Face, services: JoiningServices): void {
  const { db, authorise } = services;
  app.post(
    "/api/desk/tickets/:tenantId/:id/merge",
    { schema: { params: ticketParams, body: mergeTicketSchema, response: { 200: operatorTicketSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const ids = {
        tenantId: parseId<TenantId>(request.params.tenantId),
        into: parseId<TicketId>(request.params.id),
        from: parseId<TicketId>(request.body.id),
      };
      return db.operator(async (tx) => replied(tx, await mergeTickets(tx, actor, ids, services), services));
    },
  );
  app.put(
    "/api/desk/tickets/:tenantId/:id/notice",
    { schema: { params: ticketParams, body: linkNoticeSchema, response: { 200: operatorTicketSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const { noticeId } = request.body;
      return db.operator(async (tx) => {
        const tenantId = parseId<TenantId>(request.params.tenantId);
        const ticket = await selectTicket(tx, tenantId, parseId<TicketId>(request.params.id), true);
        if (!ticket) throw new Failure("not_found", "tickets.missing", "there is no such ticket");
        const notice = noticeId === null ? null : await requireNotice(tx, noticeId, services);
        return replied(tx, await linkNotice(tx, actor, ticket, notice), services);
      });
    },
  );
}

function registerOfNotice(app: Face, services: JoiningServices): void {
  const { db, authorise } = services;
  app.get("/api/desk/linked-tickets", { schema: { response: { 200: linkedCountsSchema } } }, async (request) => {
    await authorise(request, "read");
    return { notices: [...(await db.operator((tx) => countLinked(tx), { readOnly: true }))] };
  });
  app.get(
    "/api/desk/linked-tickets/:noticeId",
    { schema: { params: noticeParams, response: { 200: linkedTicketsSchema } } },
    async (request) => {
      await authorise(request, "read");
      return db.operator(
        async (tx) => {
          const { id } = await requireNotice(tx, request.params.noticeId, services);
          const tickets = [];
          for (const ticket of await selectLinkedLive(tx, id)) tickets.push(await replied(tx, ticket, services));
          return { tickets };
        },
        { readOnly: true },
      );
    },
  );
  app.post(
    "/api/desk/linked-tickets/:noticeId/answers",
    { schema: { params: noticeParams, body: answerLinkedSchema, response: { 202: answerLinkedReplySchema } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const requests = await db.operator(async (tx) => {
        const notice = await requireNotice(tx, request.params.noticeId, services);
        return answerLinked(tx, actor, { notice, ...request.body }, services);
      });
      return reply.status(202).send({ requests });
    },
  );
}
