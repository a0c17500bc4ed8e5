import { assert, type Id, parseId, providerTenantId, type TenantId } from "@casaforte/kernel";
import type { JobPayload } from "@casaforte/platform/jobs";

/** Jobs of the provider carry no tenant; its mail lies in the provider's own. */
export const tenantOf = (tenantId: TenantId | null): TenantId => tenantId ?? providerTenantId;

/** An id out of a job's payload, which only this module writes. */
export function idOf<I extends Id<string>>(payload: JobPayload, name: string): I {
  const value = payload[name];
  assert(typeof value === "string", `the job carries ${name}`);
  return parseId<I>(value);
}
