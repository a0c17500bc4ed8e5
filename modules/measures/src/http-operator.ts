import { approvalIdReplySchema } from "@casaforte/contract/approvals";
import {
  appealDecisionSchema,
  enforcementQuerySchema,
  enforcementReplySchema,
  imposedReplySchema,
  imposeSchema,
  measureReasonSchema,
  noteViolationSchema,
  verdictQuerySchema,
  verdictReplySchema,
  violationIdReplySchema,
} from "@casaforte/contract/measures";
import { type Actor, Failure, parseId, type TenantId } from "@casaforte/kernel";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { proposeDecision } from "./appeal.ts";
import { liftMeasure } from "./end-measure.ts";
import { toAppeal, toMeasure } from "./http-views.ts";
import { imposeMeasure } from "./impose-measure.ts";
import { dismissViolation, noteViolation, previewVerdict } from "./note-violation.ts";
import type { MeasureServices } from "./services.ts";
import { selectAppeals, selectMeasures, selectViolations } from "./store.ts";
import type { MeasureId, ViolationId } from "./types.ts";

export interface MeasureOperatorServices extends MeasureServices {
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<Extract<Actor, { kind: "operator" }>>;
}

const idParams = z.strictObject({ tenantId: z.uuid(), id: z.uuid() });

async function namesOf(tx: OperatorTx, rows: readonly { readonly tenantId: TenantId }[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const { tenantId } of rows) if (!names.has(tenantId)) names.set(tenantId, (await readTenant(tx, tenantId)).name);
  return names;
}

/** The ledger of violations, measures and appeals on the operator's face (R64–R66, R103). */
export function registerEnforcementRoutes(app: Face, services: MeasureOperatorServices): void {
  const { db, clock } = services;
  app.get(
    "/api/enforcement",
    { schema: { querystring: enforcementQuerySchema, response: { 200: enforcementReplySchema } } },
    async (request) => {
      await services.operator(request, "read");
      const { all } = request.query;
      return db.operator(
        async (tx) => {
          const violations = await selectViolations(tx, { tenantId: null, ...(all ? {} : { state: "suggested" }) });
          const states = all ? {} : { states: ["announced", "in_force"] as const };
          const measures = await selectMeasures(tx, { tenantId: null, ...states });
          const appeals = (await selectAppeals(tx, null)).filter(({ state }) => all || state === "open");
          const names = await namesOf(tx, [...violations, ...measures, ...appeals]);
          const named = (tenantId: TenantId) => ({ tenantId, tenantName: names.get(tenantId) ?? "" });
          return {
            violations: violations.map(({ approvalId, sourceKey: _, dismissal: __, ...violation }) => ({
              ...violation,
              ...named(violation.tenantId),
              occurredAt: violation.occurredAt.toISOString(),
              notedAt: violation.notedAt.toISOString(),
              isAsked: approvalId !== null && violation.state === "suggested",
            })),
            measures: measures.map((measure) => ({
              ...toMeasure(measure),
              ...named(measure.tenantId),
              isSilent: measure.isSilent,
              told: measure.told,
            })),
            appeals: appeals.map((appeal) => ({ ...toAppeal(appeal), ...named(appeal.tenantId) })),
          };
        },
        { readOnly: true },
      );
    },
  );

  app.get(
    "/api/enforcement/verdict",
    { schema: { querystring: verdictQuerySchema, response: { 200: verdictReplySchema } } },
    async (request) => {
      await services.operator(request, "read");
      const { occurredAt, tenantId, ...facts } = request.query;
      const verdict = await db.operator(
        async (tx) => {
          await readTenant(tx, parseId<TenantId>(tenantId));
          return previewVerdict(tx, { ...facts, tenantId: tenantId as TenantId, occurredAt: new Date(occurredAt) });
        },
        { readOnly: true },
      );
      return { ...verdict, capabilities: [...verdict.capabilities] };
    },
  );

  app.post(
    "/api/enforcement/violations",
    { schema: { body: noteViolationSchema, response: { 201: violationIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { tenantId, occurredAt, ...rest } = request.body;
      const input = { ...rest, tenantId: tenantId as TenantId, occurredAtMs: Date.parse(occurredAt) };
      const id = await db.operator(async (tx) => {
        await readTenant(tx, input.tenantId);
        const sourceKey = `${actor.principalId}/${rest.nature}/${occurredAt}`;
        return noteViolation(tx, actor, { ...input, source: "operator", sourceKey }, services);
      });
      if (id === null) throw new Failure("conflict", "measures.noted", "this was noted before");
      return reply.status(201).send({ id });
    },
  );

  app.post(
    "/api/enforcement/violations/:tenantId/:id/impose",
    { schema: { params: idParams, body: imposeSchema, response: { 200: imposedReplySchema } } },
    async (request) => {
      const actor = await services.operator(request, "write");
      const { tenantId, id } = request.params;
      const input = {
        ...request.body,
        tenantId: tenantId as TenantId,
        violationId: id as ViolationId,
      };
      const result = await db.operator((tx) => imposeMeasure(tx, actor, input, services));
      return {
        measureId: result.kind === "imposed" ? result.measureId : null,
        approvalId: result.kind === "asked" ? result.approvalId : null,
      };
    },
  );

  app.post(
    "/api/enforcement/violations/:tenantId/:id/dismiss",
    { schema: { params: idParams, body: measureReasonSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const input = {
        tenantId: request.params.tenantId as TenantId,
        id: request.params.id as ViolationId,
        reason: request.body.reason,
        nowMs: clock.nowMs(),
      };
      await db.operator((tx) => dismissViolation(tx, actor, input));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/enforcement/measures/:tenantId/:id/lift",
    { schema: { params: idParams, body: measureReasonSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const input = {
        tenantId: request.params.tenantId as TenantId,
        id: request.params.id as MeasureId,
        reason: request.body.reason,
      };
      await db.operator((tx) => liftMeasure(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );

  app.post(
    "/api/enforcement/appeals/:tenantId/:id/decision",
    { schema: { params: idParams, body: appealDecisionSchema, response: { 202: approvalIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { tenantId, id: appealId } = request.params;
      const input = { ...request.body, tenantId, appealId };
      const approvalId = await db.operator((tx) => proposeDecision(tx, actor, input, services));
      return reply.status(202).send({ approvalId });
    },
  );
}
