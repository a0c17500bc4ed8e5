import { providerTenantId, type TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { certificateLimits } from "./limits.ts";
import { orderCertificate } from "./order-certificate.ts";
import { selectDue } from "./store.ts";
import { enqueueName, enqueueTurn, orderTask, tendNames } from "./tend-names.ts";
import type { CertificateServices } from "./types.ts";

const tendTask = "certificates.tend";

export const jobSchedules: readonly JobSchedule[] = [{ task: tendTask, everyMs: certificateLimits.tendEveryMs }];

/**
 * `certificates.tend` looks for names that are due; `certificates.order` is a turn of one customer's, one name after the
 * other, or of the one that somebody asked for.
 */
export function jobHandlers(services: CertificateServices): readonly JobHandler[] {
  const { db, clock, jobs } = services;
  let turns = 0;
  return [
    {
      task: tendTask,
      run: (_payload, context) =>
        sweepTenants(db, context, ({ tenantId }) => db.tenant(tenantId, (tx) => tendNames(tx, services))),
    },
    {
      task: orderTask,
      async run(payload, context) {
        const { name } = payload;
        const tenantId = context.tenantId ?? providerTenantId;
        if (turns >= certificateLimits.turnsAtOnce) {
          const laterMs = clock.nowMs() + certificateLimits.noPlaceMs;
          return db.tenant(tenantId, (tx) =>
            typeof name === "string" ? enqueueName(tx, jobs, name, laterMs) : enqueueTurn(tx, jobs, laterMs),
          );
        }
        turns++;
        try {
          if (typeof name === "string") await orderCertificate(services, tenantId, name, context.signal);
          else await takeTurn(services, tenantId, context.signal);
        } finally {
          turns--;
        }
      },
    },
  ];
}

async function takeTurn(services: CertificateServices, tenantId: TenantId, signal: AbortSignal): Promise<void> {
  const { db, clock, jobs } = services;
  const { namesPerTurnMax } = certificateLimits;
  const at = new Date(clock.nowMs());
  const due = await db.tenant(tenantId, (tx) => selectDue(tx, at, namesPerTurnMax));
  for (const name of due) await orderCertificate(services, tenantId, name, signal);
  if (due.length === namesPerTurnMax) await db.tenant(tenantId, (tx) => enqueueTurn(tx, jobs, clock.nowMs()));
}
