import { providerTenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { certificateLimits } from "./limits.ts";
import { orderCertificate } from "./order-certificate.ts";
import { orderTask, tendNames } from "./tend-names.ts";
import type { CertificateServices } from "./types.ts";

const tendTask = "certificates.tend";

export const jobSchedules: readonly JobSchedule[] = [{ task: tendTask, everyMs: certificateLimits.tendEveryMs }];

/** `certificates.tend` looks for names that are due; `certificates.order` is a turn of one of them. */
export function jobHandlers(services: CertificateServices): readonly JobHandler[] {
  const { db } = services;
  return [
    {
      task: tendTask,
      run: (_payload, context) =>
        sweepTenants(db, context, ({ tenantId }) => db.tenant(tenantId, (tx) => tendNames(tx, services))),
    },
    {
      task: orderTask,
      async run(payload, { tenantId, signal }) {
        await orderCertificate(services, tenantId ?? providerTenantId, String(payload["name"]), signal);
      },
    },
  ];
}
