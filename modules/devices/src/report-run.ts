import type { DeviceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { DeviceRun } from "./device.ts";
import { insertRun, noteRun } from "./store.ts";

export interface ReportRunInput extends DeviceRun {
  readonly deviceId: DeviceId;
  readonly agentVersion: string;
  readonly osVersion: string | null;
  readonly nowMs: number;
}

/**
 * Notes how a run ended; the same run twice is one report, and false the second time. The time that counts is the vault's.
 */
export async function reportRun(
  tx: TenantTx,
  input: ReportRunInput,
  hint: (topic: string, payload?: string) => void,
): Promise<boolean> {
  const now = new Date(input.nowMs);
  if (!(await insertRun(tx, input.deviceId, input, input.agentVersion, now))) return false;
  await noteRun(tx, input.deviceId, input, now);
  tx.afterCommit(() => hint(`devices:${tx.tenantId}`, input.deviceId));
  return true;
}
