import { Failure, type SpaceId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Space } from "./space.ts";
import { selectSpace, selectSpaces, selectThresholdTimes } from "./store.ts";

/** A space of this tenant. @throws not_found `spaces.not_found`, also when it was deleted. */
export async function requireSpace(
  tx: TenantTx,
  id: SpaceId,
  options: { readonly lock?: boolean } = {},
): Promise<Space> {
  const space = await selectSpace(tx, id, options.lock ?? false);
  if (space === null || space.state === "deleted")
    throw new Failure("not_found", "spaces.not_found", "there is no such space");
  return space;
}

/** Where a space lies, even after it was deleted: its blobs outlive it by the grace. */
export async function siteOfSpace(tx: TenantTx, id: SpaceId): Promise<Space["siteId"]> {
  const space = await selectSpace(tx, id);
  if (space === null) throw new Failure("not_found", "spaces.not_found", "there is no such space");
  return space.siteId;
}

/** When each space reached the threshold that it stands at (R95). */
export const thresholdTimes = async (tx: TenantTx): Promise<ReadonlyMap<SpaceId, Date>> =>
  new Map((await selectThresholdTimes(tx)).map(({ id, at }) => [id, at]));

/** Every space that is not deleted, oldest first. */
export const listSpaces = (tx: TenantTx): Promise<Space[]> => selectSpaces(tx);
