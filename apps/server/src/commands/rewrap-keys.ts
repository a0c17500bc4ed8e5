import { openTenantKeys } from "@casaforte/platform/blobstore";
import type { Config } from "@casaforte/platform/config";
import { systemRandom } from "@casaforte/platform/telemetry";
import { readMasterKeys } from "../keys.ts";
import { tenantKeyDirectory } from "../stores.ts";

/** Wraps every tenant's key under the newest master key; may run beside the program. Returns how many were older. */
export async function rewrapKeys(config: Config): Promise<number> {
  const keys = await openTenantKeys(tenantKeyDirectory(config), await readMasterKeys(config), systemRandom);
  return keys.rewrap();
}
