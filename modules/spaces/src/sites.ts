import type { OperatorTx, Tx } from "@casaforte/platform/db";
import type { Site } from "./space.ts";
import { closeSitesExcept, selectSites, upsertSite } from "./store.ts";

/** A site as the configuration declares it. */
export interface SiteConfig {
  readonly id: string;
  readonly name: string;
  readonly country: string;
  readonly jurisdiction: { readonly it: string; readonly en: string };
  /** What may be sold there in all; null when nobody limits it. */
  readonly capacityBytes?: bigint | null;
  /** Its second location; null when there is none. */
  readonly replicaName?: string | null;
}

/** Brings the table of sites in line with the configuration. A site that is gone there is closed for new spaces. */
export async function syncSites(tx: OperatorTx, sites: readonly SiteConfig[], nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  for (const [position, site] of sites.entries())
    await upsertSite(
      tx,
      {
        id: site.id,
        name: site.name,
        country: site.country,
        jurisdictionIt: site.jurisdiction.it,
        jurisdictionEn: site.jurisdiction.en,
        capacityBytes: site.capacityBytes ?? null,
        replicaName: site.replicaName ?? null,
        position,
      },
      now,
    );
  await closeSitesExcept(
    tx,
    sites.map((site) => site.id),
    now,
  );
}

/** Every site, in the order of the configuration (R31). */
export const listSites = (tx: Tx): Promise<Site[]> => selectSites(tx);
