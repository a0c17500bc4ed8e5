import { type Actor, Failure, type ServiceId, type SpaceId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { Accepted } from "@casaforte/modules/catalogue";
import { assertCapable } from "@casaforte/modules/measures";
import { appendUsage, type UsagePlan } from "@casaforte/modules/metering";
import { releaseSpace, resizeSpace } from "@casaforte/modules/placement";
import { changeSpace, type ReplicaPlan, requireSpace } from "@casaforte/modules/spaces";
import type { TenantTx } from "@casaforte/platform/db";
import { acceptForOrder, noteOrder, type OrderedPlan, rankOf, requireShownOffer } from "./order-request.ts";
import { replicaPlanOf, requireService } from "./place-order.ts";
import { planOf, type Service } from "./service.ts";
import type { OrderingServices } from "./services.ts";
import {
  lockMailPlan,
  markEnded,
  selectActiveService,
  selectMailService,
  selectServices,
  updatePlan,
} from "./store.ts";

export interface ChangeService extends OrderedPlan {
  readonly key: string;
  readonly serviceId: ServiceId;
  readonly accepted: readonly Accepted[];
}

/**
 * Changes plan, size or billing mode. The new size holds at once; inside a started unit the dearer plan is billed, and
 * another mode begins when the paid unit is over, so it cannot come together with more room (R38).
 * @throws invalid `orders.site_fixed` (R32), `orders.mode_grows`, conflict `orders.ended`,
 * forbidden `measures.manage_off` (R64), and those of placing an order.
 */
export async function changeService(
  tx: TenantTx,
  actor: Actor,
  input: ChangeService,
  services: OrderingServices,
): Promise<Service> {
  const nowMs = services.clock.nowMs();
  const { accepted: _, ...asked } = input;
  const fingerprint = { ...asked, quantity: String(input.quantity), priceMicros: String(input.priceMicros) };
  const before = await noteOrder(tx, actor, { ...input, kind: "change" }, fingerprint, services);
  const service = await requireService(tx, input.serviceId);
  if (before !== null) return service;
  if (service.state === "ended") throw new Failure("conflict", "orders.ended", "this service has ended");
  await assertCapable(tx, `${service.product}.manage`);
  const offer = await requireShownOffer(tx, input, nowMs);
  if (offer.product !== service.product || (offer.siteId !== null && offer.siteId !== service.siteId))
    throw new Failure("invalid", "orders.site_fixed", "data stay at the site where they are");
  await acceptForOrder(tx, actor, { accepted: input.accepted, offer, siteId: service.siteId }, services);
  const next: Service = {
    ...service,
    sku: offer.sku,
    skuVersion: offer.version,
    quantity: input.quantity,
    unit: input.unit,
    rank: rankOf(input),
  };
  if (offer.product === "backup") {
    const id = service.subjectId as SpaceId;
    const quotaBytes = (offer.capacityBytes ?? 0n) * input.quantity;
    const { before: sizeBefore } = await resize(tx, actor, {
      id,
      quotaBytes,
      bandwidth: offer.bandwidthBytesPerSecond,
      replicaPlan: replicaPlanOf(offer),
      nowMs,
    });
    if (next.unit !== service.unit && quotaBytes > sizeBefore)
      throw new Failure("invalid", "orders.mode_grows", "change the size or the billing mode, one after the other");
    await meterSpace(tx, service.subjectId, { kind: "changed", plan: planOf(next) }, `${input.key}/changed`, nowMs);
  } else {
    await lockMailPlan(tx, "alone");
    await services.mailPlanChanged(tx, planOf(next), input.key);
  }
  await updatePlan(tx, next);
  await recordAudit(tx, actor, {
    action: "orders.changed",
    object: { kind: "service", id: service.id },
    details: { before: summary(service), after: summary(next) },
  });
  return next;
}

const summary = (service: Service) => ({
  sku: service.sku,
  version: service.skuVersion,
  quantity: String(service.quantity),
  unit: service.unit,
});

async function resize(
  tx: TenantTx,
  actor: Actor,
  input: {
    readonly id: SpaceId;
    readonly quotaBytes: bigint;
    readonly bandwidth: bigint | null;
    readonly replicaPlan: ReplicaPlan;
    readonly nowMs: number;
  },
): Promise<{ before: bigint }> {
  const { id, quotaBytes, bandwidth, replicaPlan, nowMs } = input;
  const before = (await requireSpace(tx, id)).quotaBytes;
  await changeSpace(tx, actor, { id, quotaBytes, bandwidthBytesPerSecond: bandwidth, replicaPlan, nowMs });
  await resizeSpace(tx, id, quotaBytes);
  return { before };
}

function meterSpace(
  tx: TenantTx,
  subjectId: string,
  change: { kind: "changed"; plan: UsagePlan } | { kind: "ended" },
  eventId: string,
  nowMs: number,
): Promise<void> {
  return appendUsage(tx, { meter: "space", source: "orders", eventId, subjectId, atMs: nowMs, nowMs, ...change });
}

/** A space was deleted: its service ends, its room and addresses are given back. Nothing happens where none was ordered. */
export async function endSpaceService(
  tx: TenantTx,
  actor: Actor,
  input: { readonly spaceId: SpaceId; readonly nowMs: number },
): Promise<void> {
  const service = await selectActiveService(tx, input.spaceId);
  if (service === null) return;
  await meterSpace(tx, input.spaceId, { kind: "ended" }, `${service.id}/ended`, input.nowMs);
  await releaseSpace(tx, input.spaceId, input.nowMs);
  await noteEnd(tx, actor, service, input.nowMs);
}

/**
 * Ends the mail service; its accounts have gone before. @throws invalid `orders.confirmation` unless the name was typed,
 * conflict `orders.mail_in_use`, not_found `orders.not_found`.
 */
export async function endMailService(
  tx: TenantTx,
  actor: Actor,
  input: { readonly serviceId: ServiceId; readonly confirmation: string },
  services: OrderingServices,
): Promise<void> {
  const service = await requireService(tx, input.serviceId);
  if (service.product !== "mail" || service.state === "ended")
    throw new Failure("not_found", "orders.not_found", "there is no such service");
  if (input.confirmation !== service.label)
    throw new Failure("invalid", "orders.confirmation", "type the name of the service to end it");
  await lockMailPlan(tx, "alone");
  const accounts = await services.countMailAccounts(tx);
  if (accounts > 0)
    throw new Failure("conflict", "orders.mail_in_use", "there are still mailboxes", { details: { accounts } });
  await noteEnd(tx, actor, service, services.clock.nowMs());
}

/** The contract ends: every service that runs does too; the last units are owed as ever (R61). */
export async function endEveryService(tx: TenantTx, actor: Actor, nowMs: number): Promise<void> {
  for (const service of await selectServices(tx)) {
    if (service.state !== "active") continue;
    if (service.product === "backup")
      await endSpaceService(tx, actor, { spaceId: service.subjectId as SpaceId, nowMs });
    else await noteEnd(tx, actor, service, nowMs);
  }
}

async function noteEnd(tx: TenantTx, actor: Actor, service: Service, nowMs: number): Promise<void> {
  await markEnded(tx, service.id, new Date(nowMs));
  await recordAudit(tx, actor, {
    action: "orders.ended",
    object: { kind: "service", id: service.id },
    details: { label: service.label, ...summary(service) },
  });
}

/** What each mail account is billed under; null while no mail was ordered. It stays that until the transaction ends. */
export async function mailPlan(tx: TenantTx): Promise<UsagePlan | null> {
  await lockMailPlan(tx, "shared");
  const service = await selectMailService(tx);
  return service === null ? null : planOf(service);
}
