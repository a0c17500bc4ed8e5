import {
  affectedReplySchema,
  deskNoticesReplySchema,
  noticeIdReplySchema,
  openNoticeSchema,
  previewNoticeSchema,
  updateNoticeSchema,
} from "@casaforte/contract/notices";
import { type Actor, Failure, parseId, type SiteId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { toNotice } from "./http-views.ts";
import { noticeLimits } from "./limits.ts";
import { previewMails } from "./notice-mail.ts";
import type { NoticeServices } from "./services.ts";
import { countAffected, selectNotices, selectUpdates } from "./store.ts";
import { selectFaultTimes } from "./store-fault-times.ts";
import { noteRepair, type RepairStep, repairSteps, selectFaults } from "./store-faults.ts";
import type { FaultId, NoticeId } from "./types.ts";
import { openNotice, updateTheNotice } from "./write-notice.ts";

export interface NoticeOperatorServices extends NoticeServices {
  /** @throws unauthenticated, forbidden. */
  operator(request: unknown, access: "read" | "write"): Promise<Extract<Actor, { kind: "operator" }>>;
}

const idParams = z.strictObject({ id: z.uuid() });
const stepPaths = {
  acknowledged: "acknowledge",
  started: "start",
  replaced: "replace",
} as const satisfies Record<RepairStep, string>;
const asPlanned = (planned: { readonly from: string; readonly until: string }) => ({
  fromMs: Date.parse(planned.from),
  untilMs: Date.parse(planned.until),
});

/** Incidents, maintenance and faults on the operator's face (R22–R25). */
export function registerDeskNoticeRoutes(app: Face, services: NoticeOperatorServices): void {
  const { db, clock } = services;
  const assertSite = (siteId: string | null): SiteId | null => {
    if (siteId !== null && !services.sites.some(({ id }) => id === siteId))
      throw new Failure("invalid", "placement.site_unknown", "there is no such site");
    return siteId as SiteId | null;
  };

  app.get("/api/desk/notices", { schema: { response: { 200: deskNoticesReplySchema } } }, async (request) => {
    await services.operator(request, "read");
    return db.operator(
      async (tx) => {
        const notices = await selectNotices(tx, new Date(clock.nowMs() - noticeLimits.historyMs));
        const updates = await selectUpdates(
          tx,
          notices.map(({ id }) => id),
        );
        const affected = await countAffected(tx);
        return {
          notices: notices.map((notice) => ({
            ...toNotice(notice, updates),
            hostId: notice.hostId,
            affected: affected.get(notice.id) ?? 0,
          })),
          faults: (await selectFaults(tx)).map((fault) => ({
            id: fault.id,
            check: fault.checkKey,
            service: fault.service,
            siteId: fault.siteId,
            detectedAt: fault.detectedAt.toISOString(),
            acknowledgedAt: fault.acknowledgedAt?.toISOString() ?? null,
            startedAt: fault.startedAt?.toISOString() ?? null,
            replacedAt: fault.replacedAt?.toISOString() ?? null,
            closedAt: fault.closedAt?.toISOString() ?? null,
            noticeId: fault.noticeId,
          })),
          times: await selectFaultTimes(tx, new Date(clock.nowMs() - noticeLimits.timesMs)),
        };
      },
      { readOnly: true },
    );
  });

  app.post(
    "/api/desk/notices/preview",
    { schema: { body: previewNoticeSchema, response: { 200: affectedReplySchema } } },
    async (request) => {
      await services.operator(request, "read");
      const { draft, ...rest } = request.body;
      const scope = { ...rest, siteId: assertSite(rest.siteId) };
      const mails = draft === undefined ? undefined : previewMails(scope, draft, services);
      return db.operator(
        async (tx) => {
          const tenants: { id: string; name: string }[] = [];
          for (const id of await services.affected(tx, scope))
            tenants.push({ id, name: (await readTenant(tx, id)).name });
          return { tenants, ...(mails === undefined ? {} : { mails }) };
        },
        { readOnly: true },
      );
    },
  );

  app.post(
    "/api/desk/notices",
    { schema: { body: openNoticeSchema, response: { 201: noticeIdReplySchema } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { planned, siteId, ...rest } = request.body;
      const input = { ...rest, siteId: assertSite(siteId), planned: planned === null ? null : asPlanned(planned) };
      const id = await db.operator((tx) => openNotice(tx, actor, input, services));
      return reply.status(201).send({ id });
    },
  );

  app.post(
    "/api/desk/notices/:id/updates",
    { schema: { params: idParams, body: updateNoticeSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const actor = await services.operator(request, "write");
      const { planned, severity, ...rest } = request.body;
      const input = {
        ...rest,
        id: parseId<NoticeId>(request.params.id),
        ...(severity ? { severity } : {}),
        ...(planned ? { planned: asPlanned(planned) } : {}),
      };
      await db.operator((tx) => updateTheNotice(tx, actor, input, services));
      return reply.status(204).send(null);
    },
  );

  for (const step of repairSteps)
    app.post(
      `/api/desk/faults/:id/${stepPaths[step]}`,
      { schema: { params: idParams, response: { 204: z.null() } } },
      async (request, reply) => {
        const actor = await services.operator(request, "write");
        const id = parseId<FaultId>(request.params.id);
        await db.operator(async (tx) => {
          const done = await noteRepair(tx, id, step, new Date(clock.nowMs()));
          if (!done) throw new Failure("not_found", "notices.not_found", "there is no such open fault");
          await recordAudit(tx, actor, { action: `notices.fault_${step}`, object: { kind: "fault", id } });
        });
        return reply.status(204).send(null);
      },
    );
}
