import type { Logger, TenantId } from "@casaforte/kernel";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";

export type JobPayload = Readonly<Record<string, string | number | boolean | null>>;

export interface EnqueueOptions {
  /** A waiting job of the same task and key is replaced, not doubled. */
  readonly key?: string;
  /** Earliest start; now if absent. */
  readonly runAtMs?: number;
  /** A waiting job of the same key that is to start earlier keeps its time. */
  readonly keepsEarlier?: boolean;
  /** Tries in all, with exponential delay between them. Default 25 (about three days). */
  readonly attemptsMax?: number;
}

export interface JobContext {
  /** Whose work this is; null for the provider's own. */
  readonly tenantId: TenantId | null;
  /** From 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** A handler of one task: idempotent by key, since a job may run again after a crash. Throwing means: try again later. */
export interface JobHandler {
  readonly task: string;
  run(payload: JobPayload, context: JobContext): Promise<void>;
}

/** A recurring task of the provider: runs on one node at a time, about every `everyMs`, never twice at once. */
export interface JobSchedule {
  readonly task: string;
  readonly everyMs: number;
}

/** Work that must happen: enqueued in the same Tx as the change that asks for it. */
export interface Jobs {
  enqueue(tx: TenantTx | OperatorTx, task: string, payload: JobPayload, options?: EnqueueOptions): Promise<void>;
}
