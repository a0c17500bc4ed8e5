import { type Actor, Failure, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { readTenant } from "@casaforte/modules/tenancy";
import type { OperatorTx } from "@casaforte/platform/db";
import type { Hold, HoldId, LegalRequestId } from "./legal-request.ts";
import { askLift, hasStandingHold, insertHold, selectHold, updateLifted } from "./store.ts";

export type OperatorActor = Extract<Actor, { kind: "operator" }>;

/** Legal holds are the legal role's alone (R92). @throws forbidden `compliance.role`. */
export function assertLegal(actor: OperatorActor): void {
  if (!actor.roles.includes("legal")) throw new Failure("forbidden", "compliance.role", "this is for the legal role");
}

/**
 * Keeps everything of a customer from being deleted, at once and by one person (R92). The act is in the provider's own
 * log, which the customer does not see and other roles do: so by its id alone. @throws forbidden `compliance.role`, not_found `tenancy.no_tenant`.
 */
export async function placeHold(
  tx: OperatorTx,
  actor: OperatorActor,
  input: {
    readonly id: HoldId;
    readonly aboutTenant: TenantId;
    readonly requestId: LegalRequestId | null;
    readonly reason: string;
    readonly nowMs: number;
  },
): Promise<void> {
  assertLegal(actor);
  await readTenant(tx, input.aboutTenant);
  await insertHold(tx, { ...input, placedBy: actor.principalId, placedAt: new Date(input.nowMs) });
  await recordAudit(tx, actor, {
    action: "compliance.hold_placed",
    object: { kind: "hold", id: input.id },
  });
}

/**
 * The first asks for lifting, a second does it, or refuses by asking nobody (R91, R92). Returns whether it is lifted.
 * @throws forbidden `compliance.role`, `compliance.same_person`; not_found `compliance.no_hold`.
 */
export async function liftHold(
  tx: OperatorTx,
  actor: OperatorActor,
  input: { readonly id: HoldId; readonly decision: "lift" | "keep"; readonly nowMs: number },
): Promise<Hold> {
  assertLegal(actor);
  const hold = await selectHold(tx, input.id);
  if (hold === null || hold.liftedAt !== null)
    throw new Failure("not_found", "compliance.no_hold", "there is no such hold");
  const at = new Date(input.nowMs);
  const record = (action: string) =>
    recordAudit(tx, actor, {
      action,
      object: { kind: "hold", id: hold.id },
    });
  if (input.decision === "keep") {
    await askLift(tx, hold.id, null, null);
    await record("compliance.hold_kept");
    return { ...hold, liftAskedBy: null, liftAskedAt: null };
  }
  if (hold.liftAskedBy === null) {
    await askLift(tx, hold.id, actor.principalId, at);
    await record("compliance.hold_lift_asked");
    return { ...hold, liftAskedBy: actor.principalId, liftAskedAt: at };
  }
  if (hold.liftAskedBy === actor.principalId)
    throw new Failure("forbidden", "compliance.same_person", "another person lifts it");
  await updateLifted(tx, hold.id, actor.principalId, at);
  await record("compliance.hold_lifted");
  return { ...hold, liftedBy: actor.principalId, liftedAt: at };
}

/** True while one stands. Whatever deletes a customer's data for good asks this first. */
export const isHeld = (tx: OperatorTx, tenantId: TenantId): Promise<boolean> => hasStandingHold(tx, tenantId);
