import { Failure, type SiteId, type SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import {
  freeAddresses,
  insertAllocation,
  insertPlacement,
  markReleased,
  reserveOnHost,
  resizeOnHost,
  takeAddresses,
} from "./store.ts";

const noRoom = (siteId: SiteId | null, what: "bytes" | "addresses") =>
  new Failure("conflict", "placement.no_capacity", "no host of the site has room for that", {
    details: { ...(siteId === null ? {} : { siteId }), what },
  });

export interface PlaceSpace {
  readonly spaceId: SpaceId;
  readonly siteId: SiteId;
  /** Guaranteed, so taken whole (R5). */
  readonly bytes: bigint;
  readonly ipAddresses: number;
  readonly nowMs: number;
}

/**
 * Takes a new space's bytes on one host of its site, and its fixed addresses, exactly also among parallel orders (R2, R5).
 * Where the inventory lists no host, the site's own capacity is all there is. @throws conflict `placement.no_capacity`.
 */
export async function placeSpace(tx: TenantTx, input: PlaceSpace): Promise<void> {
  const { spaceId, siteId, bytes, ipAddresses } = input;
  const now = new Date(input.nowMs);
  const { host, managed } = await reserveOnHost(tx, siteId, bytes);
  if (host === null && managed) throw noRoom(siteId, "bytes");
  if (host !== null) await insertPlacement(tx, { spaceId, hostId: host, bytes, placedAt: now });
  if (ipAddresses === 0) return;
  const addresses = await takeAddresses(tx, siteId, ipAddresses);
  if (addresses.length < ipAddresses) throw noRoom(siteId, "addresses");
  for (const address of addresses) await insertAllocation(tx, spaceId, address, now);
}

/** Grows or shrinks a space on its host. @throws conflict `placement.no_capacity`. */
export async function resizeSpace(tx: TenantTx, spaceId: SpaceId, bytes: bigint): Promise<void> {
  if (!(await resizeOnHost(tx, spaceId, bytes))) throw noRoom(null, "bytes");
}

/** Gives a deleted space's room and addresses back. */
export async function releaseSpace(tx: TenantTx, spaceId: SpaceId, nowMs: number): Promise<void> {
  await resizeOnHost(tx, spaceId, 0n);
  await markReleased(tx, spaceId, new Date(nowMs));
  await freeAddresses(tx, spaceId, new Date(nowMs));
}
