import {
  abuseCaseListSchema,
  abuseCaseQuerySchema,
  heldDiscardedSchema,
  stoppedSenderListSchema,
  stopSenderSchema,
} from "@casaforte/contract/mailflow";
import { type Actor, Failure, type MailAccountId, parseId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { discardHeld } from "./hold-mail.ts";
import type { ArrivalConsoleServices } from "./http-arrival.ts";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { resumeSender, stopSender } from "./stop-sender.ts";
import { type AbuseCaseId, closeAbuseCase, type ListedStop, selectAbuseCases, selectStops } from "./store-abuse.ts";

type OperatorActor = Extract<Actor, { kind: "operator" }>;

export interface AbuseOperatorServices
  extends Pick<MailflowServices, "db" | "clock" | "random" | "jobs" | "providerDomain" | "mailStore"> {
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<OperatorActor>;
}

const nothing = z.object({});
const accountParams = z.object({ id: z.uuid() });
const tenantAccountParams = z.object({ tenantId: z.uuid(), id: z.uuid() });

const toStop = (stop: ListedStop) => ({ ...stop, stoppedAt: stop.stoppedAt.toISOString() });

/** The customer's stopped accounts: his administrators see and lift. */
export function registerStopRoutes(app: Face, services: ArrivalConsoleServices): void {
  const { db, authorise } = services;
  app.get("/api/mail-stops", { schema: { response: { 200: stoppedSenderListSchema } } }, async (request) => {
    const actor = await authorise(request, "read");
    const stops = await db.tenant(actor.tenantId, (tx) => selectStops(tx, mailflowLimits.pageMax), { readOnly: true });
    return { stops: stops.map(toStop) };
  });
  app.post(
    "/api/mail-stops/:id/lift",
    { schema: { params: accountParams, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const mailAccountId = parseId<MailAccountId>(request.params.id);
      await db.tenant(actor.tenantId, (tx) => resumeSender(tx, actor, { mailAccountId }, services));
      return {};
    },
  );
}

/** The provider's abuse desk: stopped accounts of all customers, and complaints (R103). */
export function registerAbuseRoutes(app: Face, services: AbuseOperatorServices): void {
  const { db, authorise, clock } = services;
  app.get("/api/mail-stops", { schema: { response: { 200: stoppedSenderListSchema } } }, async (request) => {
    await authorise(request, "read");
    const stops = await db.operator((tx) => selectStops(tx, mailflowLimits.pageMax));
    return { stops: stops.map(toStop) };
  });
  app.post("/api/mail-stops", { schema: { body: stopSenderSchema, response: { 200: nothing } } }, async (request) => {
    const actor = await authorise(request, "write");
    const mailAccountId = parseId<MailAccountId>(request.body.mailAccountId);
    await db.tenant(parseId<TenantId>(request.body.tenantId), (tx) =>
      stopSender(tx, actor, { mailAccountId, reason: "by_hand" }, services),
    );
    return {};
  });
  app.post(
    "/api/mail-stops/:tenantId/:id/lift",
    { schema: { params: tenantAccountParams, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const mailAccountId = parseId<MailAccountId>(request.params.id);
      const tenantId = parseId<TenantId>(request.params.tenantId);
      await db.tenant(tenantId, (tx) => resumeSender(tx, actor, { mailAccountId }, services));
      return {};
    },
  );
  app.post(
    "/api/mail-stops/:tenantId/:id/discard",
    { schema: { params: tenantAccountParams, response: { 200: heldDiscardedSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const mailAccountId = parseId<MailAccountId>(request.params.id);
      const tenantId = parseId<TenantId>(request.params.tenantId);
      return { discarded: await db.tenant(tenantId, (tx) => discardHeld(tx, actor, { mailAccountId }, services)) };
    },
  );
  app.get(
    "/api/abuse-cases",
    { schema: { querystring: abuseCaseQuerySchema, response: { 200: abuseCaseListSchema } } },
    async (request) => {
      await authorise(request, "read");
      const cases = await db.operator((tx) => selectAbuseCases(tx, request.query.state, mailflowLimits.pageMax));
      return { cases: cases.map((one) => ({ ...one, receivedAt: one.receivedAt.toISOString() })) };
    },
  );
  app.post(
    "/api/abuse-cases/:id/close",
    { schema: { params: accountParams, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const id = parseId<AbuseCaseId>(request.params.id);
      await db.operator(async (tx) => {
        if (!(await closeAbuseCase(tx, id, new Date(clock.nowMs()))))
          throw new Failure("not_found", "mailflow.case_missing", "no such open case");
        await recordAudit(tx, actor, { action: "mailflow.case_closed", object: { kind: "abuse_case", id } });
      });
      return {};
    },
  );
}
