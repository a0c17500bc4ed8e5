import { type Actor, type DeviceId, Failure, type Id } from "@casaforte/kernel";
import { recordAudit } from "@casaforte/modules/audit";
import { requireActiveDevice, requireDevice } from "@casaforte/modules/devices";
import type { TenantTx } from "@casaforte/platform/db";
import type { PolicyAcknowledgement, StandingPolicy } from "@casaforte/vault";
import type { Hint } from "./change-policy.ts";
import { policiesLimits } from "./limits.ts";
import type { PolicyId } from "./policy.ts";
import {
  noteAcknowledgement,
  selectAssignments,
  selectPolicies,
  selectRunRequest,
  takeRunRequest,
  upsertRunRequest,
} from "./store.ts";

/** What a device is to follow now, under an ETag that changes with it. @throws unauthenticated when it is revoked. */
export async function standingPolicy(tx: TenantTx, deviceId: DeviceId, nowMs: number): Promise<StandingPolicy> {
  const device = await requireDevice(tx, deviceId);
  if (device.state !== "active") throw new Failure("unauthenticated", "vault.token_invalid", "the device is revoked");
  const [policy] = await selectPolicies(tx, { deviceId });
  const [assignment] = await selectAssignments(tx, { deviceId });
  const isPaused = (assignment?.pausedUntil?.getTime() ?? 0) > nowMs;
  const wish = await selectRunRequest(tx, deviceId, new Date(nowMs - policiesLimits.runRequestLifeMs));
  return {
    etag: `${policy ? `${policy.id}.${policy.version}${isPaused ? ".paused" : ""}` : "none"}.${wish?.id ?? "none"}`,
    reply: {
      policy: policy
        ? {
            policyId: policy.id,
            name: policy.name,
            version: policy.version,
            // To the device a pause is a schedule that waits to be asked.
            settings: isPaused ? { ...policy.settings, schedule: { kind: "manual" } } : policy.settings,
          }
        : null,
      runRequest: wish ? { requestId: wish.id, at: wish.requestedAt.toISOString() } : null,
    },
  };
}

/** Notes what the device says it follows, and that it has begun a run it was asked for. @throws not_found `vault.not_found`. */
export async function acknowledgePolicy(
  tx: TenantTx,
  input: PolicyAcknowledgement & { readonly deviceId: DeviceId; readonly nowMs: number },
  hint: Hint,
): Promise<void> {
  const { deviceId, policy, takenRequestId } = input;
  const now = new Date(input.nowMs);
  await requireActiveDevice(tx, deviceId);
  if (policy !== null) {
    const { version, state, code } = policy;
    const nextRunAt = policy.nextRunAt === null ? null : new Date(policy.nextRunAt);
    const row = { deviceId, policyId: policy.policyId as PolicyId, version, state, code, nextRunAt };
    if (!(await noteAcknowledgement(tx, row, now)))
      throw new Failure("not_found", "vault.not_found", "the device does not follow that policy");
  }
  if (takenRequestId !== null) await takeRunRequest(tx, deviceId, takenRequestId, now);
  tx.afterCommit(() => hint(`devices:${tx.tenantId}`, deviceId));
}

/** Asks a device's agent to run now. A wish, no command: a device that is off takes it up when it is back, for a day. */
export async function requestRun(
  tx: TenantTx,
  actor: Actor,
  input: { readonly id: Id<"RunRequest">; readonly deviceId: DeviceId; readonly nowMs: number },
  hint: Hint,
): Promise<void> {
  const device = await requireDevice(tx, input.deviceId);
  if (device.state !== "active") throw new Failure("conflict", "policies.device_revoked", "the device is revoked");
  const requestedBy = actor.kind === "user" || actor.kind === "operator" ? actor.principalId : actor.kind;
  await upsertRunRequest(tx, { deviceId: input.deviceId, id: input.id, requestedBy }, new Date(input.nowMs));
  await recordAudit(tx, actor, {
    action: "policies.run_requested",
    object: { kind: "device", id: input.deviceId },
    details: { name: device.name },
  });
  tx.afterCommit(() => hint(`policy:${input.deviceId}`));
}
