import type { DeviceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { selectSizes } from "./store-usage.ts";

/**
 * What devices hold in one full state and what a run brings anew, all together, from their newest full and their last
 * increments; null while none has a full.
 */
export async function measureDevices(
  tx: TenantTx,
  deviceIds: readonly DeviceId[],
): Promise<{ readonly fullBytes: number; readonly changedBytes: number } | null> {
  const sizes = await selectSizes(tx, deviceIds);
  if (sizes.length === 0) return null;
  const sum = (pick: (size: { fullBytes: bigint; changedBytes: bigint }) => bigint) =>
    Number(sizes.reduce((total, size) => total + pick(size), 0n));
  return { fullBytes: sum((size) => size.fullBytes), changedBytes: sum((size) => size.changedBytes) };
}
