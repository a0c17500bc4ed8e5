import {
  changeWebhookSchema,
  createWebhookSchema,
  webhookDeliveriesQuerySchema,
  webhookDeliveriesReplySchema,
  webhookSecretReplySchema,
  webhookSentReplySchema,
  webhooksReplySchema,
} from "@casaforte/contract/webhooks";
import { Failure, parseId, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { viewDelivery, viewEndpoint } from "./http-views.ts";
import { webhooksLimits } from "./limits.ts";
import {
  changeEndpoint,
  createEndpoint,
  pauseEndpoint,
  removeEndpoint,
  renewSecret,
  resendDelivery,
  resumeEndpoint,
  tryEndpoint,
  type UserActor,
} from "./manage-endpoint.ts";
import type { WebhookServices } from "./services.ts";
import { selectEndpoint, selectEndpoints } from "./store.ts";
import { countWaiting, selectDeliveries } from "./store-deliveries.ts";
import type { DeliveryId, EndpointId } from "./types.ts";

export interface WebhookHttpServices extends WebhookServices {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<UserActor>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

const idParams = z.strictObject({ id: z.uuid() });
const deliveryParams = z.strictObject({ id: z.uuid(), deliveryId: z.uuid() });
const nothing = z.null();

/** Endpoints, their secrets and the log of what was sent, on the customer's face (R79). */
export function registerWebhookRoutes(app: Face, services: WebhookHttpServices): void {
  const { db } = services;
  const write = <T>(tenantId: TenantId, work: (tx: TenantTx) => Promise<T>) => db.tenant(tenantId, work);
  const idOf = (params: { readonly id: string }) => parseId<EndpointId>(params.id);

  app.get("/api/webhooks", { schema: { response: { 200: webhooksReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    return db.tenant(
      tenantId,
      async (tx) => {
        const endpoints = [];
        for (const endpoint of await selectEndpoints(tx))
          endpoints.push(viewEndpoint(endpoint, await countWaiting(tx, endpoint.id, webhooksLimits.waitingMax)));
        return { endpoints };
      },
      { readOnly: true },
    );
  });
  app.post(
    "/api/webhooks",
    { schema: { body: createWebhookSchema, response: { 201: webhookSecretReplySchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const made = await write(actor.tenantId, (tx) => createEndpoint(tx, actor, request.body, services));
      return reply.status(201).send(made);
    },
  );
  app.put(
    "/api/webhooks/:id",
    { schema: { params: idParams, body: changeWebhookSchema, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const input = { id: idOf(request.params), ...request.body };
      await write(actor.tenantId, (tx) => changeEndpoint(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
  app.delete(
    "/api/webhooks/:id",
    { schema: { params: idParams, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await write(actor.tenantId, (tx) => removeEndpoint(tx, actor, idOf(request.params)));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/webhooks/:id/secret",
    { schema: { params: idParams, response: { 200: webhookSecretReplySchema } } },
    async (request) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const id = idOf(request.params);
      return { id, secret: await write(actor.tenantId, (tx) => renewSecret(tx, actor, id, services)) };
    },
  );
  app.post(
    "/api/webhooks/:id/pause",
    { schema: { params: idParams, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await write(actor.tenantId, (tx) => pauseEndpoint(tx, actor, idOf(request.params)));
      return reply.status(204).send(null);
    },
  );
  app.post(
    "/api/webhooks/:id/resume",
    { schema: { params: idParams, response: { 204: nothing } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await write(actor.tenantId, (tx) => resumeEndpoint(tx, actor, idOf(request.params), services));
      return reply.status(204).send(null);
    },
  );
  registerDeliveryRoutes(app, services);
}

function registerDeliveryRoutes(app: Face, services: WebhookHttpServices): void {
  const { db } = services;
  app.post(
    "/api/webhooks/:id/test",
    { schema: { params: idParams, response: { 202: webhookSentReplySchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const id = parseId<EndpointId>(request.params.id);
      const deliveryId = await db.tenant(actor.tenantId, (tx) => tryEndpoint(tx, actor, id, services));
      return reply.status(202).send({ deliveryId });
    },
  );
  app.get(
    "/api/webhooks/:id/deliveries",
    {
      schema: {
        params: idParams,
        querystring: webhookDeliveriesQuerySchema,
        response: { 200: webhookDeliveriesReplySchema },
      },
    },
    async (request) => {
      const { tenantId } = await services.user(request, "read");
      const id = parseId<EndpointId>(request.params.id);
      const { cursor } = request.query;
      const before = cursor === undefined ? null : parseId<DeliveryId>(cursor);
      const { pageMax } = webhooksLimits;
      const rows = await db.tenant(
        tenantId,
        async (tx) => {
          if ((await selectEndpoint(tx, id)) === null)
            throw new Failure("not_found", "webhooks.not_found", "there is no such webhook");
          return selectDeliveries(tx, id, before, pageMax + 1);
        },
        { readOnly: true },
      );
      const deliveries = rows.slice(0, pageMax).map(viewDelivery);
      return { deliveries, nextCursor: rows.length > pageMax ? (deliveries.at(-1)?.id ?? null) : null };
    },
  );
  app.post(
    "/api/webhooks/:id/deliveries/:deliveryId/resend",
    { schema: { params: deliveryParams, response: { 202: webhookSentReplySchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const input = {
        id: parseId<EndpointId>(request.params.id),
        deliveryId: parseId<DeliveryId>(request.params.deliveryId),
      };
      await db.tenant(actor.tenantId, (tx) => resendDelivery(tx, actor, input, services));
      return reply.status(202).send({ deliveryId: input.deliveryId });
    },
  );
}
