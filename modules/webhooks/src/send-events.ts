import { assert, type Random, type TenantId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import { disableEndpoint, wakeEndpoint } from "./announce-event.ts";
import { webhooksLimits } from "./limits.ts";
import { openSecret } from "./secret.ts";
import type { WebhookAnswer, WebhookServices } from "./services.ts";
import { bodyOf, signedHeaders } from "./sign.ts";
import { lockEndpoint, updateEndpoint } from "./store.ts";
import { claimDue, isSending, lockDelivery, selectNextDue, updateDelivery } from "./store-deliveries.ts";
import type { Delivery, Endpoint, EndpointId } from "./types.ts";

/** The gap after so many tries (from 1), with up to a quarter of jitter. */
export function gapMs(attempts: number, random: Random): number {
  const { gapsMs } = webhooksLimits;
  const gap = gapsMs[Math.min(attempts, gapsMs.length) - 1];
  assert(gap !== undefined, "tries count from one");
  return Math.round(gap * (1 + (random.bytes(1)[0] ?? 0) / 1024));
}

/** Sends what is due to one endpoint, one after the other, for a turn; then leaves the rest to the next job. */
export async function sendTurn(
  services: WebhookServices,
  tenantId: TenantId,
  endpointId: EndpointId,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = services;
  const untilMs = clock.nowMs() + webhooksLimits.turnMs;
  for (let sent = 0; sent < webhooksLimits.turnEvents && clock.nowMs() < untilMs; sent++) {
    signal.throwIfAborted();
    const next = await db.tenant(tenantId, (tx) => claimNext(tx, endpointId, services));
    if (next === null) return;
    const startedMs = clock.nowMs();
    const answer = await services.post(requestOf(tenantId, next.endpoint, next.delivery, services), signal);
    const tookMs = clock.nowMs() - startedMs;
    await db.tenant(tenantId, (tx) => noteAnswer(tx, next.delivery, answer, tookMs, services));
  }
  // Those who wait for a place ask meanwhile.
  const laterMs = clock.nowMs() + webhooksLimits.noPlaceMs;
  await db.tenant(tenantId, (tx) => wakeEndpoint(tx, endpointId, laterMs, services));
}

interface Claimed {
  readonly endpoint: Endpoint;
  readonly delivery: Delivery;
}

/**
 * Null when nothing is to be sent now; a job stands for what is due later. Whoever claims holds the endpoint, so that of
 * several processes one alone has a request under way to it.
 */
async function claimNext(tx: TenantTx, endpointId: EndpointId, services: WebhookServices): Promise<Claimed | null> {
  const nowMs = services.clock.nowMs();
  const now = new Date(nowMs);
  const endpoint = await lockEndpoint(tx, endpointId);
  if (endpoint === null || endpoint.state !== "active") return null;
  const restsUntilMs = endpoint.restsUntil?.getTime() ?? 0;
  if (restsUntilMs <= nowMs && !(await isSending(tx, endpointId, now))) {
    const delivery = await claimDue(tx, endpointId, now, new Date(nowMs + webhooksLimits.claimMs));
    if (delivery !== null) return { endpoint, delivery };
  }
  const next = await selectNextDue(tx, endpointId);
  if (next !== null) await wakeEndpoint(tx, endpointId, Math.max(next.getTime(), restsUntilMs, nowMs), services);
  return null;
}

function requestOf(tenantId: TenantId, endpoint: Endpoint, delivery: Delivery, services: WebhookServices) {
  const { id, url, sealedSecret, sealedBefore, beforeUntil } = endpoint;
  const nowMs = services.clock.nowMs();
  const isBoth = sealedBefore !== null && beforeUntil !== null && beforeUntil.getTime() > nowMs;
  const secrets = [sealedSecret, ...(isBoth ? [sealedBefore] : [])].map((sealed) =>
    openSecret(services.secretKey, `${tenantId} ${id}`, sealed),
  );
  const body = bodyOf(delivery);
  return { url, body, headers: signedHeaders({ id: delivery.eventId, body }, secrets, nowMs) };
}

/** Settles one try: delivered, to be tried again, or given up; and how the endpoint stands after it. */
async function noteAnswer(
  tx: TenantTx,
  claimed: Delivery,
  answer: WebhookAnswer,
  tookMs: number,
  services: WebhookServices,
): Promise<void> {
  const endpoint = await lockEndpoint(tx, claimed.endpointId);
  const delivery = await lockDelivery(tx, claimed.endpointId, claimed.id);
  if (endpoint === null || delivery === null) return;
  const nowMs = services.clock.nowMs();
  const now = new Date(nowMs);
  const status = "status" in answer ? answer.status : null;
  const tried = {
    ...delivery,
    attempts: delivery.attempts + 1,
    lastAt: now,
    lastStatus: status,
    lastTrouble: "trouble" in answer ? answer.trouble : null,
    lastMs: tookMs,
  };
  if (status !== null && status >= 200 && status < 300) {
    await updateDelivery(tx, { ...tried, state: "delivered", nextAt: null });
    await updateEndpoint(tx, { ...endpoint, failingSince: null, restsUntil: null, lastSuccessAt: now });
    return;
  }
  const gap = gapMs(tried.attempts, services.random);
  const giveUpAtMs = delivery.triedSince.getTime() + webhooksLimits.giveUpAfterMs;
  const isOver = status === 410 || nowMs >= giveUpAtMs;
  // The last try comes at the very end of the time that an event has.
  const nextAt = new Date(Math.min(nowMs + gap, Math.max(giveUpAtMs, nowMs)));
  await updateDelivery(tx, isOver ? { ...tried, state: "failed", nextAt: null } : { ...tried, nextAt });
  const failingSince = endpoint.failingSince ?? now;
  const restsUntil = new Date(nowMs + Math.min(gap, webhooksLimits.restMaxMs));
  await updateEndpoint(tx, { ...endpoint, failingSince, restsUntil });
  if (status === 410) await disableEndpoint(tx, endpoint.id, "gone", services);
  else if (nowMs - failingSince.getTime() >= webhooksLimits.disableAfterMs)
    await disableEndpoint(tx, endpoint.id, "failing", services);
}
