import { stat } from "node:fs/promises";
import { Failure } from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";

/**
 * A store in a directory that may be away: opened at the first call that finds it. The directory must exist already, so
 * that copies are never written to the disk below a mount that is missing.
 * Each call @throws unavailable `site.replica_away` as long as it is not there.
 */
export function openedLater(directory: string, open: () => Promise<BlobStore>): BlobStore {
  let opened: Promise<BlobStore> | null = null;
  async function store(): Promise<BlobStore> {
    opened ??= openNow();
    try {
      return await opened;
    } catch (error) {
      opened = null;
      throw error;
    }
  }
  async function openNow(): Promise<BlobStore> {
    try {
      await stat(directory);
    } catch (cause) {
      throw new Failure("unavailable", "site.replica_away", `the second location ${directory} is not there`, { cause });
    }
    return open();
  }
  return {
    put: async (...args) => (await store()).put(...args),
    async *read(...args) {
      yield* (await store()).read(...args);
    },
    readAll: async (...args) => (await store()).readAll(...args),
    erase: async (...args) => (await store()).erase(...args),
    delete: async (...args) => (await store()).delete(...args),
    async *list(...args) {
      yield* (await store()).list(...args);
    },
  };
}
