import { type Actor, Failure, type SpaceId, type TenantId } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import type { OperatorTx, TenantTx } from "@casaforte/platform/db";
import { settleThreshold } from "./admission.ts";
import { assertReplica, nameTaken, noCapacity } from "./create-space.ts";
import { requireSpace } from "./read-space.ts";
import type { ReplicaPlan, Space } from "./space.ts";
import { moveGuarantee, selectSites, updateSpace, updateStates } from "./store.ts";
import { assertRoomForUnvetted } from "./unvetted-room.ts";

export interface ChangeSpaceInput {
  readonly id: SpaceId;
  readonly name?: string;
  readonly quotaBytes?: bigint;
  readonly bandwidthBytesPerSecond?: bigint | null;
  /** Copies of what is stored follow within the hour. */
  readonly replicaPlan?: ReplicaPlan;
  /** Counts for points committed from now on. */
  readonly lockDays?: number;
  readonly nowMs: number;
}

/**
 * Renames, resizes or re-locks a space.
 * @throws not_found `spaces.not_found`, conflict `spaces.name_taken`, `spaces.no_capacity`, `spaces.below_use`,
 *   `spaces.no_second_location`, precondition `spaces.not_vetted`.
 */
export async function changeSpace(tx: TenantTx, actor: Actor, input: ChangeSpaceInput): Promise<Space> {
  const before = await requireSpace(tx, input.id, { lock: true });
  const after = {
    name: input.name ?? before.name,
    quotaBytes: input.quotaBytes ?? before.quotaBytes,
    bandwidthBytesPerSecond:
      input.bandwidthBytesPerSecond === undefined ? before.bandwidthBytesPerSecond : input.bandwidthBytesPerSecond,
    replicaPlan: input.replicaPlan ?? before.replicaPlan,
    lockDays: input.lockDays ?? before.lockDays,
    state: before.state,
  };
  if (after.replicaPlan !== before.replicaPlan)
    assertReplica(
      (await selectSites(tx)).find(({ id }) => id === before.siteId),
      after.replicaPlan,
    );
  const held = before.usedBytes + before.pendingBytes;
  if (after.quotaBytes < before.quotaBytes && after.quotaBytes < held)
    throw new Failure("conflict", "spaces.below_use", "the space holds more than that", {
      details: { usedBytes: Number(before.usedBytes), pendingBytes: Number(before.pendingBytes) },
    });
  await assertRoomForUnvetted(tx, { growthBytes: after.quotaBytes - before.quotaBytes, isNew: false });
  if (after.quotaBytes !== before.quotaBytes) {
    const fits = await moveGuarantee(tx, before.siteId, after.quotaBytes - before.quotaBytes);
    if (!fits) throw noCapacity(before.siteId);
  }
  try {
    await updateSpace(tx, input.id, after, new Date(input.nowMs));
  } catch (error) {
    throw nameTaken(error);
  }
  await settleThreshold(tx, input.id, input.nowMs);
  await recordAudit(tx, actor, {
    action: "spaces.space_changed",
    object: { kind: "space", id: input.id },
    details: {
      before: summaryOf(before),
      after: summaryOf(after),
    },
  });
  return requireSpace(tx, input.id);
}

const summaryOf = (space: Pick<Space, "name" | "quotaBytes" | "replicaPlan" | "lockDays">) => ({
  name: space.name,
  quotaBytes: String(space.quotaBytes),
  replicaPlan: space.replicaPlan,
  lockDays: space.lockDays,
});

/** Stops or lets in new data; reading goes on (R10). */
export async function setSpaceSuspended(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: SpaceId; readonly suspended: boolean; readonly nowMs: number },
): Promise<void> {
  const before = await requireSpace(tx, input.id, { lock: true });
  const state = input.suspended ? "suspended" : "active";
  await updateSpace(tx, input.id, { ...before, state }, new Date(input.nowMs));
  await recordAudit(tx, actor, {
    action: input.suspended ? "spaces.space_suspended" : "spaces.space_resumed",
    object: { kind: "space", id: input.id },
  });
}

/**
 * The same for all of a customer's spaces, or for these alone and no other: what measures in force do (R48, R64).
 * `isSilent`: the customer is not to know, so the rows go to the provider's own log (R66). Idempotent.
 */
export async function setSpacesSuspended(
  tx: OperatorTx,
  actor: Actor,
  input: {
    readonly tenantId: TenantId;
    readonly suspended: "all" | readonly SpaceId[];
    readonly isSilent: boolean;
    readonly nowMs: number;
  },
): Promise<void> {
  const { tenantId, suspended, isSilent } = input;
  for (const { id, state } of await updateStates(tx, tenantId, suspended, new Date(input.nowMs)))
    await recordAudit(tx, actor, {
      action: state === "suspended" ? "spaces.space_suspended" : "spaces.space_resumed",
      object: { kind: "space", id },
      ...(isSilent ? {} : { tenantId }),
    });
}

/**
 * Marks an empty space deleted and gives its promise back to the site. The caller has emptied it before.
 * @throws invalid `spaces.confirmation` unless the name was typed, conflict `spaces.not_empty`.
 */
export async function deleteSpace(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: SpaceId; readonly confirmation: string; readonly nowMs: number },
): Promise<void> {
  const space = await requireSpace(tx, input.id, { lock: true });
  if (input.confirmation !== space.name)
    throw new Failure("invalid", "spaces.confirmation", "type the name of the space to delete it");
  if (space.usedBytes + space.pendingBytes > 0n)
    throw new Failure("conflict", "spaces.not_empty", "the space still holds restore points", {
      details: { usedBytes: Number(space.usedBytes), pendingBytes: Number(space.pendingBytes) },
    });
  await updateSpace(tx, input.id, { ...space, state: "deleted" }, new Date(input.nowMs));
  await moveGuarantee(tx, space.siteId, -space.quotaBytes);
  await recordAudit(tx, actor, {
    action: "spaces.space_deleted",
    object: { kind: "space", id: input.id },
    details: { name: space.name, site: space.siteId, quotaBytes: String(space.quotaBytes) },
  });
}
