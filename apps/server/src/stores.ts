import { access } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, Failure, providerTenantId, type Random } from "@casaforte/kernel";
import {
  type BlobStore,
  cachedBlobStore,
  openDirectoryBlobStore,
  openTenantKeys,
  type TenantKeys,
} from "@casaforte/platform/blobstore";
import type { Config } from "@casaforte/platform/config";
import { deriveKey, readMasterKeys } from "./keys.ts";
import { openedLater } from "./open-later.ts";

/** Keys and blobs: everything stored that is not in the database. */
export interface Stores {
  readonly tenantKeys: TenantKeys;
  /** Stored mail, at the first site (R33). */
  readonly mailBlobs: BlobStore;
  /** Archives that customers take away, at the first site. */
  readonly archives: BlobStore;
  /** Every store there is, by the name that a deletion certificate gives it. */
  readonly holdings: readonly { readonly name: string; readonly store: BlobStore }[];
  /** Parts of backups of that site; they never leave it (R32). @throws unavailable `site.not_here`. */
  blobsOfSite(siteId: string): BlobStore;
  /** Copies of backups at the site's second location. @throws unavailable `site.no_second_location`. */
  replicasOfSite(siteId: string): BlobStore;
  /**
   * The program's own key for one purpose. It comes from the provider's tenant key, which a new master key wraps anew and
   * does not change: so nothing that was sealed or signed is lost when the master key is changed.
   */
  secret(purpose: string): Uint8Array;
}

/** Mail read again soon after it came: plain bytes of small messages, in memory, in each process. */
const mailCache = { bytesMax: 48 * 1024 * 1024, blobBytesMax: 256 * 1024, ageMsMax: 15 * 60_000 } as const;

/** Opens them. @throws precondition `keys.unreadable`, `keys.foreign`. */
export async function openStores(config: Config, clock: Clock, random: Random): Promise<Stores> {
  const [newest, ...older] = await readMasterKeys(config);
  if (!newest) throw new Failure("precondition", "keys.unreadable", "no master key is configured");
  const tenantKeys = await openTenantKeys(tenantKeyDirectory(config), [newest, ...older], random);
  const providerKey = await tenantKeys.keyOf(providerTenantId).catch((cause) => {
    throw new Failure(
      "precondition",
      "keys.foreign",
      `no configured master key opens the keys in ${tenantKeyDirectory(config)}: list the one that wrapped them too (masterKeys, newest first)`,
      { cause },
    );
  });
  const open = (directory: string, packs = false) =>
    openDirectoryBlobStore({ directory, keys: tenantKeys, clock, random, packs });
  const sites = new Map<string, BlobStore>();
  const replicas = new Map<string, BlobStore>();
  for (const site of config.sites) {
    sites.set(site.id, await open(join(site.blobs, "backup")));
    // A second location that is away must not keep the first from its work: it is opened when it is needed.
    if (!site.replica) continue;
    const { blobs } = site.replica;
    replicas.set(
      site.id,
      openedLater(blobs, () => open(join(blobs, "backup-replica"))),
    );
  }
  const stored = await open(join(config.sites[0]?.blobs ?? config.data, "mail"), true);
  const mailBlobs = cachedBlobStore(stored, { clock, ...mailCache });
  const archives = await open(join(config.sites[0]?.blobs ?? config.data, "archives"));
  const holdings = [
    { name: "mail", store: mailBlobs },
    { name: "archives", store: archives },
    ...[...sites].map(([site, store]) => ({ name: `backups at ${site}`, store })),
    ...[...replicas].map(([site, store]) => ({ name: `copies of backups at ${site}, second location`, store })),
  ];
  return {
    tenantKeys,
    mailBlobs,
    archives,
    holdings,
    blobsOfSite(siteId) {
      const store = sites.get(siteId);
      if (!store)
        throw new Failure("unavailable", "site.not_here", `site ${siteId} is not in this process's configuration`);
      return store;
    },
    replicasOfSite(siteId) {
      const store = replicas.get(siteId);
      if (!store) throw new Failure("unavailable", "site.no_second_location", `site ${siteId} has no second location`);
      return store;
    },
    secret: (purpose) => deriveKey(providerKey, purpose),
  };
}

/** Whether the data directory holds the provider's key, and so the others'. */
export const hasKeys = (config: Config): Promise<boolean> =>
  access(join(tenantKeyDirectory(config), `${providerTenantId}.key`)).then(
    () => true,
    () => false,
  );

/** Where the tenants' wrapped keys lie: to be saved together with the database and the blobs. */
export const tenantKeyDirectory = (config: Pick<Config, "data">): string => join(config.data, "keys", "tenants");
