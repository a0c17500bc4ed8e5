import { isIP } from "node:net";
import { type Actor, Failure, type SiteId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { isViolation, type OperatorTx } from "@casaforte/platform/db";
import { placementLimits } from "./limits.ts";
import {
  type Host,
  type HostState,
  insertAddresses,
  insertHost,
  type NewHost,
  type SiteCapacity,
  selectCapacity,
  selectHosts,
  updateHost,
} from "./store.ts";

/** Notes a storage server. @throws conflict `placement.host_exists`, invalid `placement.site_unknown`. */
export async function addHost(tx: OperatorTx, actor: Actor, host: NewHost, nowMs: number): Promise<void> {
  try {
    await insertHost(tx, host, new Date(nowMs));
  } catch (error) {
    throw notThere(error, "placement_hosts_name_key");
  }
  await recordAudit(tx, actor, {
    action: "placement.host_added",
    object: { kind: "host", id: host.id },
    details: { name: host.name, site: host.siteId, capacityBytes: String(host.capacityBytes) },
  });
}

function notThere(error: unknown, unique?: string): unknown {
  if (unique !== undefined && isViolation(error, unique))
    return new Failure("conflict", "placement.host_exists", "another host has this name", { cause: error });
  if (isViolation(error))
    return new Failure("invalid", "placement.site_unknown", "there is no such site", { cause: error });
  return error;
}

/**
 * Drains, retires, brings back or resizes a host. Draining takes nothing new; only an empty host retires.
 * @throws not_found `placement.host_not_found`, conflict `placement.host_in_use`.
 */
export async function changeHost(
  tx: OperatorTx,
  actor: Actor,
  input: { readonly id: string; readonly state?: HostState; readonly capacityBytes?: bigint; readonly nowMs: number },
): Promise<void> {
  const host = (await selectHosts(tx)).find((each) => each.id === input.id);
  if (host === undefined) throw new Failure("not_found", "placement.host_not_found", "there is no such host");
  const next = { state: input.state ?? host.state, capacityBytes: input.capacityBytes ?? host.capacityBytes };
  const inUse = (cause?: unknown) =>
    new Failure("conflict", "placement.host_in_use", "the host holds more than that", { cause });
  try {
    if (!(await updateHost(tx, input.id, next, new Date(input.nowMs)))) throw inUse();
  } catch (error) {
    throw isViolation(error, "placement_not_oversold") ? inUse(error) : error;
  }
  await recordAudit(tx, actor, {
    action: "placement.host_changed",
    object: { kind: "host", id: input.id },
    details: {
      before: { state: host.state, capacityBytes: String(host.capacityBytes) },
      after: { state: next.state, capacityBytes: String(next.capacityBytes) },
    },
  });
}

/** Adds fixed addresses to a site's pool; those known stay where they are. Returns how many were new. @throws invalid `placement.address`. */
export async function addAddresses(
  tx: OperatorTx,
  actor: Actor,
  input: { readonly siteId: SiteId; readonly addresses: readonly string[]; readonly nowMs: number },
): Promise<number> {
  const wrong = input.addresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined || input.addresses.length > placementLimits.addressesPerCallMax)
    throw new Failure("invalid", "placement.address", "one line is not an IP address");
  let added: number;
  try {
    added = await insertAddresses(tx, input.siteId, input.addresses, new Date(input.nowMs));
  } catch (error) {
    throw notThere(error);
  }
  await recordAudit(tx, actor, {
    action: "placement.addresses_added",
    object: { kind: "site", id: input.siteId },
    details: { added },
  });
  return added;
}

export interface CapacityOutlook extends SiteCapacity {
  /** What can still be sold there; null when nothing limits it. */
  readonly freeBytes: bigint | null;
  /** At the pace of the last thirty days; null when it does not fill. */
  readonly fullInDays: number | null;
}

/** Room at each site and when it ends (O1, O3). */
export async function capacityOutlook(tx: OperatorTx, nowMs: number): Promise<CapacityOutlook[]> {
  const since = new Date(nowMs - placementLimits.outlookWindowMs);
  const days = BigInt(placementLimits.outlookWindowMs / 86_400_000);
  return (await selectCapacity(tx, since)).map((site) => {
    const limits = [
      ...(site.capacityBytes === null ? [] : [site.capacityBytes - site.guaranteedBytes]),
      ...(site.isManaged ? [site.hostCapacityBytes - site.hostAllocatedBytes] : []),
    ];
    const freeBytes = limits.length === 0 ? null : limits.reduce((least, each) => (each < least ? each : least));
    const { soldBytes } = site;
    // Where nothing can be sold nothing is: full is full, at whatever pace.
    const daysLeft = freeBytes === null || soldBytes <= 0n ? null : Number((freeBytes * days) / soldBytes);
    const fullInDays = freeBytes !== null && freeBytes <= 0n ? 0 : daysLeft;
    return { ...site, freeBytes, fullInDays };
  });
}

export const listHosts = (tx: OperatorTx): Promise<Host[]> => selectHosts(tx);
