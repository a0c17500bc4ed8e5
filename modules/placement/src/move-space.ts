import { type Actor, Failure, type SpaceId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx } from "@casaforte/platform/db";
import { type MovedRoom, type MoveOutcome, moveRoom } from "./store-moves.ts";

export interface MoveSpace {
  readonly tenantId: TenantId;
  readonly spaceId: SpaceId;
  /** Null: the fullest active host of the site that still fits. */
  readonly hostId: string | null;
  readonly reason: string;
  readonly nowMs: number;
}

/**
 * Moves a space's guaranteed room to another host of its site, whole or not at all (R2, R5): never to another site, which
 * is the customer's choice (R32). What is stored stays in the site's store; its addresses stay. The customer's log tells
 * that it moved within its site; from which host to which, and why, stands in the provider's (R7). Returns false where
 * no host is named and none has room, or the space is gone.
 * @throws not_found `placement.space_not_placed`, `placement.host_not_found`, conflict `placement.same_host`,
 *   `placement.other_site`, `placement.host_closed`, `placement.host_full`.
 */
export async function moveSpace(tx: OperatorTx, actor: Actor, input: MoveSpace): Promise<boolean> {
  const { tenantId, spaceId, hostId, reason } = input;
  const moved = await moveRoom(tx, { tenantId, spaceId, hostId, at: new Date(input.nowMs) });
  if (moved.outcome !== "moved" && hostId === null) return false;
  if (moved.outcome !== "moved") throw refusals[moved.outcome]();
  await note(tx, actor, { tenantId, spaceId, reason }, moved);
  return true;
}

async function note(
  tx: OperatorTx,
  actor: Actor,
  { tenantId, spaceId, reason }: Pick<MoveSpace, "tenantId" | "spaceId" | "reason">,
  { fromHost, toHost, bytes }: MovedRoom,
): Promise<void> {
  const act = { action: "placement.space_moved", object: { kind: "space", id: spaceId } };
  await recordAudit(tx, actor, { ...act, tenantId, details: { bytes: String(bytes) } });
  const details = { tenant: tenantId, bytes: String(bytes), from: fromHost ?? "", to: toHost ?? "", reason };
  await recordAudit(tx, actor, { ...act, details });
}

const refusals = {
  not_placed: () => new Failure("not_found", "placement.space_not_placed", "the space has no room on any host"),
  no_host: () => new Failure("not_found", "placement.host_not_found", "there is no such host"),
  same_host: () => new Failure("conflict", "placement.same_host", "the space is on this host already"),
  other_site: () => new Failure("conflict", "placement.other_site", "a space stays at the site that was chosen"),
  closed: () => new Failure("conflict", "placement.host_closed", "the host takes nothing new"),
  no_room: () => new Failure("conflict", "placement.host_full", "the host has no room for the space"),
} satisfies Record<Exclude<MoveOutcome, "moved">, () => Failure>;
