import { stat } from "node:fs/promises";
import { Failure } from "@casaforte/kernel";
import type { BlobStore } from "@casaforte/platform/blobstore";

/**
 * A store in a directory that may be away: opened at the first call that finds it. The directory must exist at each call,
 * so that copies are never written to the disk below a mount that is missing, and what is away is never taken for gone.
 * Each call @throws unavailable `site.replica_away` as long as it is not there.
 */
export function openedLater(directory: string, open: () => Promise<BlobStore>): BlobStore {
  let opened: Promise<BlobStore> | null = null;
  async function store(): Promise<BlobStore> {
    await present();
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      opened = null;
      throw error;
    }
  }
  async function present(): Promise<void> {
    try {
      await stat(directory);
    } catch (cause) {
      throw new Failure("unavailable", "site.replica_away", `the second location ${directory} is not there`, { cause });
    }
  }
  /** A blob is missing only where the location itself is still there. */
  async function judged(error: unknown): Promise<never> {
    if (error instanceof Failure && error.kind === "not_found") await present();
    throw error;
  }
  return {
    put: async (...args) => (await store()).put(...args),
    async *read(...args) {
      try {
        yield* (await store()).read(...args);
      } catch (error) {
        await judged(error);
      }
    },
    readAll: async (...args) => (await store()).readAll(...args).catch(judged),
    erase: async (...args) => (await store()).erase(...args),
    delete: async (...args) => (await store()).delete(...args),
    async *list(...args) {
      yield* (await store()).list(...args);
    },
  };
}
