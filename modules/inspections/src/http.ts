import {
  acceptQuoteSchema,
  type EvidencePart,
  evidencePartSchema,
  evidenceRoomReplySchema,
  inspectionIdReplySchema,
  inspectionsReplySchema,
  requestInspectionSchema,
} from "@casaforte/contract/inspections";
import { Failure, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { earliestDay } from "./dates.ts";
import { assertRoom, noteLook, readEvidence } from "./evidence.ts";
import { gatherPack } from "./gather-pack.ts";
import { evidenceView, inspectionView } from "./http-views.ts";
import type { InspectionId, UserActor } from "./inspection.ts";
import { inspectionLimits } from "./limits.ts";
import { freeFrom, requestInspection } from "./request-inspection.ts";
import { acceptQuote, endInspection } from "./run-inspection.ts";
import type { InspectionServices } from "./services.ts";
import { selectAuditors, selectInspections, selectRoomOf } from "./store.ts";

export interface InspectionHttpServices extends InspectionServices {
  /** Who deals with audits: owners and administrators. @throws unauthenticated, forbidden. */
  user(request: unknown, access: "read" | "write"): Promise<UserActor>;
  /** Who may look at the evidence. @throws unauthenticated, forbidden. */
  reader(request: unknown): Promise<UserActor>;
  /** @throws forbidden when the person proved who they are too long ago. */
  assertFresh(request: unknown): Promise<void>;
}

const params = z.strictObject({ id: z.uuid() });

/** Audits and the evidence room on the customer's face (R67–R71). */
export function registerInspectionRoutes(app: Face, services: InspectionHttpServices): void {
  const { db, clock } = services;
  let isPacking = false;
  /** When each customer's last pack was begun, the oldest first. */
  const packedAtMs = new Map<TenantId, number>();
  const assertPackDue = (tenantId: TenantId) => {
    const sinceMs = clock.nowMs() - inspectionLimits.packEveryMs;
    for (const [each, atMs] of packedAtMs) if (atMs <= sinceMs) packedAtMs.delete(each);
    if (packedAtMs.has(tenantId))
      throw new Failure("rate_limited", "inspections.pack_lately", "a pack was made in the last ten minutes");
  };

  app.get("/api/inspections", { schema: { response: { 200: inspectionsReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request, "read");
    return db.tenant(
      tenantId,
      async (tx) => {
        const inspections = await selectInspections(tx, tenantId, inspectionLimits.listed);
        const auditors = await selectAuditors(tx, tenantId, null);
        return {
          earliestOn: earliestDay(clock.nowMs()),
          freeFrom: { backup: freeFrom(inspections, ["backup"]), mail: freeFrom(inspections, ["mail"]) },
          inspections: inspections.map((each) => inspectionView(each, auditors)),
        };
      },
      { readOnly: true },
    );
  });

  app.post(
    "/api/inspections",
    { schema: { body: requestInspectionSchema, response: { 201: inspectionIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      const { grounds, ...asked } = request.body;
      const id = await db.tenant(actor.tenantId, (tx) =>
        requestInspection(tx, actor, { ...asked, grounds: grounds ?? null }, services),
      );
      return reply.status(201).send({ id });
    },
  );

  app.post(
    "/api/inspections/:id/acceptance",
    { schema: { params, body: acceptQuoteSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.user(request, "write");
      await services.assertFresh(request);
      const input = { id: request.params.id as InspectionId, costCents: BigInt(request.body.costCents) };
      await db.tenant(actor.tenantId, (tx) => acceptQuote(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );

  app.delete("/api/inspections/:id", { schema: { params, response: { 204: z.null() } } }, async (request, reply) => {
    const actor = await services.user(request, "write");
    const input = { id: request.params.id as InspectionId };
    await db.tenant(actor.tenantId, (tx) => endInspection(tx, actor, input, services));
    return reply.status(204).send(null);
  });

  app.get("/api/evidence", { schema: { response: { 200: evidenceRoomReplySchema } } }, async (request) => {
    const actor = await services.reader(request);
    const nowMs = clock.nowMs();
    return db.tenant(actor.tenantId, async (tx) => {
      await assertRoom(tx, actor, nowMs);
      await noteLook(tx, actor, "room");
      const room = actor.role === "auditor" ? await selectRoomOf(tx, actor.principalId, new Date(nowMs)) : null;
      return {
        organisation: (await readTenant(tx, tx.tenantId)).name,
        closesAt: room?.closesAt.toISOString() ?? null,
        scope: room?.scope ?? null,
        parts: services.evidence.map(({ name, title, hint }) => ({ name, title, hint })),
      };
    });
  });

  app.get(
    "/api/evidence/:part",
    {
      schema: {
        params: z.strictObject({ part: z.string().max(40) }),
        response: { 200: evidencePartSchema },
      },
    },
    async (request) => {
      const actor = await services.reader(request);
      const source = services.evidence.find(({ name }) => name === request.params.part);
      if (source === undefined) throw new Failure("not_found", "inspections.no_part", "there is no such evidence");
      const nowMs = clock.nowMs();
      return db.tenant(actor.tenantId, async (tx): Promise<EvidencePart> => {
        await assertRoom(tx, actor, nowMs);
        await noteLook(tx, actor, source.name);
        return evidenceView(await readEvidence(tx, source, nowMs));
      });
    },
  );

  app.get("/api/evidence-pack", async (request, reply) => {
    const actor = await services.reader(request);
    const { tenantId } = actor;
    await db.tenant(tenantId, async (tx) => {
      await assertRoom(tx, actor, clock.nowMs());
      await noteLook(tx, actor, "pack");
    });
    // A pack is made in memory: one at a time, for whoever asks.
    if (isPacking) throw new Failure("rate_limited", "inspections.pack_running", "another pack is being made");
    assertPackDue(tenantId);
    isPacking = true;
    packedAtMs.set(tenantId, clock.nowMs());
    try {
      const pack = await gatherPack(services, tenantId);
      reply.header("content-disposition", 'attachment; filename="evidence.zip"');
      return await reply.type("application/zip").send(Buffer.from(pack));
    } finally {
      isPacking = false;
    }
  });
}
