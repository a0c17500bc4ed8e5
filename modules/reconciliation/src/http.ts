import { appliedReplySchema, driftIdSchema, driftsReplySchema } from "@casaforte/contract/reconciliation";
import { type Actor, parseId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Face } from "@casaforte/platform/http";
import type { Jobs } from "@casaforte/platform/jobs";
import { z } from "zod";
import { tenantTask } from "./jobs.ts";
import { reconciliationLimits } from "./limits.ts";
import type { ReconciliationServices } from "./reconcile.ts";
import { makeDue, selectDrifts, selectTroubles } from "./store.ts";

export interface AppliedHttpServices extends Pick<ReconciliationServices, "db" | "clock" | "planes"> {
  /** @throws unauthenticated, forbidden. */
  user(request: unknown): Promise<Extract<Actor, { kind: "user" }>>;
}

/** What was ordered beside what is applied, on the customer's face (R4). */
export function registerAppliedRoutes(app: Face, services: AppliedHttpServices): void {
  app.get("/api/applied", { schema: { response: { 200: appliedReplySchema } } }, async (request) => {
    const { tenantId } = await services.user(request);
    const objects = await services.db.tenant(
      tenantId,
      async (tx) => {
        const all = [];
        for (const plane of services.planes) {
          const actual = await plane.report(tx).catch(() => null);
          for (const { id, label, attributes } of await plane.desired(tx))
            all.push({
              plane: plane.name,
              id,
              label,
              attributes: Object.entries(attributes).map(([name, ordered]) => {
                const applied = actual?.get(id)?.[name] ?? null;
                const answered = applied === ordered ? ("applied" as const) : ("differs" as const);
                return { name, ordered, applied, state: actual === null ? ("unknown" as const) : answered };
              }),
            });
        }
        return all;
      },
      { readOnly: true },
    );
    return { readAt: new Date(services.clock.nowMs()).toISOString(), objects };
  });
}

export interface DriftHttpServices extends Pick<ReconciliationServices, "db" | "clock"> {
  readonly jobs: Jobs;
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<Actor>;
}

/** The report of drifts on the operators' face, and another try now (R100). */
export function registerDriftRoutes(app: Face, services: DriftHttpServices): void {
  const { db, clock, jobs } = services;
  app.get("/api/drifts", { schema: { response: { 200: driftsReplySchema } } }, async (request) => {
    await services.operator(request, "read");
    const since = new Date(clock.nowMs() - reconciliationLimits.settledShownMs);
    return db.operator(
      async (tx) => {
        const names = new Map<string, string>();
        const nameOf = async (id: string) => {
          if (!names.has(id)) names.set(id, (await readTenant(tx, parseId<TenantId>(id))).name);
          return names.get(id) ?? "";
        };
        const drifts = [];
        for (const { foundAt, nextAt, settledAt, ...drift } of await selectDrifts(tx, since))
          drifts.push({
            ...drift,
            tenantName: await nameOf(drift.tenantId),
            foundAt: foundAt.toISOString(),
            nextAt: nextAt.toISOString(),
            settledAt: settledAt?.toISOString() ?? null,
          });
        const silent = [];
        for (const each of await selectTroubles(tx))
          silent.push({ ...each, tenantName: await nameOf(each.tenantId), at: each.at.toISOString() });
        return { drifts, silent };
      },
      { readOnly: true },
    );
  });
  app.post(
    "/api/drifts/:tenantId/retry",
    { schema: { params: driftIdSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const tenantId = parseId<TenantId>(request.params.tenantId);
      await db.operator(async (tx) => {
        await readTenant(tx, tenantId);
        await makeDue(tx, tenantId, new Date(clock.nowMs()));
        await recordAudit(tx, actor, {
          tenantId,
          action: "reconciliation.retried",
          object: { kind: "tenant", id: tenantId },
        });
      });
      await db.tenant(tenantId, (tx) => jobs.enqueue(tx, tenantTask, {}, { key: "now" }));
      return reply.status(204).send(null);
    },
  );
}
