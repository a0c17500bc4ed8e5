import type { DeviceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Policy } from "./policy.ts";
import { selectPolicies } from "./store.ts";

/** The policy that a device follows; null when it follows none. */
export async function policyOfDevice(tx: TenantTx, deviceId: DeviceId): Promise<Policy | null> {
  const [policy] = await selectPolicies(tx, { deviceId });
  return policy ?? null;
}
