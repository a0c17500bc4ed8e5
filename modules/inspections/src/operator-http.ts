import {
  deskInspectionsReplySchema,
  evidencePartSchema,
  quoteInspectionSchema,
  refuseInspectionSchema,
} from "@casaforte/contract/inspections";
import { Failure, parseId, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { noteLook, readEvidence } from "./evidence.ts";
import { evidenceView, inspectionView } from "./http-views.ts";
import type { InspectionId } from "./inspection.ts";
import { inspectionLimits } from "./limits.ts";
import { type OperatorActor, quoteInspection, refuseInspection } from "./quote-inspection.ts";
import type { InspectionServices } from "./services.ts";
import { selectAuditors, selectInspections } from "./store.ts";

export interface DeskInspectionServices extends Pick<InspectionServices, "db" | "clock" | "tell" | "evidence"> {
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<OperatorActor>;
}

/** The part of the evidence with every promise and its control. */
const charterPart = "charter";
const params = z.strictObject({ tenantId: z.uuid(), id: z.uuid() });

/** Customers' audits on the operators' face: what comes, what it costs (R67, R70). */
export function registerDeskInspectionRoutes(app: Face, services: DeskInspectionServices): void {
  const { db } = services;
  const named = ({ params: { tenantId, id } }: { params: { tenantId: string; id: string } }) => ({
    tenantId: tenantId as TenantId,
    id: id as InspectionId,
  });

  app.get("/api/customer-audits", { schema: { response: { 200: deskInspectionsReplySchema } } }, async (request) => {
    await services.operator(request, "read");
    return db.operator(
      async (tx) => {
        const auditors = await selectAuditors(tx, null, null);
        const inspections = [];
        for (const each of await selectInspections(tx, null, inspectionLimits.listed))
          inspections.push({
            ...inspectionView(each, auditors),
            tenantId: each.tenantId,
            tenantName: (await readTenant(tx, each.tenantId)).name,
          });
        return { inspections };
      },
      { readOnly: true },
    );
  });

  app.get(
    "/api/customer-charter/:tenantId",
    { schema: { params: z.strictObject({ tenantId: z.uuid() }), response: { 200: evidencePartSchema } } },
    async (request) => {
      const actor = await services.operator(request, "read");
      const source = services.evidence.find(({ name }) => name === charterPart);
      if (source === undefined) throw new Failure("not_found", "inspections.no_part", "there is no such evidence");
      const tenantId = parseId<TenantId>(request.params.tenantId);
      await db.operator((tx) => readTenant(tx, tenantId), { readOnly: true });
      // In the customer's own transaction, and in the customer's own log: an operator looks as anybody else does.
      return db.tenant(tenantId, async (tx) => {
        await noteLook(tx, actor, source.name);
        return evidenceView(await readEvidence(tx, source, services.clock.nowMs()));
      });
    },
  );

  app.post(
    "/api/customer-audits/:tenantId/:id/quote",
    { schema: { params, body: quoteInspectionSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { costCents, text } = request.body;
      const input = { ...named(request), costCents: BigInt(costCents), text };
      await db.operator((tx) => quoteInspection(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/customer-audits/:tenantId/:id/refusal",
    { schema: { params, body: refuseInspectionSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const input = { ...named(request), reason: request.body.reason };
      await db.operator((tx) => refuseInspection(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );
}
