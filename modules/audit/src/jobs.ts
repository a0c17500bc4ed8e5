import type { KeyObject } from "node:crypto";
import type { Clock, Logger } from "@casaforte/kernel";
import type { AppendFile } from "@casaforte/platform/append-file";
import type { Db } from "@casaforte/platform/db";
import type { JobHandler, JobSchedule } from "@casaforte/platform/jobs";
import { anchorHeads } from "./anchor.ts";
import { auditLimits } from "./limits.ts";
import { chainPending } from "./store.ts";

export interface AuditJobServices {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where signed heads go; absent only where there is nothing to prove to anybody, such as a demonstration. */
  readonly anchor?: { readonly file: AppendFile; readonly privateKey: KeyObject };
}

export const jobSchedules: readonly JobSchedule[] = [
  { task: "audit.chain", everyMs: auditLimits.chainEveryMs },
  { task: "audit.anchor", everyMs: auditLimits.anchorEveryMs },
];

/** Chains whatever waits, batch by batch. Returns how many entries. For the job, and for tests that verify. */
export async function chainAudit(db: Db, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (;;) {
    signal?.throwIfAborted();
    const done = await db.lookup((tx) => chainPending(tx, auditLimits.chainBatch));
    total += done;
    if (done < auditLimits.chainBatch) return total;
  }
}

/** `audit.chain` each second; `audit.anchor` each hour, and also after every thousand entries chained. */
export function jobHandlers(services: AuditJobServices): readonly JobHandler[] {
  const { db, clock, anchor, logger } = services;
  let sinceAnchor = 0;
  async function anchorNow(): Promise<void> {
    sinceAnchor = 0;
    if (anchor === undefined) return;
    const heads = await anchorHeads({ db, clock, ...anchor });
    if (heads > 0) logger.info("audit.anchored", { heads });
  }
  return [
    {
      task: "audit.chain",
      async run(_payload, { signal }) {
        sinceAnchor += await chainAudit(db, signal);
        if (sinceAnchor >= auditLimits.anchorAfterEntries) await anchorNow();
      },
    },
    { task: "audit.anchor", run: anchorNow },
  ];
}
