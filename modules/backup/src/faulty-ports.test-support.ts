import type { BlobStore } from "@casaforte/platform/blobstore";
import type { Db } from "@casaforte/platform/db";

/** Decides which call fails: a `FaultPlan`, or one that fails again and again. */
export interface Faults {
  /** @throws Error on a chosen call. */
  pass(what: string): void;
}

/** Fails before a transaction, after its work and before its commit, or after its commit (a lost answer). */
export function faultyDb(db: Db, plan: Faults): Db {
  return {
    ...db,
    async tenant(tenantId, work, options) {
      const kind = options?.readOnly ? "reading" : "tenant";
      plan.pass(`${kind} transaction begins`);
      const result = await db.tenant(
        tenantId,
        async (tx) => {
          const value = await work(tx);
          plan.pass(`${kind} transaction is about to commit`);
          return value;
        },
        options,
      );
      plan.pass(`${kind} transaction has committed`);
      return result;
    },
    async lookup(work, options) {
      plan.pass("look-up");
      return db.lookup(work, options);
    },
  };
}

/** Fails before a blob is stored or after it (a lost answer), before it is read, before it is deleted. */
export function faultyBlobs(blobs: BlobStore, plan: Faults): BlobStore {
  return {
    ...blobs,
    async put(tenantId, source, options) {
      plan.pass("blob put begins");
      const stored = await blobs.put(tenantId, source, options);
      plan.pass("blob is stored");
      return stored;
    },
    async *read(tenantId, id, range, options) {
      plan.pass("blob read");
      yield* blobs.read(tenantId, id, range, options);
    },
    async readAll(tenantId, id, options) {
      plan.pass("blob read");
      return blobs.readAll(tenantId, id, options);
    },
    async delete(tenantId, id) {
      plan.pass("blob delete");
      await blobs.delete(tenantId, id);
    },
  };
}
