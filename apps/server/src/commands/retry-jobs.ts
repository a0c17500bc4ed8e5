import { openDb } from "@casaforte/platform/db";
import { retryFailed } from "@casaforte/platform/jobs";
import { openLogger } from "@casaforte/platform/telemetry";
import type { DatabaseUrls } from "../core.ts";

/** Gives every job that was given up all its tries again, unless a newer one of the same key waits. Returns how many. */
export async function retryFailedJobs(urls: DatabaseUrls, nowMs: number): Promise<number> {
  const db = openDb({ ...urls, logger: openLogger({ level: "error" }), operatorConnectionsMax: 1 });
  try {
    return await db.operator((tx) => retryFailed(tx, { task: null, nowMs }));
  } finally {
    await db.close();
  }
}
