import { createHash } from "node:crypto";
import { type Actor, type Clock, Failure, type Id, newId, type Random, type ServiceId } from "@casaforte/kernel";
import {
  type Accepted,
  acceptDocuments,
  assertAccepted,
  type BillingUnit,
  type Offer,
  requireOffer,
} from "@casaforte/modules/catalogue";
import { unitEnd } from "@casaforte/modules/metering";
import type { TenantTx } from "@casaforte/platform/db";
import { insertOrder, selectOrder } from "./store.ts";

/** What somebody orders: an offer as it was read, at the price that was shown. */
export interface OrderedPlan {
  readonly sku: string;
  readonly skuVersion: number;
  readonly quantity: bigint;
  readonly unit: BillingUnit;
  /** Of one unit of quantity. */
  readonly priceMicros: bigint;
}

export interface OrderServices {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Writes the order down under its key. Null: go on. Else the service that the same order made before.
 * @throws conflict `orders.key_reused` when the key was another order's.
 */
export async function noteOrder(
  tx: TenantTx,
  actor: Actor,
  input: OrderedPlan & { readonly key: string; readonly kind: "create" | "change"; readonly serviceId: ServiceId },
  fingerprint: unknown,
  services: OrderServices,
): Promise<ServiceId | null> {
  const requestSha256 = createHash("sha256").update(JSON.stringify(fingerprint)).digest("hex");
  const isNew = await insertOrder(tx, {
    ...input,
    id: newId<Id<"Order">>(services.clock, services.random),
    requestSha256,
    actorId: "principalId" in actor ? actor.principalId : actor.kind === "system" ? actor.name : actor.kind,
    ip: "ip" in actor ? actor.ip : "",
    at: new Date(services.clock.nowMs()),
  });
  if (isNew) return null;
  const before = await selectOrder(tx, input.key);
  if (before === null || before.requestSha256 !== requestSha256)
    throw new Failure("conflict", "orders.key_reused", "this key was used for another order");
  return before.serviceId;
}

/**
 * The offer, if it is still as it was shown. @throws conflict `catalogue.offer_changed`, `orders.price_changed`,
 * invalid `orders.quantity`.
 */
export async function requireShownOffer(tx: TenantTx, plan: OrderedPlan, nowMs: number): Promise<Offer> {
  const offer = await requireOffer(tx, plan.sku, plan.skuVersion, nowMs);
  if (plan.quantity < 1n || plan.quantity > offer.quantityMax)
    throw new Failure("invalid", "orders.quantity", "this offer is not sold in that quantity", {
      details: { max: Number(offer.quantityMax) },
    });
  const price = offer.prices.find((each) => each.unit === plan.unit);
  if (price === undefined || price.now.priceMicros !== plan.priceMicros)
    throw new Failure("conflict", "orders.price_changed", "the price has changed; look at it again");
  return offer;
}

/** Records what was accepted with the order, then demands all of it (R6, R34). @throws as assertAccepted. */
export async function acceptForOrder(
  tx: TenantTx,
  actor: Actor,
  input: { readonly accepted: readonly Accepted[]; readonly offer: Offer; readonly siteId: string },
  services: OrderServices,
): Promise<void> {
  const nowMs = services.clock.nowMs();
  await acceptDocuments(tx, actor, { accepted: input.accepted, nowMs }, services);
  await assertAccepted(tx, { products: [input.offer.product], sites: [input.siteId] }, nowMs);
}

/** Of two plans of one mode the dearer ranks higher, so the price decides which is billed inside a started unit. */
export const rankOf = (plan: OrderedPlan): bigint => plan.priceMicros * plan.quantity;

/** When the unit that is running now ends. */
export const runningUnitEnd = (unit: BillingUnit, startedAtMs: number, nowMs: number): number => {
  if (unit === "month") return unitEnd("month", nowMs);
  const hours = Math.floor((nowMs - startedAtMs) / 3_600_000);
  return startedAtMs + (hours + 1) * 3_600_000;
};
