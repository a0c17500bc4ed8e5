import type { BlobId, TenantId } from "@casaforte/kernel";
import { listSpaces, type Space, siteOfSpace } from "@casaforte/modules/spaces";
import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Invariant, TenantTx } from "@casaforte/platform/db";
import type { BackupServices } from "./services.ts";
import {
  type SpaceSum,
  selectBrokenChains,
  selectDeadButNamed,
  selectExtentsBeyondParts,
  selectFilesWithoutPoint,
  selectShortLocks,
  selectUncoveredFiles,
  selectWrongUpload,
  sumMetadata,
  sumPending,
  sumUsage,
  sumUsed,
} from "./store-invariants.ts";
import { selectAllBlobs } from "./store-points.ts";
import { selectStoredReplicas } from "./store-replicas.ts";

function counter(
  name: string,
  kept: (space: Space) => bigint,
  sum: (tx: TenantTx) => Promise<readonly SpaceSum[]>,
): Invariant {
  return {
    name,
    async check(tx) {
      const counted = new Map((await sum(tx)).map((row) => [row.spaceId, row.bytes]));
      const findings: string[] = [];
      for (const space of await listSpaces(tx)) {
        const bytes = counted.get(space.id) ?? 0n;
        counted.delete(space.id);
        if (bytes !== kept(space)) findings.push(`space ${space.id} says ${kept(space)} bytes, its rows say ${bytes}`);
      }
      for (const [id, bytes] of counted)
        if (bytes !== 0n) findings.push(`deleted space ${id} still holds ${bytes} bytes`);
      return findings;
    },
  };
}
const list = (name: string, claim: string, select: (tx: TenantTx) => Promise<string[]>): Invariant => ({
  name,
  check: async (tx) => (await select(tx)).map((id) => `${id}: ${claim}`),
});

/** What must hold of every tenant's backups, whatever failed before. */
export const invariants: readonly Invariant[] = [
  counter("backup.used_is_needed_parts", (space) => space.usedBytes, sumUsed),
  counter("backup.pending_is_open_parts", (space) => space.pendingBytes, sumPending),
  counter("backup.usage_adds_up", (space) => space.usedBytes, sumUsage),
  {
    name: "backup.metadata_is_objects",
    async check(tx) {
      // Of a deleted space the chains' objects are still kept, so only those that live are compared.
      const counted = new Map((await sumMetadata(tx)).map((row) => [row.spaceId, row.bytes]));
      return (await listSpaces(tx))
        .filter((space) => (counted.get(space.id) ?? 0n) !== space.metadataBytes)
        .map((space) => `space ${space.id} says ${space.metadataBytes} bytes of metadata, its rows say otherwise`);
    },
  },
  {
    name: "backup.upload_counts_its_parts",
    check: async (tx) =>
      (await selectWrongUpload(tx)).map(
        (row) => `upload ${row.id} says ${row.kept} bytes, its parts say ${row.counted}`,
      ),
  },
  list("backup.files_are_covered", "the extents do not cover the file exactly", selectUncoveredFiles),
  list("backup.extents_fit_parts", "an extent reaches beyond its part", selectExtentsBeyondParts),
  list("backup.file_has_its_point", "file and point disagree", selectFilesWithoutPoint),
  list("backup.chains_are_whole", "a live increment has lost its parent", selectBrokenChains),
  list("backup.locks_cover_ancestors", "a point is free before one that needs it", selectShortLocks),
  list("backup.dead_blobs_are_unnamed", "a blob is to be deleted although a row names it", selectDeadButNamed),
];

async function idsIn(store: BlobStore, tenantId: TenantId): Promise<Set<BlobId>> {
  const ids = new Set<BlobId>();
  for await (const { id } of store.list(tenantId)) ids.add(id);
  return ids;
}

/**
 * Every blob that a row names is in its site's store, and each copy at the second location if there is a way to those.
 * Reads the stores' listings; for tests and `casaforte doctor`.
 */
export function blobInvariant(
  services: Pick<BackupServices, "blobStoreFor"> & Partial<Pick<BackupServices, "replicaStoreFor">>,
): Invariant {
  return {
    name: "backup.every_row_has_its_blob",
    async check(tx) {
      const findings: string[] = [];
      const places = [
        { named: await selectAllBlobs(tx), storeOf: services.blobStoreFor, where: "" },
        ...(services.replicaStoreFor
          ? [
              {
                named: await selectStoredReplicas(tx),
                storeOf: services.replicaStoreFor,
                where: "the second location of ",
              },
            ]
          : []),
      ];
      for (const { named, storeOf, where } of places) {
        const stored = new Map<string, Set<BlobId>>();
        for (const { blobId, spaceId } of named) {
          const siteId = await siteOfSpace(tx, spaceId);
          const ids = stored.get(siteId) ?? (await idsIn(storeOf(siteId), tx.tenantId));
          stored.set(siteId, ids);
          if (!ids.has(blobId)) findings.push(`blob ${blobId} is named by a row and missing at ${where}site ${siteId}`);
        }
      }
      return findings;
    },
  };
}
