import {
  confirmDepartureSchema,
  endServiceAloneSchema,
  type ServiceDeparturesReply,
  serviceDepartureRequestedSchema,
  serviceDeparturesReplySchema,
} from "@casaforte/contract/departure";
import { type Actor, parseId } from "@casaforte/kernel";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { ServiceDeparture, ServiceDepartureId } from "./departure.ts";
import {
  cancelServiceDeparture,
  requestServiceDeparture,
  requestServiceErasure,
  type ServiceDepartureServices,
} from "./service-departure.ts";
import { selectServiceDepartures } from "./store-services.ts";
import { erasesAt } from "./window.ts";

export interface ServiceDepartureHttpServices
  extends Pick<ServiceDepartureServices, "db" | "clock" | "random" | "leaving"> {
  /** Owners and admins. @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<Extract<Actor, { kind: "user" }>>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

const params = z.strictObject({ id: z.uuid() });

const view = (row: ServiceDeparture): ServiceDeparturesReply["departures"][number] => ({
  id: row.id,
  kind: row.kind,
  subjectId: row.subjectId,
  name: row.name,
  state: row.state === "erasing" || row.state === "erased" ? row.state : "retrieval",
  requestedAt: row.requestedAt.toISOString(),
  retrievalUntil: row.retrievalUntil.toISOString(),
  erasesAt: erasesAt(row)?.toISOString() ?? null,
  erasedAt: row.erasedAt?.toISOString() ?? null,
  certificate: row.certificate,
  signature: row.signature,
});

/** The end of one service while the customer stays, on the customer's face (R61–R63). */
export function registerServiceDepartureRoutes(app: Face, services: ServiceDepartureHttpServices): void {
  const { db } = services;

  app.get(
    "/api/departure/services",
    { schema: { response: { 200: serviceDeparturesReplySchema } } },
    async (request) => {
      const { tenantId } = await services.user(request, "read");
      const rows = await db.tenant(tenantId, selectServiceDepartures, { readOnly: true });
      return { departures: rows.map(view) };
    },
  );

  app.post(
    "/api/departure/services",
    { schema: { body: endServiceAloneSchema, response: { 201: serviceDepartureRequestedSchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const id = await db.tenant(actor.tenantId, (tx) => requestServiceDeparture(tx, actor, request.body, services));
      return reply.status(201).send({ id });
    },
  );

  app.delete(
    "/api/departure/services/:id",
    { schema: { params, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const id = parseId<ServiceDepartureId>(request.params.id);
      await db.tenant(actor.tenantId, (tx) => cancelServiceDeparture(tx, actor, id, services));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/departure/services/:id/erasure",
    { schema: { params, body: confirmDepartureSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const input = { id: parseId<ServiceDepartureId>(request.params.id), ...request.body };
      await db.tenant(actor.tenantId, (tx) => requestServiceErasure(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
}
