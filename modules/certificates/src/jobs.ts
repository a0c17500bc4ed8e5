import { type Logger, providerTenantId, type TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { certificateLimits } from "./limits.ts";
import { orderCertificate } from "./order-certificate.ts";
import { orderTask } from "./retry-name.ts";
import { selectDue } from "./store.ts";
import { tendNames } from "./tend-names.ts";
import type { CertificateServices } from "./types.ts";

const tendTask = "certificates.tend";

export const jobSchedules: readonly JobSchedule[] = [{ task: tendTask, everyMs: certificateLimits.tendEveryMs }];

interface Waiting {
  readonly tenantId: TenantId;
  readonly sinceMs: number;
}

/**
 * `certificates.tend` looks for names that are due and orders for them: the provider's own first, then those of customers
 * who wait the longest. `certificates.order` is the turn of a name that somebody asked for; without room it is left to the
 * next look.
 */
export function jobHandlers(services: CertificateServices): readonly JobHandler[] {
  const { db } = services;
  let asked = 0;
  return [
    {
      task: tendTask,
      async run(_payload, context) {
        const waiting: Waiting[] = [];
        try {
          await sweepTenants(db, context, async ({ tenantId }) => {
            const since = await db.tenant(tenantId, (tx) => tendNames(tx, services));
            if (since !== null) waiting.push({ tenantId, sinceMs: since.getTime() });
          });
        } finally {
          await walk(services, waiting, context);
        }
      },
    },
    {
      task: orderTask,
      async run({ name }, { tenantId, signal }) {
        if (typeof name !== "string" || asked >= certificateLimits.turnsAtOnce) return;
        asked++;
        try {
          await orderCertificate(services, tenantId ?? providerTenantId, name, signal);
        } finally {
          asked--;
        }
      },
    },
  ];
}

const isLater = (a: Waiting, b: Waiting): number =>
  Number(b.tenantId === providerTenantId) - Number(a.tenantId === providerTenantId) || a.sinceMs - b.sinceMs;

/** A turn for each, a few at once. One's trouble is logged and keeps no other from its turn. */
async function walk(
  services: CertificateServices,
  waiting: readonly Waiting[],
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<void> {
  const { clock } = services;
  const queue = waiting.toSorted(isLater);
  const endMs = clock.nowMs() + certificateLimits.walkMs;
  const goesOn = () => !signal.aborted && clock.nowMs() < endMs;
  const lane = async (): Promise<void> => {
    while (goesOn()) {
      const next = queue.shift();
      if (next === undefined) return;
      try {
        await takeTurn(services, next.tenantId, signal, goesOn);
      } catch (error) {
        if (!signal.aborted) logger.error("certificates.turn_failed", error, { tenantId: next.tenantId });
      }
    }
  };
  await Promise.all(Array.from({ length: certificateLimits.turnsAtOnce }, lane));
  signal.throwIfAborted();
}

/** A customer's names that are due, one after the other. */
async function takeTurn(
  services: CertificateServices,
  tenantId: TenantId,
  signal: AbortSignal,
  goesOn: () => boolean,
): Promise<void> {
  const { db, clock } = services;
  const at = new Date(clock.nowMs());
  for (const { name } of await db.tenant(tenantId, (tx) => selectDue(tx, at, certificateLimits.namesPerTurnMax)))
    if (goesOn()) await orderCertificate(services, tenantId, name, signal);
}
