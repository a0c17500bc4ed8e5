import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { closeTenantUsage } from "@casaforte/modules/metering";
import { eachTenant, sweepTenants } from "@casaforte/modules/tenancy";
import type { JobContext, JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { checkArchiveYearly } from "./check-archive.ts";
import { remindDebts } from "./collect.ts";
import { alertBudget } from "./costs.ts";
import { invoicedUntil, refreshDraft } from "./draft-invoice.ts";
import { isBilled, issueInvoice, readSeller } from "./issue-invoice.ts";
import { billingLimits } from "./limits.ts";
import type { BillingServices } from "./services.ts";
import { refreshVatCheck } from "./vat-check.ts";

const program: Actor = { kind: "system", name: "billing" };

export const jobSchedules: readonly JobSchedule[] = [
  { task: "billing.costs", everyMs: billingLimits.costsEveryMs },
  { task: "billing.collect", everyMs: billingLimits.collectEveryMs },
  { task: "billing.archive", everyMs: billingLimits.archiveCheckEveryMs },
];

/** Brings a tenant's draft up to now. */
export async function refreshTenantDraft(services: BillingServices, tenantId: TenantId): Promise<void> {
  const { db, clock } = services;
  const nowMs = clock.nowMs();
  await closeTenantUsage(db, tenantId, nowMs);
  await db.tenant(tenantId, (tx) => refreshDraft(tx, { untilMs: nowMs + 1 }, services));
}

/** A customer whose data stand in the way: trying again changes nothing before they do. */
const isExpected = (error: unknown): error is Failure =>
  error instanceof Failure && error.kind !== "unavailable" && error.kind !== "cancelled";

export interface RunResult {
  readonly issued: number;
  /** Tenants whose invoice could not be issued, and why. */
  readonly held: readonly { readonly tenantId: TenantId; readonly code: string }[];
}

/**
 * Issues the invoices of everything used before the running month, tenant by tenant, each in its own transaction. One that
 * cannot be issued is told and holds nobody else up. Run twice it issues nothing twice.
 */
export async function runInvoices(services: BillingServices, actor: Actor, signal: AbortSignal): Promise<RunResult> {
  const { db, clock, logger } = services;
  const untilMs = invoicedUntil(clock.nowMs());
  const seller = await db.operator((tx) => readSeller(tx), { readOnly: true });
  const held: { tenantId: TenantId; code: string }[] = [];
  let issued = 0;
  for await (const { tenantId } of eachTenant(db, signal)) {
    if (!isBilled(tenantId)) continue;
    try {
      await closeTenantUsage(db, tenantId, clock.nowMs(), signal);
      await refreshVatCheck(services, tenantId, signal);
      if (await db.tenant(tenantId, (tx) => issueInvoice(tx, actor, { untilMs, seller }, services))) issued++;
      await refreshTenantDraft(services, tenantId);
    } catch (error) {
      signal.throwIfAborted();
      const code = error instanceof Failure ? error.code : "internal";
      if (isExpected(error)) logger.warn("billing.held", { tenant: tenantId, code });
      else logger.error("billing.held", error, { tenant: tenantId, code });
      held.push({ tenantId, code });
    }
  }
  return { issued, held };
}

/** `billing.costs`: drafts and budgets; `billing.collect`: VIES answers and reminders; `billing.archive`: its yearly look. */
export function jobHandlers(services: BillingServices): readonly JobHandler[] {
  const { db } = services;
  const forEach = (context: JobContext, work: (tenantId: TenantId) => Promise<unknown>) =>
    sweepTenants(db, context, async ({ tenantId }) => {
      if (!isBilled(tenantId)) return;
      try {
        await work(tenantId);
      } catch (error) {
        if (!isExpected(error)) throw error;
        services.logger.warn("billing.skipped", { tenant: tenantId, code: error.code });
      }
    });
  return [
    {
      task: "billing.costs",
      run: (_payload, context) =>
        forEach(context, async (tenantId) => {
          await refreshTenantDraft(services, tenantId);
          await db.tenant(tenantId, (tx) => alertBudget(tx, program, services));
        }),
    },
    {
      task: "billing.collect",
      run: (_payload, context) =>
        forEach(context, async (tenantId) => {
          await refreshVatCheck(services, tenantId, context.signal);
          await db.tenant(tenantId, (tx) => remindDebts(tx, program, services));
        }),
    },
    {
      task: "billing.archive",
      run: async (_payload, { signal }) => void (await checkArchiveYearly(services, program, signal)),
    },
  ];
}
