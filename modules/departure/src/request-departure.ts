import { createHash } from "node:crypto";
import { type Actor, Failure, newId, providerTenantId, type TenantId, toBase64Url } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import type { Departure, DepartureId } from "./departure.ts";
import { departureLimits } from "./limits.ts";
import type { DepartureServices } from "./services.ts";
import { insertDeparture, markCancelled, markEraseWanted, selectDeparture } from "./store.ts";

type Ports = Pick<DepartureServices, "clock" | "random">;

/** SHA-256 of the secret in the link to a certificate. */
export const claimHash = (claim: string): Buffer => createHash("sha256").update(claim).digest();

/**
 * Asks for the end of the contract: the retrieval window begins (R61, R62, R86). The name of the organisation must be
 * typed. Returns the secret that later opens the certificate; it is shown once.
 * @throws invalid `departure.confirmation`, conflict `departure.standing`, precondition `departure.provider`.
 */
export async function requestDeparture(
  tx: TenantTx | OperatorTx,
  actor: Actor,
  input: { readonly tenantId: TenantId; readonly confirmation: string },
  { clock, random }: Ports,
): Promise<{ readonly id: DepartureId; readonly claim: string; readonly retrievalUntil: Date }> {
  if (input.tenantId === providerTenantId)
    throw new Failure("precondition", "departure.provider", "the provider itself does not leave");
  const tenant = await readTenant(tx, input.tenantId);
  if (input.confirmation.trim() !== tenant.name)
    throw new Failure("invalid", "departure.confirmation", "type the organisation's name to end the contract");
  if ((await selectDeparture(tx, input.tenantId, true)) !== null)
    throw new Failure("conflict", "departure.standing", "the end of this contract was asked for already");
  const id = newId<DepartureId>(clock, random);
  const claim = toBase64Url(random.bytes(32));
  const nowMs = clock.nowMs();
  const retrievalUntil = new Date(nowMs + departureLimits.retrievalMs);
  await insertDeparture(tx, {
    tenantId: input.tenantId,
    id,
    askedBy: actor.kind === "user" ? "customer" : "provider",
    requestedAt: new Date(nowMs),
    retrievalUntil,
    claimHash: claimHash(claim),
  });
  await recordAudit(tx, actor, {
    tenantId: input.tenantId,
    action: "departure.requested",
    object: { kind: "departure", id },
    details: { retrievalUntil: retrievalUntil.toISOString() },
  });
  return { id, claim, retrievalUntil };
}

async function standing(tx: TenantTx): Promise<Departure> {
  const departure = await selectDeparture(tx, tx.tenantId, true);
  if (departure === null || departure.state === "erased")
    throw new Failure("not_found", "departure.none", "the end of this contract was not asked for");
  if (departure.state === "erasing") throw new Failure("conflict", "departure.erasing", "the deletion has begun");
  return departure;
}

/**
 * Takes the end back, while nothing was deleted. What the provider decided is not the customer's to undo: of that it
 * takes back its own wish for an early deletion alone.
 * @throws not_found `departure.none`, conflict `departure.erasing`, forbidden `departure.by_provider`.
 */
export async function cancelDeparture(tx: TenantTx, actor: Actor, { clock }: Pick<Ports, "clock">): Promise<void> {
  const { id, askedBy, eraseWantedAt } = await standing(tx);
  if (askedBy === "provider") {
    if (eraseWantedAt === null)
      throw new Failure("forbidden", "departure.by_provider", "the provider ended this contract");
    await markEraseWanted(tx, id, null);
    await recordAudit(tx, actor, { action: "departure.erasure_unwanted", object: { kind: "departure", id } });
    return;
  }
  await markCancelled(tx, id, new Date(clock.nowMs()));
  await recordAudit(tx, actor, { action: "departure.cancelled", object: { kind: "departure", id } });
}

/**
 * The customer asks for deletion before the window ends (R86: only the customer may). The name must be typed again; it
 * comes after a grace in which every owner and administrator, who are told now, may take the wish back. Asked again,
 * nothing changes.
 * @throws invalid `departure.confirmation`, not_found `departure.none`, conflict `departure.erasing`.
 */
export async function requestErasure(
  tx: TenantTx,
  actor: Actor,
  input: { readonly confirmation: string },
  { clock, tellErasure }: Pick<DepartureServices, "clock" | "tellErasure">,
): Promise<void> {
  const { id, eraseWantedAt } = await standing(tx);
  if (input.confirmation.trim() !== (await readTenant(tx, tx.tenantId)).name)
    throw new Failure("invalid", "departure.confirmation", "type the organisation's name to delete everything now");
  if (eraseWantedAt !== null) return;
  const nowMs = clock.nowMs();
  await markEraseWanted(tx, id, new Date(nowMs));
  await tellErasure(tx, nowMs + departureLimits.eraseGraceMs);
  await recordAudit(tx, actor, { action: "departure.erasure_wanted", object: { kind: "departure", id } });
}
