import { Readable } from "node:stream";
import {
  answerTicketSchema,
  openTicketSchema,
  ticketListSchema,
  ticketQuerySchema,
  ticketSchema,
  ticketThreadSchema,
} from "@casaforte/contract/tickets";
import { type Actor, Failure, type PrincipalId, parseId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { answerAsCustomer } from "./answer-ticket.ts";
import { solveAsCustomer } from "./change-ticket.ts";
import { fileHeaders, statesOf, storeUploads, toEntries, toNotice, toReply } from "./http-views.ts";
import { ticketLimits } from "./limits.ts";
import { openTicket } from "./open-ticket.ts";
import type { TicketServices } from "./services.ts";
import { selectTicket, selectTickets } from "./store.ts";
import { selectAttachment, selectAttachments, selectEntries } from "./store-entries.ts";
import { lockSurvivor } from "./store-merges.ts";
import type { Ticket, TicketAttachmentId, TicketId } from "./types.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface TicketConsoleServices extends TicketServices {
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
  /** The person's own address, which the ticket's mails go to. */
  readonly addressOf: (tx: TenantTx, principalId: PrincipalId) => Promise<string>;
}

const idParams = z.object({ id: z.uuid() });
const fileParams = z.object({ id: z.uuid(), fileId: z.uuid() });
const missing = () => new Failure("not_found", "tickets.missing", "there is no such ticket");

async function ticketOf(tx: TenantTx, id: string, lock = false): Promise<Ticket> {
  const ticket = await selectTicket(tx, tx.tenantId, parseId<TicketId>(id), lock);
  if (!ticket) throw missing();
  return ticket;
}

/** The customer console's support desk (R16–R19, R21). */
export function registerTicketRoutes(app: Face, services: TicketConsoleServices): void {
  const { db, blobs, authorise } = services;
  app.get(
    "/api/tickets",
    { schema: { querystring: ticketQuerySchema, response: { 200: ticketListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const { state, search, cursor, count } = request.query;
      const page = await db.tenant(
        actor.tenantId,
        (tx) =>
          selectTickets(tx, {
            ...statesOf(state),
            order: "recent",
            count,
            ...(search ? { search } : {}),
            ...(cursor ? { cursor } : {}),
          }),
        { readOnly: true },
      );
      return { tickets: page.tickets.map(toReply), nextCursor: page.nextCursor };
    },
  );
  app.post(
    "/api/tickets",
    { bodyLimit: ticketLimits.portalBytesMax, schema: { body: openTicketSchema, response: { 201: ticketSchema } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const { files, ...body } = request.body;
      const attachments = await storeUploads(blobs, actor.tenantId, files);
      const ticket = await db.tenant(actor.tenantId, async (tx) =>
        openTicket(
          tx,
          actor,
          {
            tenantId: actor.tenantId,
            kind: body.kind,
            severity: body.severity,
            subject: body.subject,
            body: body.body,
            ...(body.concerns === undefined ? {} : { concerns: body.concerns }),
            channel: "portal",
            language: (await readTenant(tx, actor.tenantId)).language,
            requesterAddress: await services.addressOf(tx, actor.principalId),
            requesterId: actor.principalId,
            attachments,
            confirms: true,
          },
          services,
        ),
      );
      return reply.status(201).send(toReply(ticket));
    },
  );
  app.get(
    "/api/tickets/:id",
    { schema: { params: idParams, response: { 200: ticketThreadSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      return db.tenant(
        actor.tenantId,
        async (tx) => {
          const ticket = await ticketOf(tx, request.params.id);
          const said = await selectEntries(tx, tx.tenantId, ticket.id);
          const attachments = await selectAttachments(tx, tx.tenantId, ticket.id);
          const notice = ticket.noticeId === null ? null : await services.noticeOf(tx, ticket.noticeId);
          return { ticket: toReply(ticket), notice: toNotice(notice), ...toEntries({ ticket, ...said, attachments }) };
        },
        { readOnly: true },
      );
    },
  );
  app.post(
    "/api/tickets/:id/answers",
    {
      bodyLimit: ticketLimits.portalBytesMax,
      schema: { params: idParams, body: answerTicketSchema, response: { 200: ticketSchema } },
    },
    async (request) => {
      const actor = await authorise(request, "write");
      const attachments = await storeUploads(blobs, actor.tenantId, request.body.files);
      return db.tenant(actor.tenantId, async (tx) => {
        // Whoever still looks at one that was merged meanwhile is heard in the other.
        const ticket = await lockSurvivor(tx, tx.tenantId, parseId<TicketId>(request.params.id));
        if (!ticket) throw missing();
        const authorAddress = await services.addressOf(tx, actor.principalId);
        const entry = { authorId: actor.principalId, authorAddress, body: request.body.body, attachments };
        await answerAsCustomer(tx, actor, ticket, entry, services);
        return toReply(await ticketOf(tx, ticket.id));
      });
    },
  );
  app.post(
    "/api/tickets/:id/solve",
    { schema: { params: idParams, response: { 200: ticketSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      return db.tenant(actor.tenantId, async (tx) =>
        toReply(await solveAsCustomer(tx, actor, await ticketOf(tx, request.params.id, true), services)),
      );
    },
  );
  app.get("/api/tickets/:id/files/:fileId", { schema: { params: fileParams } }, async (request, reply) => {
    const actor = await authorise(request, "read");
    const ticketId = parseId<TicketId>(request.params.id);
    const id = parseId<TicketAttachmentId>(request.params.fileId);
    const file = await db.tenant(
      actor.tenantId,
      (tx) => selectAttachment(tx, { tenantId: actor.tenantId, ticketId, id }),
      { readOnly: true },
    );
    if (!file) throw missing();
    return reply.headers(fileHeaders(file)).send(Readable.from(blobs.read(actor.tenantId, file.blobId)));
  });
}
