import { Readable } from "node:stream";
import {
  changeTicketSchema,
  giveTicketSchema,
  operatorAnswerSchema,
  operatorTicketListSchema,
  operatorTicketQuerySchema,
  operatorTicketSchema,
  operatorTicketThreadSchema,
  phoneTicketSchema,
  ticketCauseSchema,
} from "@casaforte/contract/tickets";
import { type Actor, Failure, parseId, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { answerAsOperator } from "./answer-ticket.ts";
import { changeTicket, setCause } from "./change-ticket.ts";
import { giveToTenant } from "./give-to-tenant.ts";
import { registerJoining } from "./http-joining.ts";
import { fileHeaders, statesOf, storeUploads, toEntries, toNotice, toOperatorReply } from "./http-views.ts";
import { ticketLimits } from "./limits.ts";
import { openTicket } from "./open-ticket.ts";
import type { TicketServices } from "./services.ts";
import { countOverdue, countTicketsByState, selectTicket, selectTickets } from "./store.ts";
import { selectAttachment, selectAttachments, selectEntries } from "./store-entries.ts";
import type { Ticket, TicketAttachmentId, TicketId } from "./types.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;

export interface TicketOperatorServices extends TicketServices {
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<OperatorActor>;
}

const ticketParams = z.object({ tenantId: z.uuid(), id: z.uuid() });
const fileParams = ticketParams.extend({ fileId: z.uuid() });
const nothing = z.object({});

async function ticketOf(tx: OperatorTx, params: z.infer<typeof ticketParams>, lock = false): Promise<Ticket> {
  const ticket = await selectTicket(tx, parseId<TenantId>(params.tenantId), parseId<TicketId>(params.id), lock);
  if (!ticket) throw new Failure("not_found", "tickets.missing", "there is no such ticket");
  return ticket;
}

/** The operators' queue: every customer's tickets, what is due first on top. */
export function registerOperatorTicketRoutes(app: Face, services: TicketOperatorServices): void {
  registerReading(app, services);
  registerWriting(app, services);
  registerJoining(app, services);
}

function registerReading(app: Face, services: TicketOperatorServices): void {
  const { db, blobs, clock, authorise } = services;
  app.get(
    "/api/desk/tickets",
    { schema: { querystring: operatorTicketQuerySchema, response: { 200: operatorTicketListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const { state, search, cursor, count, tenantId, mine } = request.query;
      return db.operator(
        async (tx) => {
          const page = await selectTickets(tx, {
            ...statesOf(state),
            order: state === "active" ? "due" : "recent",
            count,
            ...(search ? { search } : {}),
            ...(cursor ? { cursor } : {}),
            ...(tenantId ? { tenantId: parseId<TenantId>(tenantId) } : {}),
            ...(mine === "true" ? { assigneeId: actor.principalId } : {}),
          });
          const names = new Map<TenantId, string>();
          for (const ticket of page.tickets)
            if (!names.has(ticket.tenantId)) names.set(ticket.tenantId, (await readTenant(tx, ticket.tenantId)).name);
          return {
            tickets: page.tickets.map((one) => toOperatorReply(one, names.get(one.tenantId) ?? "", clock.nowMs())),
            nextCursor: page.nextCursor,
            counts: await countTicketsByState(tx),
            overdue: await countOverdue(tx, new Date(clock.nowMs())),
          };
        },
        { readOnly: true },
      );
    },
  );
  app.get(
    "/api/desk/tickets/:tenantId/:id",
    { schema: { params: ticketParams, response: { 200: operatorTicketThreadSchema } } },
    async (request) => {
      await authorise(request, "read");
      return db.operator(
        async (tx) => {
          const ticket = await ticketOf(tx, request.params);
          const { name } = await readTenant(tx, ticket.tenantId);
          const said = await selectEntries(tx, ticket.tenantId, ticket.id);
          const attachments = await selectAttachments(tx, ticket.tenantId, ticket.id);
          const view = toOperatorReply(ticket, name, clock.nowMs());
          const notice = ticket.noticeId === null ? null : await services.noticeOf(tx, ticket.noticeId);
          return { ticket: view, notice: toNotice(notice), ...toEntries({ ticket, ...said, attachments }) };
        },
        { readOnly: true },
      );
    },
  );
  app.get(
    "/api/desk/tickets/:tenantId/:id/files/:fileId",
    { schema: { params: fileParams } },
    async (request, reply) => {
      await authorise(request, "read");
      const tenantId = parseId<TenantId>(request.params.tenantId);
      const ticketId = parseId<TicketId>(request.params.id);
      const id = parseId<TicketAttachmentId>(request.params.fileId);
      const file = await db.operator((tx) => selectAttachment(tx, { tenantId, ticketId, id }), { readOnly: true });
      if (!file) throw new Failure("not_found", "tickets.missing", "there is no such file");
      return reply.headers(fileHeaders(file)).send(Readable.from(blobs.read(tenantId, file.blobId)));
    },
  );
}

function registerWriting(app: Face, services: TicketOperatorServices): void {
  const { db, blobs, clock, authorise } = services;
  const answered = async (tx: OperatorTx, ticket: Ticket) =>
    toOperatorReply(ticket, (await readTenant(tx, ticket.tenantId)).name, clock.nowMs());
  app.post(
    "/api/desk/tickets",
    { schema: { body: phoneTicketSchema, response: { 201: operatorTicketSchema } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const { tenantId, concerns, ...body } = request.body;
      const opened = await db.operator(async (tx) => {
        const tenant = await readTenant(tx, parseId<TenantId>(tenantId));
        const ticket = await openTicket(
          tx,
          actor,
          {
            ...body,
            ...(concerns === undefined ? {} : { concerns }),
            tenantId: tenant.tenantId,
            channel: "phone",
            language: tenant.language,
            requesterId: null,
            confirms: true,
          },
          services,
        );
        return toOperatorReply(ticket, tenant.name, clock.nowMs());
      });
      return reply.status(201).send(opened);
    },
  );
  app.post(
    "/api/desk/tickets/:tenantId/:id/answers",
    {
      bodyLimit: ticketLimits.portalBytesMax,
      schema: { params: ticketParams, body: operatorAnswerSchema, response: { 200: operatorTicketSchema } },
    },
    async (request) => {
      const actor = await authorise(request, "write");
      const { how, body, files } = request.body;
      const attachments = await storeUploads(blobs, parseId<TenantId>(request.params.tenantId), files);
      return db.operator(async (tx) => {
        const ticket = await ticketOf(tx, request.params, true);
        return answered(tx, await answerAsOperator(tx, actor, ticket, { how, body, attachments }, services));
      });
    },
  );
  app.patch(
    "/api/desk/tickets/:tenantId/:id",
    { schema: { params: ticketParams, body: changeTicketSchema, response: { 200: operatorTicketSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const { mine, severity, kind, state } = request.body;
      const input = {
        ...(severity ? { severity } : {}),
        ...(kind ? { kind } : {}),
        ...(state ? { state } : {}),
        ...(mine === undefined ? {} : { assigneeId: mine ? actor.principalId : null }),
      };
      return db.operator(async (tx) =>
        answered(tx, await changeTicket(tx, actor, await ticketOf(tx, request.params, true), input, services)),
      );
    },
  );
  app.post(
    "/api/desk/tickets/:tenantId/:id/cause",
    { schema: { params: ticketParams, body: ticketCauseSchema, response: { 200: operatorTicketSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      return db.operator(async (tx) =>
        answered(tx, await setCause(tx, actor, await ticketOf(tx, request.params, true), request.body, services)),
      );
    },
  );
  app.post(
    "/api/desk/tickets/:tenantId/:id/give",
    { schema: { params: ticketParams, body: giveTicketSchema, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      await giveToTenant(services, actor, {
        ticketId: parseId<TicketId>(request.params.id),
        tenantId: parseId<TenantId>(request.body.tenantId),
      });
      return {};
    },
  );
}
