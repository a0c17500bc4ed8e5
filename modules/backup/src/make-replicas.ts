import { type BlobId, Failure, type SpaceId, type TenantId } from "@casaforte/kernel";
import { listSpaces, requireSpace, siteOfSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { backupLimits } from "./limits.ts";
import { mendFirst } from "./mend-blob.ts";
import { replicaTask } from "./replica-tasks.ts";
import type { FileId } from "./rows.ts";
import type { BackupServices } from "./services.ts";
import { markPartDamaged } from "./store-collect.ts";
import {
  insertMissingReplicas,
  insertReplica,
  insertReplicasOfFile,
  markReplicaStored,
  type ReplicaRow,
  selectReplicaWork,
} from "./store-replicas.ts";

/** In the transaction that commits a file: its copies are wanted, and a job that makes them is enqueued. */
export async function wantReplicas(
  tx: TenantTx,
  input: { readonly spaceId: SpaceId; readonly fileId: FileId; readonly nowMs: number },
  { jobs }: Pick<BackupServices, "jobs">,
): Promise<void> {
  if ((await requireSpace(tx, input.spaceId)).replicaPlan === "none") return;
  await insertReplicasOfFile(tx, input.fileId, new Date(input.nowMs));
  await jobs.enqueue(tx, replicaTask, {}, { key: "replicas" });
}

/** Likewise for a chain's keyring or VBM. */
export async function wantReplica(
  tx: TenantTx,
  input: Pick<ReplicaRow, "blobId" | "spaceId" | "length" | "sha256"> & { readonly nowMs: number },
  { jobs }: Pick<BackupServices, "jobs">,
): Promise<void> {
  if ((await requireSpace(tx, input.spaceId)).replicaPlan === "none") return;
  await insertReplica(tx, input, new Date(input.nowMs));
  await jobs.enqueue(tx, replicaTask, {}, { key: "replicas" });
}

/** How much one run did. */
export interface ReplicaReport {
  readonly made: number;
  readonly mended: number;
  /** The first was damaged and there was no copy to mend it from. */
  readonly lost: number;
}

/**
 * Makes every wanted copy of one tenant, and writes firsts that failed a check anew. Blob, then row: a copy counts once
 * it is durable and hashes to what the first was sent as. Cut anywhere and run again it goes on where it was; a copy
 * without its row is rubbish that the orphan sweep takes. @throws unavailable when the second location is away.
 */
export async function makeReplicas(
  services: BackupServices,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<ReplicaReport> {
  const { db, clock } = services;
  await db.tenant(tenantId, async (tx) => {
    const spaces = (await listSpaces(tx)).filter(({ replicaPlan }) => replicaPlan === "second_location");
    await insertMissingReplicas(
      tx,
      spaces.map(({ id }) => id),
      new Date(clock.nowMs()),
    );
  });
  const report = { made: 0, mended: 0, lost: 0 };
  let after: BlobId | null = null;
  for (;;) {
    const at: BlobId | null = after;
    const rows: ReplicaRow[] = await db.tenant(
      tenantId,
      (tx) => selectReplicaWork(tx, at, backupLimits.collectPageSize),
      {
        readOnly: true,
      },
    );
    for (const row of rows) {
      signal.throwIfAborted();
      const outcome =
        row.replicaBlobId === null
          ? await makeOne(services, tenantId, row, signal)
          : await mendFirst(services, tenantId, row, signal);
      if (outcome !== "needless") report[outcome]++;
    }
    after = rows.at(-1)?.blobId ?? null;
    if (rows.length < backupLimits.collectPageSize) return report;
  }
}

async function makeOne(
  services: BackupServices,
  tenantId: TenantId,
  row: ReplicaRow,
  signal: AbortSignal,
): Promise<"made" | "lost" | "needless"> {
  const { db, clock } = services;
  const siteId = await db.tenant(tenantId, (tx) => siteOfSpace(tx, row.spaceId), { readOnly: true });
  const target = services.replicaStoreFor(siteId);
  const source = services.blobStoreFor(siteId).read(tenantId, row.blobId, undefined, { signal });
  let copy: BlobId | null = null;
  try {
    const stored = await target.put(tenantId, source, { signal });
    copy = stored.id;
    if (!row.sha256.equals(stored.sha256)) throw new Failure("corrupt", "blob.corrupt", "the first copy has changed");
  } catch (error) {
    if (copy !== null) await target.delete(tenantId, copy);
    if (!(error instanceof Failure) || (error.kind !== "corrupt" && error.kind !== "not_found")) throw error;
    return await lostFirst(services, tenantId, row, error);
  }
  const made = copy;
  const wanted = await db.tenant(tenantId, (tx) => markReplicaStored(tx, row.blobId, made, new Date(clock.nowMs())));
  if (wanted) return "made";
  await target.delete(tenantId, made);
  return "needless";
}

/** The first is bad and there is no copy yet: the points that need it are told so. */
async function lostFirst(
  services: BackupServices,
  tenantId: TenantId,
  row: ReplicaRow,
  error: Failure,
): Promise<"lost" | "needless"> {
  const { db, clock, logger, bus } = services;
  const { partId } = row;
  if (partId === null && error.kind === "not_found") return "needless";
  logger.error("backup.part_damaged", error, { part: partId, blob: row.blobId });
  if (partId === null) return "lost";
  await db.tenant(tenantId, (tx) => markPartDamaged(tx, { id: partId, blobId: row.blobId }, new Date(clock.nowMs())));
  bus.publish(`points:${tenantId}`);
  return "lost";
}
