import { domainReportListSchema, stsModeSchema } from "@casaforte/contract/domain-reports";
import { type Actor, type DomainId, Failure, parseId } from "@casaforte/kernel";
import { type Domain, getDomain, setStsMode } from "@casaforte/modules/domains";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import { mailflowLimits } from "./limits.ts";
import type { MailflowServices } from "./services.ts";
import { countTlsFailures, type KeptReport, selectReports } from "./store-reports.ts";

type UserActor = Extract<Actor, { kind: "user" }>;

export interface ReportConsoleServices extends Pick<MailflowServices, "db" | "clock"> {
  readonly authorise: (request: unknown, access: "read" | "write") => Promise<UserActor>;
}

const idParams = z.object({ id: z.uuid() });
const nothing = z.object({});

const toReply = ({ id, kind, reporter, from, to, passed, failed, rows }: KeptReport) => ({
  ...{ id, kind, reporter, passed, failed },
  from: from.toISOString(),
  to: to.toISOString(),
  rows: [...rows],
});

/** What others report of the customer's domains, and what senders to them are told about TLS (R94). */
export function registerReportRoutes(app: Face, services: ReportConsoleServices): void {
  const { db, clock, authorise } = services;
  app.get(
    "/api/domains/:id/reports",
    { schema: { params: idParams, response: { 200: domainReportListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const domainId = parseId<DomainId>(request.params.id);
      return db.tenant(
        actor.tenantId,
        async (tx) => {
          const domain = await getDomain(tx, domainId);
          const reports = await selectReports(tx, domain.name, mailflowLimits.reportsShownMax);
          const enforceableFrom = enforceableAt(domain)?.toISOString() ?? null;
          const recentFailures = await failuresOf(tx, domain, clock.nowMs());
          return { reports: reports.map(toReply), sts: { mode: domain.stsMode, enforceableFrom, recentFailures } };
        },
        { readOnly: true },
      );
    },
  );
  app.put(
    "/api/domains/:id/sts",
    { schema: { params: idParams, body: stsModeSchema, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const domainId = parseId<DomainId>(request.params.id);
      const { mode } = request.body;
      await db.tenant(actor.tenantId, async (tx) => {
        if (mode === "enforce") await assertReady(tx, await getDomain(tx, domainId), clock.nowMs());
        await setStsMode(tx, actor, { domainId, mode }, services);
      });
      return {};
    },
  );
}

/** A domain is in testing for a while first; null while it is not active. */
function enforceableAt({ verifiedAt, stsMode, stsModeFrom }: Domain): Date | null {
  if (verifiedAt === null) return null;
  const since = stsMode === "testing" ? (stsModeFrom ?? verifiedAt) : verifiedAt;
  return new Date(since.getTime() + mailflowLimits.stsTestingMs);
}

const failuresOf = (tx: TenantTx, { name }: Domain, nowMs: number): Promise<number> =>
  countTlsFailures(
    tx,
    name,
    new Date(nowMs - mailflowLimits.stsTestingMs),
    new Date(nowMs + mailflowLimits.reportAheadMsMax),
  );

/** @throws precondition `mailflow.sts_too_early`, `mailflow.sts_failures`. */
async function assertReady(tx: TenantTx, domain: Domain, nowMs: number): Promise<void> {
  if (domain.stsMode === "enforce") return;
  const from = enforceableAt(domain);
  if (from === null || nowMs < from.getTime())
    throw new Failure("precondition", "mailflow.sts_too_early", "the domain has not been in testing for long enough");
  if ((await failuresOf(tx, domain, nowMs)) > 0)
    throw new Failure("precondition", "mailflow.sts_failures", "senders reported failures of TLS in the last days");
}
