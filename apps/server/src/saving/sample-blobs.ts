import type { BlobId, Random, TenantId } from "@casaforte/kernel";
import { listBlobs } from "@casaforte/modules/backup";
import { siteOfSpace } from "@casaforte/modules/spaces";
import { eachTenant } from "@casaforte/modules/tenancy";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Db, TenantTx } from "@casaforte/platform/db";
import type { DoctorFinding } from "../doctor/finding.ts";
import { namedMailBlobs } from "../doctor/mail-blobs.ts";
import type { Stores } from "../stores.ts";

interface Named {
  readonly tenantId: TenantId;
  readonly blobId: BlobId;
  readonly store: BlobStore;
}

/** Mail and backup blobs that rows of a tenant name. */
async function namedBy(tx: TenantTx, stores: Stores): Promise<Named[]> {
  const { tenantId } = tx;
  const named: Named[] = (await namedMailBlobs(tx)).map((blobId) => ({ tenantId, blobId, store: stores.mailBlobs }));
  for (const { blobId, spaceId } of await listBlobs(tx))
    named.push({ tenantId, blobId, store: stores.blobsOfSite(await siteOfSpace(tx, spaceId)) });
  return named;
}

/** Any `count` of `all`, each as likely as the others. */
function choose<Item>(all: Item[], count: number, random: Random): Item[] {
  const size = Math.min(count, all.length);
  for (let at = 0; at < size; at++) {
    const other = at + (Buffer.from(random.bytes(4)).readUInt32LE() % (all.length - at));
    [all[at], all[other]] = [all[other] as Item, all[at] as Item];
  }
  return all.slice(0, size);
}

/** Reads up to `perTenant` blobs of every tenant to the end: each is decrypted and every segment of it authenticated. */
export async function readSamples(
  db: Db,
  stores: Stores,
  { perTenant, random }: { readonly perTenant: number; readonly random: Random },
): Promise<{ readonly read: number; readonly findings: DoctorFinding[] }> {
  const findings: DoctorFinding[] = [];
  let read = 0;
  for await (const { tenantId } of eachTenant(db)) {
    const named = await db.tenant(tenantId, (tx) => namedBy(tx, stores), { readOnly: true });
    for (const { blobId, store } of choose(named, perTenant, random)) {
      try {
        for await (const _piece of store.read(tenantId, blobId));
        read++;
      } catch (error) {
        findings.push({
          where: `tenant ${tenantId}, blob ${blobId}`,
          what: `cannot be read from the copy: ${error instanceof Error ? error.message : String(error)}`,
          todo: "Save again to another disk, and find out what damaged this one.",
        });
      }
    }
  }
  return { read, findings };
}
