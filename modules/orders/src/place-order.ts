import { type Actor, Failure, newId, type ServiceId, type SiteId, type SpaceId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { type Accepted, listOffers, type Offer } from "@casaforte/modules/catalogue";
import { assertCapable } from "@casaforte/modules/measures";
import { appendUsage } from "@casaforte/modules/metering";
import { placeSpace, siteFits } from "@casaforte/modules/placement";
import { createSpace, listSites, type ReplicaPlan } from "@casaforte/modules/spaces";
import { isViolation, type TenantTx } from "@casaforte/platform/db";
import { acceptForOrder, noteOrder, type OrderedPlan, rankOf, requireShownOffer } from "./order-request.ts";
import { planOf, type Service } from "./service.ts";
import type { OrderingServices } from "./services.ts";
import { insertAlert, insertService, lockMailPlan, selectService } from "./store.ts";

export interface PlaceOrder extends OrderedPlan {
  /** Said twice, the order is carried out once. */
  readonly key: string;
  /** For a space: chosen by the customer, no default (R31). Mail has none (R33). */
  readonly siteId: SiteId | null;
  readonly label: string;
  readonly lockDays?: number;
  readonly accepted: readonly Accepted[];
}

/**
 * Orders a space or mail, all in one transaction: acceptance, room, addresses, the space, the start of metering.
 * @throws invalid `orders.site_missing`, `orders.site_mismatch`, `catalogue.acceptance_missing`; conflict
 * `orders.no_capacity` (by `withAlternatives`), `orders.has_mail` and those of the modules it uses.
 */
export async function placeOrder(
  tx: TenantTx,
  actor: Actor,
  input: PlaceOrder,
  services: OrderingServices,
): Promise<Service> {
  const { clock, random } = services;
  const nowMs = clock.nowMs();
  const serviceId = newId<ServiceId>(clock, random);
  const { accepted: _, ...asked } = input;
  const fingerprint = { ...asked, quantity: String(input.quantity), priceMicros: String(input.priceMicros) };
  const before = await noteOrder(tx, actor, { ...input, kind: "create", serviceId }, fingerprint, services);
  if (before !== null) return requireService(tx, before);
  const offer = await requireShownOffer(tx, input, nowMs);
  await assertCapable(tx, `${offer.product}.new`);
  const siteId = siteOf(offer, input.siteId, services);
  await acceptForOrder(tx, actor, { accepted: input.accepted, offer, siteId }, services);
  const subjectId = offer.product === "mail" ? (serviceId as string) : newId<SpaceId>(clock, random);
  const service: Service = {
    id: serviceId,
    product: offer.product,
    sku: offer.sku,
    skuVersion: offer.version,
    quantity: input.quantity,
    unit: input.unit,
    rank: rankOf(input),
    siteId,
    subjectId,
    label: input.label,
    state: "active",
    startedAt: new Date(nowMs),
    endedAt: null,
  };
  if (offer.product === "backup") await makeSpace(tx, actor, service, offer, input.lockDays, nowMs);
  try {
    await insertService(tx, service);
  } catch (error) {
    if (isViolation(error, "orders_services_one_mail"))
      throw new Failure("conflict", "orders.has_mail", "mail was ordered before", { cause: error });
    throw error;
  }
  if (offer.product === "mail") {
    await lockMailPlan(tx, "alone");
    await services.mailPlanChanged(tx, planOf(service), serviceId);
  }
  await recordAudit(tx, actor, {
    action: "orders.placed",
    object: { kind: "service", id: serviceId },
    details: {
      sku: offer.sku,
      version: offer.version,
      quantity: String(input.quantity),
      unit: input.unit,
      priceMicros: String(input.priceMicros),
      site: siteId,
    },
  });
  return service;
}

async function makeSpace(
  tx: TenantTx,
  actor: Actor,
  service: Service,
  offer: Offer,
  lockDays: number | undefined,
  nowMs: number,
): Promise<void> {
  const id = service.subjectId as SpaceId;
  const quotaBytes = (offer.capacityBytes ?? 0n) * service.quantity;
  await createSpace(tx, actor, {
    id,
    siteId: service.siteId,
    name: service.label,
    quotaBytes,
    bandwidthBytesPerSecond: offer.bandwidthBytesPerSecond,
    replicaPlan: replicaPlanOf(offer),
    ...(lockDays === undefined ? {} : { lockDays }),
    nowMs,
  });
  const { siteId } = service;
  await placeSpace(tx, { spaceId: id, siteId, bytes: quotaBytes, ipAddresses: offer.ipAddresses, nowMs });
  await appendUsage(tx, {
    meter: "space",
    source: "orders",
    eventId: `${service.id}/started`,
    subjectId: id,
    kind: "started",
    plan: planOf(service),
    atMs: nowMs,
    nowMs,
  });
}

/** The copies that an offer names; one that this program cannot make is none. */
export const replicaPlanOf = (offer: Pick<Offer, "replicaPlan">): ReplicaPlan =>
  offer.replicaPlan === "second_location" ? "second_location" : "none";

/** The customer's choice for a space, the provider's rule for mail (R31, R33). */
function siteOf(offer: Offer, chosen: SiteId | null, services: OrderingServices): SiteId {
  if (offer.product === "mail") return services.mailSite;
  if (chosen === null) throw new Failure("invalid", "orders.site_missing", "choose the site");
  if (chosen !== offer.siteId)
    throw new Failure("invalid", "orders.site_mismatch", "this offer is sold at another site");
  return chosen;
}

/** A service of this tenant. @throws not_found `orders.not_found`. */
export async function requireService(tx: TenantTx, id: ServiceId): Promise<Service> {
  const service = await selectService(tx, id);
  if (service === null) throw new Failure("not_found", "orders.not_found", "there is no such service");
  return service;
}

const isNoCapacity = (error: unknown): boolean =>
  error instanceof Failure && (error.code === "spaces.no_capacity" || error.code === "placement.no_capacity");

/**
 * Runs an order in a transaction of its own. Where the site has no room the operators are told, in a transaction that
 * lasts, and the customer hears where there is (R8): `orders.no_capacity` with the offers that fit, by comma.
 */
export async function withAlternatives<T>(
  services: OrderingServices,
  tenantId: TenantTx["tenantId"],
  plan: Pick<OrderedPlan, "sku" | "quantity">,
  order: (tx: TenantTx) => Promise<T>,
): Promise<T> {
  const { db, clock, logger } = services;
  try {
    return await db.tenant(tenantId, order);
  } catch (error) {
    if (!isNoCapacity(error)) throw error;
    const nowMs = clock.nowMs();
    const { siteId, others } = await db.apart(tenantId, async (tx) => {
      const offers = (await listOffers(tx, nowMs)).filter((offer) => offer.product === "backup");
      const wanted = offers.find((offer) => offer.sku === plan.sku);
      const bytes = (wanted?.capacityBytes ?? 0n) * plan.quantity;
      const site = wanted?.siteId ?? "";
      await insertAlert(tx, { at: new Date(nowMs), siteId: site, sku: plan.sku, bytes });
      return { siteId: site, others: await fitting(tx, offers, plan.sku, bytes) };
    });
    logger.warn("orders.no_capacity", { siteId, sku: plan.sku, tenant: tenantId });
    throw new Failure("conflict", "orders.no_capacity", "the site has no room for that", {
      cause: error,
      details: { siteId, alternatives: others.map((offer) => offer.sku).join(","), count: others.length },
    });
  }
}

/** Offers elsewhere that would take at least as much. */
async function fitting(tx: TenantTx, offers: readonly Offer[], sku: string, bytes: bigint): Promise<Offer[]> {
  const sites = await listSites(tx);
  const found: Offer[] = [];
  for (const offer of offers) {
    if (offer.sku === sku || offer.siteId === null || offer.capacityBytes === null) continue;
    const quantity = (bytes + offer.capacityBytes - 1n) / offer.capacityBytes;
    const needed = offer.capacityBytes * quantity;
    const site = sites.find((each) => each.id === offer.siteId);
    const hasRoom = site?.open && (site.capacityBytes === null || site.guaranteedBytes + needed <= site.capacityBytes);
    if (!hasRoom || quantity > offer.quantityMax) continue;
    if (await siteFits(tx, site.id, needed, offer.ipAddresses)) found.push(offer);
  }
  return found;
}
