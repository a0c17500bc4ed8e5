import { Failure } from "@casaforte/kernel";
import { listOffers } from "@casaforte/modules/catalogue";
import type { TenantTx } from "@casaforte/platform/db";
import { selectActiveService } from "./store.ts";

/**
 * Where backup is on sale, a space comes by an order and changes its size by one. @throws precondition `orders.needed`.
 * A provider that sells nothing (yet) makes spaces without.
 */
export async function assertNoOrderNeeded(tx: TenantTx, nowMs: number, spaceId?: string): Promise<void> {
  const isSold = (await listOffers(tx, nowMs)).some((offer) => offer.product === "backup");
  const isOrdered = spaceId !== undefined && (await selectActiveService(tx, spaceId)) !== null;
  if (spaceId === undefined ? isSold : isOrdered)
    throw new Failure("precondition", "orders.needed", "order a plan; its size and price are agreed there");
}
