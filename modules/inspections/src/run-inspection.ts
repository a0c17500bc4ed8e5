import { type Actor, Failure } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { TenantTx } from "@casaforte/platform/db";
import type { Inspection, InspectionId, InspectionState, UserActor } from "./inspection.ts";
import type { InspectionServices } from "./services.ts";
import {
  selectAccepted,
  selectAuditors,
  selectInspection,
  selectOver,
  selectToInvite,
  updateAccepted,
  updateAuditorEnded,
  updateEnded,
  updateInvited,
  updateInvitedAgain,
} from "./store.ts";

const program: Actor = { kind: "system", name: "inspections" };

async function required(tx: TenantTx, id: InspectionId, states: readonly InspectionState[]): Promise<Inspection> {
  const inspection = await selectInspection(tx, tx.tenantId, id);
  if (inspection === null) throw new Failure("not_found", "inspections.none", "there is no such audit");
  if (!states.includes(inspection.state))
    throw new Failure("conflict", "inspections.state", `this cannot be done with an audit that is ${inspection.state}`);
  return inspection;
}

const record = (tx: TenantTx, actor: Actor, inspection: Inspection, what: string, details = {}) =>
  recordAudit(tx, actor, {
    action: `inspections.${what}`,
    object: { kind: "inspection", id: inspection.id },
    details,
  });

/**
 * The customer accepts the cost that was quoted; the auditors are invited (R67, R70). What was seen must be what is
 * accepted. @throws not_found `inspections.none`, conflict `inspections.state`, `inspections.other_cost`,
 * `identity.login_taken`, precondition `inspections.over` when its days have passed.
 */
export async function acceptQuote(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly id: InspectionId; readonly costCents: bigint },
  services: Pick<InspectionServices, "clock" | "invite">,
): Promise<void> {
  const inspection = await required(tx, input.id, ["quoted"]);
  if (inspection.costCents !== input.costCents)
    throw new Failure("conflict", "inspections.other_cost", "the quote is another by now");
  const now = new Date(services.clock.nowMs());
  if (inspection.closesAt <= now)
    throw new Failure("precondition", "inspections.over", "the days of this audit have passed");
  await updateAccepted(tx, input.id, actor.principalId, now);
  for (const { address, name } of await selectAuditors(tx, tx.tenantId, input.id)) {
    const principalId = await services.invite(tx, actor, {
      login: address,
      displayName: name,
      language: inspection.language,
      inviter: inspection.firm,
      endsAtMs: inspection.closesAt.getTime(),
    });
    await updateInvited(tx, input.id, { address, principalId }, now);
  }
  await record(tx, actor, inspection, "accepted", { costCents: String(inspection.costCents) });
}

/**
 * The customer takes the notice back. Once the room was open the audit has been held: it ends, and its cost stands.
 * @throws not_found `inspections.none`, conflict `inspections.state`.
 */
export async function endInspection(
  tx: TenantTx,
  actor: UserActor,
  input: { readonly id: InspectionId },
  services: Pick<InspectionServices, "clock" | "remove" | "charge">,
): Promise<void> {
  const inspection = await required(tx, input.id, ["asked", "quoted", "accepted"]);
  const wasHeld = inspection.state === "accepted" && inspection.opensAt.getTime() <= services.clock.nowMs();
  await close(tx, actor, inspection, wasHeld ? "finished" : "withdrawn", services, services.clock.nowMs());
}

/** The customer leaves: what was held is charged, what was not yet costs nothing; no room stays open. */
export async function endEveryInspection(
  tx: TenantTx,
  actor: Actor,
  atMs: number,
  services: Pick<InspectionServices, "remove" | "charge">,
): Promise<void> {
  for (const inspection of await selectAccepted(tx)) {
    const wasHeld = inspection.opensAt.getTime() <= atMs;
    await close(tx, actor, inspection, wasHeld ? "finished" : "withdrawn", services, atMs);
  }
}

async function close(
  tx: TenantTx,
  actor: Actor,
  inspection: Inspection,
  state: "finished" | "withdrawn",
  services: Pick<InspectionServices, "remove" | "charge">,
  atMs: number,
): Promise<void> {
  const { id, firm, fromOn, untilOn, costCents } = inspection;
  for (const { address, principalId } of await selectAuditors(tx, tx.tenantId, id)) {
    if (principalId !== null) await services.remove(tx, actor, principalId);
    await updateAuditorEnded(tx, id, address, new Date(atMs));
  }
  await updateEnded(tx, id, state, new Date(atMs));
  if (state === "finished" && costCents !== null && costCents > 0n)
    await services.charge(tx, actor, {
      sourceKey: id,
      netCents: costCents,
      description: {
        it: `Audit di ${firm}, ${fromOn} – ${untilOn}, come da preventivo accettato`,
        en: `Audit by ${firm}, ${fromOn} – ${untilOn}, as quoted and accepted`,
      },
      atMs,
    });
  await record(tx, actor, inspection, state);
}

/** What the clock does for one customer: invites again who comes today, closes rooms whose days are over (R67). */
export async function moveByClock(tx: TenantTx, services: InspectionServices): Promise<void> {
  const now = new Date(services.clock.nowMs());
  for (const { principalId, firm } of await selectToInvite(tx, now)) {
    await services.inviteAgain(tx, program, { principalId, inviter: firm });
    await updateInvitedAgain(tx, principalId, now);
  }
  for (const inspection of await selectOver(tx, now))
    await close(tx, program, inspection, "finished", services, now.getTime());
}
