import type { Actor, DomainId, Logger, TenantId } from "@casaforte/kernel";
import { sweepTenants } from "@casaforte/modules/tenancy";
import type { Db } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import type { DnsLookups } from "./check-records.ts";
import { generateDkimKey, generateEd25519Key } from "./dkim-key.ts";
import { addDkimKey, settleDkimKeys } from "./dkim-keys.ts";
import { domainLimits } from "./limits.ts";
import { lookAtKeys } from "./look-at-keys.ts";
import { selectDkimKeys, selectDomainsToLookAt } from "./store-dkim.ts";
import type { DkimAlgorithm, DkimKey, DomainServices } from "./types.ts";

export interface DomainJobServices extends DomainServices {
  readonly db: Db;
  readonly logger: Logger;
  /** Null where no DNS is asked: then keys stay as they are. */
  readonly dns: Pick<DnsLookups, "resolveTxt"> | null;
}

const dkimTask = "domains.dkim";

export const jobSchedules: readonly JobSchedule[] = [{ task: dkimTask, everyMs: domainLimits.dkimLookMs }];

const actor: Actor = { kind: "system", name: "domains" };

/** Looks at the DNS of the domains whose keys wait, went missing or were not looked at for long, and moves the keys on. */
export function jobHandlers(services: DomainJobServices): readonly JobHandler[] {
  return [
    {
      task: dkimTask,
      async run(_payload, context) {
        const { db, clock, dns } = services;
        if (dns === null) return;
        await sweepTenants(db, context, async ({ tenantId }) => {
          const before = new Date(clock.nowMs() - domainLimits.dkimLookAgainMs);
          const ids = await db.tenant(tenantId, (tx) =>
            selectDomainsToLookAt(tx, before, domainLimits.domainsPerTenantMax),
          );
          for (const domainId of ids) {
            context.signal.throwIfAborted();
            await tend(services, dns, tenantId, domainId);
          }
        });
      },
    },
  ];
}

async function tend(
  services: DomainJobServices,
  dns: Pick<DnsLookups, "resolveTxt">,
  tenantId: TenantId,
  domainId: DomainId,
): Promise<void> {
  const { db, clock } = services;
  const keys = await db.tenant(tenantId, (tx) => selectDkimKeys(tx, domainId));
  const sightings = await lookAtKeys(dns, keys);
  const nowMs = clock.nowMs();
  const isDue = (algorithm: DkimAlgorithm) => needsKey(keys, algorithm, nowMs);
  const rsa = isDue("rsa") ? await generateDkimKey() : null;
  await db.tenant(tenantId, async (tx) => {
    await settleDkimKeys(tx, actor, { domainId, sightings }, services);
    const after = await selectDkimKeys(tx, domainId, true);
    if (rsa !== null && needsKey(after, "rsa", nowMs))
      await addDkimKey(tx, { id: domainId }, { algorithm: "rsa", pair: rsa }, services);
    if (needsKey(after, "ed25519", nowMs))
      await addDkimKey(tx, { id: domainId }, { algorithm: "ed25519", pair: generateEd25519Key() }, services);
  });
}

/** A domain has a key of each kind, and after a year of signing the next one waits. */
function needsKey(keys: readonly DkimKey[], algorithm: DkimAlgorithm, nowMs: number): boolean {
  const same = keys.filter((key) => key.algorithm === algorithm);
  if (same.some(({ state }) => state === "waiting")) return false;
  const signing = same.find(({ state }) => state === "signing");
  return !signing?.signingFrom || nowMs - signing.signingFrom.getTime() >= domainLimits.dkimRotateMs;
}
