import {
  addConcernedSchema,
  fulfilStepSchema,
  type IncidentReply,
  incidentsReplySchema,
  legalIdReplySchema,
  registerIncidentSchema,
} from "@casaforte/contract/compliance";
import { type Clock, newId, type Random, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Db, OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import type { OperatorActor } from "./holds.ts";
import { type ConcernedCustomer, type Incident, type IncidentId, type StepRow, standingOf } from "./incident.ts";
import { draftOf } from "./incident-drafts.ts";
import {
  addConcerned,
  assertHandlesIncidents,
  type CustomerPost,
  closeIncident,
  fulfilStep,
  registerIncident,
  tellConcerned,
} from "./incidents.ts";
import { complianceLimits } from "./limits.ts";
import { selectConcerned, selectIncidents, selectSteps } from "./store-incidents.ts";

export interface IncidentHttpServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  /** Any signed-in operator; what is here is the legal and the security role's. @throws unauthenticated. */
  operator(request: unknown): Promise<OperatorActor>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
  readonly post: CustomerPost;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;
const params = z.strictObject({ id: z.uuid() });

async function view(
  tx: OperatorTx,
  incident: Incident,
  of: { readonly steps: readonly StepRow[]; readonly concerned: readonly ConcernedCustomer[]; readonly nowMs: number },
): Promise<IncidentReply> {
  const { id, isBreach, isSignificant, title, facts, persons, remedies } = incident;
  const customers = [];
  for (const { tenantId, toldAt, incidentId } of of.concerned)
    if (incidentId === id)
      customers.push({ tenantId, tenantName: (await readTenant(tx, tenantId)).name, toldAt: iso(toldAt) });
  return {
    ...{ id, isBreach, isSignificant, title, facts, persons, remedies, customers },
    number: Number(incident.number),
    awareAt: incident.awareAt.toISOString(),
    closedAt: iso(incident.closedAt),
    steps: of.steps
      .filter(({ incidentId }) => incidentId === id)
      .map((row) => ({
        step: row.step,
        dueAt: row.dueAt.toISOString(),
        doneAt: iso(row.doneAt),
        reference: row.reference,
        standing: standingOf(row, of.nowMs),
        draft: { it: draftOf(incident, row.step, "it"), en: draftOf(incident, row.step, "en") },
      })),
  };
}

/** Breaches and significant incidents with their clocks, on the operators' face (R84, R85). */
export function registerIncidentRoutes(app: Face, services: IncidentHttpServices): void {
  const { db, clock, random } = services;
  const handler = async (request: unknown): Promise<OperatorActor> => {
    const actor = await services.operator(request);
    assertHandlesIncidents(actor);
    return actor;
  };
  const fresh = async (request: unknown): Promise<OperatorActor> => {
    const actor = await handler(request);
    await services.assertFresh(request);
    return actor;
  };

  app.get("/api/security-incidents", { schema: { response: { 200: incidentsReplySchema } } }, async (request) => {
    await handler(request);
    return db.operator(
      async (tx) => {
        const of = {
          steps: await selectSteps(tx, null),
          concerned: await selectConcerned(tx, null),
          nowMs: clock.nowMs(),
        };
        const incidents: IncidentReply[] = [];
        for (const row of await selectIncidents(tx, complianceLimits.listed)) incidents.push(await view(tx, row, of));
        return { incidents };
      },
      { readOnly: true },
    );
  });

  app.post(
    "/api/security-incidents",
    { schema: { body: registerIncidentSchema, response: { 201: legalIdReplySchema } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const { awareAt, tenantIds, ...said } = request.body;
      const id = newId<IncidentId>(clock, random);
      await db.operator((tx) =>
        registerIncident(tx, actor, {
          ...said,
          id,
          awareMs: Date.parse(awareAt),
          concerned: tenantIds as TenantId[],
          nowMs: clock.nowMs(),
        }),
      );
      return reply.status(201).send({ id });
    },
  );

  app.post(
    "/api/security-incidents/:id/steps",
    { schema: { params, body: fulfilStepSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const input = { id: request.params.id as IncidentId, ...request.body, nowMs: clock.nowMs() };
      await db.operator((tx) => fulfilStep(tx, actor, input, services.post));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/security-incidents/:id/concerned",
    { schema: { params, body: addConcernedSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const input = {
        id: request.params.id as IncidentId,
        concerned: request.body.tenantIds as TenantId[],
        nowMs: clock.nowMs(),
      };
      await db.operator((tx) => addConcerned(tx, actor, input));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/security-incidents/:id/customers",
    { schema: { params, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const input = { id: request.params.id as IncidentId, nowMs: clock.nowMs() };
      await db.operator((tx) => tellConcerned(tx, actor, input, services.post));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/security-incidents/:id/closing",
    { schema: { params, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await fresh(request);
      const input = { id: request.params.id as IncidentId, nowMs: clock.nowMs() };
      await db.operator((tx) => closeIncident(tx, actor, input));
      return reply.status(204).send(null);
    },
  );
}
