import { approvalIdReplySchema } from "@casaforte/contract/approvals";
import { departuresReplySchema, requestDepartureSchema } from "@casaforte/contract/departure";
import { type Actor, type Clock, newId, type Random, type TenantId } from "@casaforte/kernel";
import { type ApprovalId, type ApprovalKind, requestApproval } from "@casaforte/modules/approvals";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Db } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import type { z } from "zod";
import { requestDeparture } from "./request-departure.ts";
import { selectDepartures } from "./store.ts";
import { selectAllServiceDepartures } from "./store-services.ts";
import { erasesAt } from "./window.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;

const listed = 200;

/** Ending a customer's contract from the provider's side: one asks, another approves (R61, R91). */
export function departureApproval(ports: {
  readonly clock: Clock;
  readonly random: Random;
}): ApprovalKind<z.infer<typeof requestDepartureSchema>> {
  return {
    kind: "departure.request",
    roles: ["legal", "billing"],
    payload: requestDepartureSchema,
    async execute(tx, actor, payload) {
      const tenantId = payload.tenantId as TenantId;
      const { name } = await readTenant(tx, tenantId);
      await requestDeparture(tx, actor, { tenantId, confirmation: name }, ports);
    },
  };
}

export interface OperatorDepartureServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  operator(request: unknown, access: "read" | "write"): Promise<OperatorActor>;
  assertFresh(request: unknown): Promise<void>;
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** Who leaves and who has left, on the operators' face. */
export function registerOperatorDepartureRoutes(app: Face, services: OperatorDepartureServices): void {
  const { db, clock, random } = services;
  const kind = departureApproval(services);

  app.get("/api/departures", { schema: { response: { 200: departuresReplySchema } } }, async (request) => {
    await services.operator(request, "read");
    return db.operator(
      async (tx) => {
        const departures = [];
        for (const row of await selectDepartures(tx, listed))
          departures.push({
            tenantId: row.tenantId,
            name: (await readTenant(tx, row.tenantId)).name,
            state: row.state,
            askedBy: row.askedBy,
            requestedAt: row.requestedAt.toISOString(),
            retrievalUntil: row.retrievalUntil.toISOString(),
            eraseWantedAt: iso(row.eraseWantedAt),
            erasedAt: iso(row.erasedAt),
            cancelledAt: iso(row.cancelledAt),
            certificate: row.certificate,
            signature: row.signature,
          });
        const parts = [];
        for (const row of await selectAllServiceDepartures(tx, listed))
          parts.push({
            id: row.id,
            tenantId: row.tenantId,
            customer: (await readTenant(tx, row.tenantId)).name,
            kind: row.kind,
            name: row.name,
            state: row.state,
            requestedAt: row.requestedAt.toISOString(),
            retrievalUntil: row.retrievalUntil.toISOString(),
            erasesAt: iso(erasesAt(row)),
            erasedAt: iso(row.erasedAt),
            certificate: row.certificate,
            signature: row.signature,
          });
        return { departures, services: parts };
      },
      { readOnly: true },
    );
  });

  app.post(
    "/api/departures",
    { schema: { body: requestDepartureSchema, response: { 202: approvalIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      await services.assertFresh(request);
      const approvalId = newId<ApprovalId>(clock, random);
      await db.operator(async (tx) => {
        const { name } = await readTenant(tx, request.body.tenantId as TenantId);
        const input = { id: approvalId, subject: name.slice(0, 200), payload: request.body, nowMs: clock.nowMs() };
        await requestApproval(tx, actor, kind as ApprovalKind, input);
      });
      return reply.status(202).send({ approvalId });
    },
  );
}
